import Foundation
import Subprocess

/// The program rclone, which knows seventy kinds of remotes and how one signs in to each.
///
/// Paths of files go to it in a file that only this user can read, so that no list of processes shows them. What it says is
/// sorted, and not repeated: it names files.
package struct Rclone: Sendable {
  let remote: RemoteName

  /// A listing of as many files as a task has, and more.
  private static let outputLimit = 16 << 20
  /// rclone ends transfers and removes what is half there when it is asked to end.
  private static let grace = Duration.seconds(2)

  /// One attempt, because who asks tries again; and no waiting for a server that is silent.
  private static let manners = [
    "--ask-password=false", "--stats=0", "--log-level=ERROR", "--use-json-log=false", "--retries=1",
    "--low-level-retries=3", "--contimeout=10s", "--timeout=60s",
  ]

  /// What a remote has at a path.
  package struct Object: Equatable, Sendable {
    package let path: String
    /// In bytes.
    package let size: Int64
    /// Another text whenever the object may be another one.
    package let version: String
  }

  /// Those of the files that are there.
  /// - Parameters:
  ///   - list: a file with one path a line.
  ///   - hashes: whether digests are asked for that the remote keeps.
  func objects(in list: URL, hashes: Bool) async throws -> [Object] {
    try await listed(["--no-traverse", "--files-from-raw", list.path], hashes: hashes)
  }

  /// Those files, and the files of those folders, and of the folders in them, that patterns say.
  /// - Parameters:
  ///   - list: a file with `patterns(of:)`, one a line.
  ///   - hashes: whether digests are asked for that the remote keeps.
  func objects(matching list: URL, hashes: Bool) async throws -> [Object] {
    try await listed(["--include-from", list.path], hashes: hashes)
  }

  /// What rclone calls a file, or all files of a folder, whatever signs its name has.
  static func patterns(of path: String) -> [String] {
    let name = path.map { "*?[]{}\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    return ["/\(name)", "/\(name)/**"]
  }

  private func listed(_ what: [String], hashes: Bool) async throws -> [Object] {
    let answer = try await run(
      ["lsjson", "--recursive", "--files-only", "--no-mimetype"] + (hashes ? ["--hash"] : []) + what
        + [remote.argument])
    do {
      return try Self.objects(ofListing: answer)
    } catch {
      throw unreadable("the listing of \(remote.text) by rclone")
    }
  }

  /// What `rclone lsjson` printed.
  /// - Throws: `DecodingError`.
  package static func objects(ofListing answer: String) throws -> [Object] {
    try JSONDecoder().decode([Entry].self, from: Data(answer.utf8)).map(\.object)
  }

  private func unreadable(_ what: String) -> FileSourceError {
    FileSourceError(.other, "\(what) cannot be read; rclone 1.60 or newer is needed")
  }

  /// Copies files to a folder, under their paths.
  /// - Parameter bytes: at most so many.
  func copy(_ list: URL, to folder: URL, bytes: Int64) async throws {
    _ = try await run([
      "copy", "--no-traverse", "--no-check-dest", "--max-transfer=\(bytes + 1)B", "--cutoff-mode=hard",
      "--files-from-raw", list.path, remote.argument, folder.path,
    ])
  }

  /// Whether the remote keeps digests of what it holds, so that it need not read an object to tell one.
  func keepsHashes() async throws -> Bool {
    let answer = try await run(["backend", "features", remote.argument])
    do {
      let features = try JSONDecoder().decode(Features.self, from: Data(answer.utf8))
      return !features.hashes.isEmpty && !features.features.slowHash
    } catch {
      throw unreadable("what rclone tells of \(remote.text)")
    }
  }

  /// - Throws: `noContainer` where the bucket or the folder is not there.
  func requireContainer() async throws {
    _ = try await run(["lsf", "--max-depth=1", "--dirs-only", remote.argument])
  }

  /// - Throws: `notInstalled`.
  func requireProgram() async throws { _ = try await run(["version"]) }

  private func run(_ arguments: [String]) async throws -> String {
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: Self.grace)]
    var settings: [Environment.Key: String?] = [:]
    for (name, value) in remote.environment { settings[Environment.Key(stringLiteral: name)] = .some(value) }
    let result: ExecutionResult<Void, StringOutput<UTF8>, StringOutput<UTF8>>
    do {
      result = try await Subprocess.run(
        .name("rclone"), arguments: Arguments(arguments + Self.manners),
        environment: .inherit.updating(settings), platformOptions: options, input: .none,
        output: .string(limit: Self.outputLimit), error: .string(limit: Self.outputLimit))
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw FileSourceError(
        .notInstalled,
        "rclone, which fetches files of \(remote.text), is not on the search path; install it (Debian: apt-get install "
          + "rclone)")
    } catch let error as SubprocessError {
      throw FileSourceError(.other, "rclone could not be run for \(remote.text) (\(error.code))")
    }
    try Task.checkCancellation()
    guard result.terminationStatus.isSuccess else {
      throw RcloneFault(status: result.terminationStatus, said: result.standardError).error(of: remote)
    }
    return result.standardOutput
  }
}

/// One of `rclone lsjson`.
private struct Entry: Decodable {
  let path: String
  let size: Int64
  let modified: String
  let hashes: [String: String]?

  enum CodingKeys: String, CodingKey {
    case path = "Path"
    case size = "Size"
    case modified = "ModTime"
    case hashes = "Hashes"
  }

  var object: Rclone.Object {
    let digests = (hashes ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    return Rclone.Object(
      path: path, size: size, version: (["\(size)", modified] + digests).joined(separator: "\n"))
  }
}

/// A part of `rclone backend features`.
private struct Features: Decodable {
  struct Flags: Decodable {
    let slowHash: Bool
    enum CodingKeys: String, CodingKey { case slowHash = "SlowHash" }
  }
  let hashes: [String]
  let features: Flags

  enum CodingKeys: String, CodingKey {
    case hashes = "Hashes"
    case features = "Features"
  }
}
