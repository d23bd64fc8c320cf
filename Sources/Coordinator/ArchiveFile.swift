import ArgumentParser
import CommandSupport
import Digests
import Foundation
import Reporting
import Subprocess

/// A tar file that is gathered in a hidden folder beside it, read back, and only then appears under its name.
///
/// Nobody else may read the folder or the file. The folder is removed at the end, whatever happened.
struct ArchiveFile: Sendable {
  /// What is put here will be in the archive, below its name.
  let folder: URL
  private let destination: URL
  private let name: String
  private let workplace: URL

  private var packed: URL { workplace.appendingPathComponent(destination.lastPathComponent) }
  private static let digests = "SHA256SUMS"

  /// Gathers an archive while `body` runs.
  /// - Parameters:
  ///   - destination: the file; one that ends in .gz or .tgz is compressed.
  ///   - name: of the one folder that the archive holds.
  static func with<Value: Sendable>(
    at destination: URL, name: String, _ body: (ArchiveFile) async throws -> Value
  ) async throws -> Value {
    let archive = ArchiveFile(at: destination, name: name)
    try archive.createFolders()
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body(archive)) } catch { outcome = .failure(error) }
    do {
      try FileManager.default.removeItem(at: archive.workplace)
    } catch {
      let left =
        "\(archive.workplace.path), in which the archive was gathered, cannot be removed (\(error.localizedDescription)). It holds "
        + "subject codes and paths of files: remove it"
      guard case .failure(let first) = outcome else { throw notWritten(left) }
      StandardStreams.note("\(left).")
      throw first
    }
    return try outcome.get()
  }

  private init(at destination: URL, name: String) {
    self.destination = destination
    self.name = name
    workplace = destination.deletingLastPathComponent()
      .appendingPathComponent(".\(destination.lastPathComponent).\(UUID().uuidString)")
    folder = workplace.appendingPathComponent("in/\(name)")
  }

  private func createFolders() throws {
    do {
      try FileManager.default.createDirectory(
        at: workplace, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw Self.notWritten("\(destination.path): \(error.localizedDescription)")
    }
  }

  /// Writes the digests of all files, packs them with the system's tar, and reads the archive back.
  /// - Returns: how many files it holds, with that of the digests.
  func pack() async throws -> Int {
    let digests = try Self.digests(of: folder)
    let lines = digests.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }
    try AtomicFile.write(Data(lines.joined().utf8), to: folder.appendingPathComponent(Self.digests))
    let isCompressed = ["gz", "tgz"].contains(destination.pathExtension)
    try await tar(
      ["--create", "--file", packed.path] + (isCompressed ? ["--gzip"] : []) + [
        "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--directory",
        workplace.appendingPathComponent("in").path, name,
      ])
    try await readBack(expecting: lines)
    return digests.count + 1
  }

  private func readBack(expecting lines: [String]) async throws {
    let copy = workplace.appendingPathComponent("out")
    do {
      try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: false)
    } catch {
      throw Self.notWritten("\(copy.path): \(error.localizedDescription)")
    }
    try await tar(["--extract", "--file", packed.path, "--directory", copy.path])
    let unpacked = copy.appendingPathComponent(name)
    let listed = try String(contentsOf: unpacked.appendingPathComponent(Self.digests), encoding: .utf8)
    var found = try Self.digests(of: unpacked)
    found[Self.digests] = nil
    guard listed == lines.joined(),
      found.sorted(by: { $0.key < $1.key }).map({ "\($0.value)  \($0.key)\n" }) == lines
    else {
      throw Self.notWritten("\(destination.path): what was read back is not what was written")
    }
  }

  /// SHA-256 of the packed file.
  func digest() throws -> [UInt8] { try Self.digest(of: packed) }

  /// Gives the file its name.
  func publish() throws {
    do {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: packed.path)
    } catch {
      throw Self.notWritten("\(destination.path): \(error.localizedDescription)")
    }
    try AtomicFile.rename(packed, to: destination)
  }

  private func tar(_ arguments: [String]) async throws {
    let ended: ExecutionResult<Void, DiscardedOutput, StringOutput<UTF8>>
    do {
      ended = try await Subprocess.run(
        .name("tar"), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 1 << 16))
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw CommandFailure(
        ExitStatus.databaseUnreachable, "There is no program tar on the search path; install it.")
    }
    guard ended.terminationStatus.isSuccess else {
      throw Self.notWritten("\(destination.path): \(ended.standardError)")
    }
  }

  /// Digests of all files below a folder, by their paths there.
  private static func digests(of folder: URL) throws -> [String: String] {
    guard let paths = FileManager.default.subpaths(atPath: folder.path) else {
      throw notWritten("\(folder.path): it cannot be read")
    }
    var digests: [String: String] = [:]
    for path in paths {
      let file = folder.appendingPathComponent(path)
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      digests[path] = try digest(of: file).hexadecimal
    }
    return digests
  }

  private static func digest(of file: URL) throws -> [UInt8] {
    let handle = try FileHandle(forReadingFrom: file)
    var digest = Digest(.sha256)
    while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty { digest.update(part) }
    try handle.close()
    return digest.finalize()
  }

  static func notWritten(_ what: String) -> CommandFailure {
    let sentence = what.trimmingCharacters(in: .whitespacesAndNewlines.union(["."]))
    return CommandFailure(ExitStatus.cannotWrite, "\(sentence); check the folder and the space on it.")
  }
}
