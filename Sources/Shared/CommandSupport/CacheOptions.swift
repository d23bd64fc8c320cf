import ArgumentParser
import FileSources
import Foundation

/// Where files of a remote are kept on this machine.
package struct CacheOptions: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp(
      "Folder for files that are fetched, where --root is a remote.",
      discussion: "Without it trabecula in XDG_CACHE_HOME or ~/.cache. Several processes may share it."))
  package var cache: String?

  @Option(
    name: .customLong("cache-size"),
    help: "How large it may become, as 500M, 16G or 2T. What nobody has used for longest leaves.")
  package var cacheSize = ByteCount.ofCache

  package init() {}

  /// The files below a root, after a look whether this machine can fetch them.
  /// - Throws: `CommandFailure`: 64 for what is neither a folder nor a remote, 69 where rclone is missing, 73 where the cache
  ///   cannot be written.
  package func source(root: String) async throws -> any FileSource {
    do {
      let source = try fileSource(named: root) { () throws(FileSourceError) in
        try FileCache(in: try folder(), size: cacheSize.bytes)
      }
      if let remote = source as? RemoteSource { try await remote.requireProgram() }
      return source
    } catch let error as FileSourceError {
      throw CommandFailure(error)
    }
  }

  /// The same options for another program of ours.
  package var arguments: [String] {
    (cache.map { ["--cache", $0] } ?? []) + ["--cache-size", "\(cacheSize.bytes)"]
  }

  private func folder() throws(FileSourceError) -> URL {
    if let cache { return URL(fileURLWithPath: cache, isDirectory: true) }
    let environment = ProcessInfo.processInfo.environment
    if let place = environment["XDG_CACHE_HOME"], place.hasPrefix("/") {
      return URL(fileURLWithPath: place, isDirectory: true).appendingPathComponent("trabecula")
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      throw FileSourceError(
        .badSource, "there is no home folder to keep fetched files in; name a folder with --cache")
    }
    return URL(fileURLWithPath: home, isDirectory: true).appendingPathComponent(".cache/trabecula")
  }
}

/// Where the files of a manifest are, if not in its folder.
package struct RootOptions: ParsableArguments, Sendable {
  @Option(
    help: ArgumentHelp(
      "Where the images are, if not in the manifest's folder: a folder, s3://BUCKET/PREFIX, or REMOTE:PATH of rclone.",
      valueName: "folder|remote"))
  package var root: String?

  @OptionGroup package var cache: CacheOptions

  package init() {}

  /// The files below the root; nil: in the manifest's folder.
  /// - Throws: as `CacheOptions.source`.
  package func source() async throws -> (any FileSource)? {
    guard let root else { return nil }
    return try await cache.source(root: root)
  }
}

extension CommandFailure {
  /// Why the files that a command needs could not be had.
  package init(_ error: FileSourceError) {
    let status =
      switch error.code {
      case .badSource: ExitStatus.usage
      case .cacheUnusable: ExitStatus.cannotWrite
      case .outside, .unusableName, .tooLarge: ExitStatus.badData
      case .notInstalled, .unknownRemote, .noContainer, .denied, .unreachable, .cacheFull, .other:
        ExitStatus.somethingMissing
      case .keepsChanging: ExitStatus.tryAgain
      }
    let text = "--root: \(error)"
    self.init(status, text.hasSuffix(".") ? text : text + ".")
  }
}

/// A number of bytes as `500M`, `16G` or `2T`, in powers of 1,024.
package struct ByteCount: ExpressibleByArgument, Sendable {
  package let bytes: Int64

  /// Some hundred scans; less than the disk of any machine that computes.
  static let ofCache = ByteCount(bytes: 16 << 30)

  private init(bytes: Int64) { self.bytes = bytes }

  package init?(argument: String) {
    let units: [Character: Int64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let unit = argument.last.flatMap { units[$0] }
    guard let number = Int64(unit == nil ? argument : String(argument.dropLast())), number > 0 else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !overflow else { return nil }
    self.init(bytes: bytes)
  }

  package var defaultValueDescription: String { bytes == Self.ofCache.bytes ? "16G" : "\(bytes)" }
}
