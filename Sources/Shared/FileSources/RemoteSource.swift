import Cancellation
import Digests
import Foundation
import Synchronization

/// An object store or remote: what is needed of it is fetched once to a cache on this machine, and fetched again when the
/// remote says that it is another one.
package struct RemoteSource: FileSource {
  private let remote: RemoteName
  private let rclone: Rclone
  private let cache: FileCache
  private let traits = RemoteTraits()
  package var name: String { remote.text }
  package var folder: URL? { nil }

  /// No reader takes a larger file, in bytes.
  private static let largest: Int64 = 1 << 32
  /// No series has more files.
  private static let mostInFolder = 10_000
  /// Files that change while they are read are fetched so many times.
  private static let mostAttempts = 3

  package init(_ remote: RemoteName, cache: FileCache) {
    self.remote = remote
    self.cache = cache
    rclone = Rclone(remote: remote)
  }

  /// - Throws: `notInstalled` where this machine lacks rclone.
  package func requireProgram() async throws { try await rclone.requireProgram() }

  package func hasAny(of paths: [String], on look: Computation) async throws -> Bool {
    let files = paths.compactMap { try? RelativePath($0) }.filter { !$0.hasLineBreak }
    guard !files.isEmpty else { return false }
    return try await withWorkspace(on: look) { workspace in
      if try await !all(at: files, in: workspace, on: look).isEmpty { return true }
      let rclone = rclone
      try await look.wait { try await rclone.requireContainer() }
      return false
    }
  }

  package func withFiles<Value: Sendable>(
    _ paths: [String], on computation: Computation, companion: @escaping @Sendable (URL) -> String?,
    _ body: @Sendable (URL) async throws -> Value
  ) async throws -> Value {
    var files: [RelativePath] = []
    for path in paths { files.append(try RelativePath(path)) }
    return try await withWorkspace(on: computation) { workspace in
      let wanted = Set(files)
      try await bring(wanted, to: workspace, on: computation)
      let named = try await computation.run { _ in
        try Set(
          wanted.compactMap { file in
            try companion(workspace.files.appendingPathComponent(file.text)).map { try file.companion($0) }
          })
      }
      try await bring(named.subtracting(wanted), to: workspace, on: computation)
      return try await body(workspace.files)
    }
  }

  private func withWorkspace<Value: Sendable>(
    on computation: Computation, _ body: (Workspace) async throws -> Value
  ) async throws -> Value {
    let cache = cache
    let workspace = try await computation.run { _ in try cache.openWorkspace() }
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body(workspace)) } catch { outcome = .failure(error) }
    // Goes on where the task was stopped.
    try workspace.remove()
    return try outcome.get()
  }

  /// Lends files of the cache to the workspace, after those were fetched that it did not have.
  private func bring(_ files: Set<RelativePath>, to workspace: Workspace, on computation: Computation)
    async throws
  {
    guard !files.isEmpty else { return }
    guard !files.contains(where: \.hasLineBreak) else {
      throw FileSourceError(
        .unusableName, "the name of a file has a line break, and cannot be fetched from a remote")
    }
    let there = try await all(at: Array(files), in: workspace, on: computation)
    if there.isEmpty {
      let rclone = rclone
      try await computation.wait { try await rclone.requireContainer() }
    }
    try Self.checkSizes(there)
    let missing = try await notLent(there, to: workspace, on: computation)
    guard !missing.isEmpty else { return }
    let cache = cache
    let keys = missing.map(key(of:))
    let turn = try await computation.run { try cache.waitForTurn(to: keys, $0) }
    defer { turn.end() }
    // Another process may have fetched them meanwhile.
    try await fetch(notLent(missing, to: workspace, on: computation), to: workspace, on: computation)
  }

  /// What a remote tells of sizes is added up, each time that it tells it.
  private static func checkSizes(_ objects: [Rclone.Object]) throws(FileSourceError) {
    guard objects.allSatisfy({ $0.size <= largest }) else {
      throw FileSourceError(.tooLarge, "a file of the remote is larger than 4 GiB")
    }
    guard objects.allSatisfy({ $0.size >= 0 }) else {
      throw FileSourceError(
        .other,
        "the remote does not tell the size of a file, without which it is not fetched; copy the files to another one"
      )
    }
  }

  private func fetch(_ objects: [Rclone.Object], to workspace: Workspace, on computation: Computation)
    async throws
  {
    var missing = objects
    var fault = FileSourceError(.keepsChanging, "a file of \(name) changed each time that it was read")
    for _ in 0..<Self.mostAttempts where !missing.isEmpty {
      do {
        missing = try await fetchOnce(missing, to: workspace, on: computation)
      } catch let error as FileSourceError where error.code == .keepsChanging {
        fault = error
        missing = try await self.objects(paths(of: missing), in: workspace, on: computation)
      }
    }
    guard missing.isEmpty else { throw fault }
  }

  /// - Returns: those that are others than they were before they were fetched.
  private func fetchOnce(_ objects: [Rclone.Object], to workspace: Workspace, on computation: Computation)
    async throws
    -> [Rclone.Object]
  {
    let (cache, rclone) = (cache, rclone)
    try Self.checkSizes(objects)
    let bytes = objects.reduce(0) { $0 + $1.size }
    let list = try await computation.run { _ in
      try cache.reserve(bytes, for: workspace)
      return try workspace.writeList(objects.map(\.path))
    }
    try await computation.wait { try await rclone.copy(list, to: workspace.incoming, bytes: bytes) }
    let after = try await self.objects(paths(of: objects), in: workspace, on: computation)
    let unchanged = after.filter { objects.contains($0) }
    let keyed = unchanged.map { ($0, key(of: $0)) }
    let adopted = try await computation.run { _ in
      try keyed.filter { try cache.adopt($0.0.path, size: $0.0.size, as: $0.1, from: workspace) }.map(\.0)
    }
    return after.filter { !adopted.contains($0) }
  }

  private func notLent(_ objects: [Rclone.Object], to workspace: Workspace, on computation: Computation)
    async throws
    -> [Rclone.Object]
  {
    let cache = cache
    let keyed = objects.map { ($0, key(of: $0)) }
    return try await computation.run { _ in
      try keyed.filter { try !cache.lend($0.1, to: workspace, as: $0.0.path) }.map(\.0)
    }
  }

  private func objects(_ files: [RelativePath], in workspace: Workspace, on computation: Computation)
    async throws
    -> [Rclone.Object]
  {
    let (rclone, traits) = (rclone, traits)
    let list = try await computation.run { _ in try workspace.writeList(files.map(\.text)) }
    return try await computation.wait {
      try await rclone.objects(in: list, hashes: try await traits.keepsHashes(rclone))
    }
  }

  /// The files at some paths, and the files of those that are folders.
  private func all(at paths: [RelativePath], in workspace: Workspace, on computation: Computation)
    async throws
    -> [Rclone.Object]
  {
    do {
      let files = try await objects(paths, in: workspace, on: computation)
      let names = Set(files.map(\.path))
      let others = paths.filter { !names.contains($0.text) }
      return files + (try await contents(of: others, in: workspace, on: computation))
    } catch let error as FileSourceError where error.code == .other {
      // Remotes with true folders take the name of one for a mistake.
      return try await contents(of: paths, in: workspace, on: computation)
    }
  }

  /// The same by patterns, for which the folders that they lie in are listed.
  private func contents(of paths: [RelativePath], in workspace: Workspace, on computation: Computation)
    async throws
    -> [Rclone.Object]
  {
    guard !paths.isEmpty else { return [] }
    let (rclone, traits) = (rclone, traits)
    let list = try await computation.run { _ in
      try workspace.writeList(paths.flatMap { Rclone.patterns(of: $0.text) })
    }
    let found = try await computation.wait {
      try await rclone.objects(matching: list, hashes: try await traits.keepsHashes(rclone))
    }
    guard found.count <= Self.mostInFolder * paths.count else {
      throw FileSourceError(
        .tooLarge, "a folder of the remote has more than \(Self.mostInFolder) files; give each series its own"
      )
    }
    return found
  }

  private func paths(of objects: [Rclone.Object]) throws(FileSourceError) -> [RelativePath] {
    var paths: [RelativePath] = []
    for object in objects { paths.append(try RelativePath(object.path)) }
    return paths
  }

  private func key(of object: Rclone.Object) -> String {
    sha256(of: Array([remote.identity, object.path, object.version].joined(separator: "\0").utf8)).hexadecimal
  }
}

extension RelativePath {
  /// A list of files has one a line.
  fileprivate var hasLineBreak: Bool { text.utf8.contains { $0 == 10 || $0 == 13 } }
}

/// What need not be asked twice of a remote.
private final class RemoteTraits: Sendable {
  private let known = Mutex<Bool?>(nil)

  func keepsHashes(_ rclone: Rclone) async throws -> Bool {
    if let known = known.withLock({ $0 }) { return known }
    let found = try await rclone.keepsHashes()
    known.withLock { $0 = found }
    return found
  }
}
