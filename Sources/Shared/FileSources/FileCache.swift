import Cancellation
import Digests
import Foundation
import Glibc
import Synchronization

/// Files of remotes on this machine: a folder of bounded size that only its owner enters, shared by all processes of the owner.
///
/// A file is stored under a key that names one version of one object, comes in by a rename, and is lent by hard links: what is
/// lent has a second link, and stays. Its digest is stored beside it and compared each time. Whoever adds or removes files
/// holds one lock, for as long as that takes; whoever fetches holds those of what is fetched, so that nothing is fetched
/// twice at a time. All locks end with their process.
package struct FileCache: Sendable {
  let folder: URL
  /// In bytes.
  let size: Int64

  private func part(_ name: String) -> URL { folder.appendingPathComponent(name, isDirectory: true) }
  var objects: URL { part("objects") }
  private var digests: URL { part("digests") }
  var workspaces: URL { part("work") }
  private var turns: URL { part("turns") }

  /// - Throws: `cacheUnusable` for a folder that cannot be made, is another's, or that others may enter.
  package init(in folder: URL, size: Int64) throws(FileSourceError) {
    self.folder = folder.standardizedFileURL
    self.size = size
    do {
      try FileManager.default.createDirectory(
        at: self.folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw FileSourceError(
        .cacheUnusable, "the cache folder \(folder.path) cannot be made: \(error.localizedDescription)")
    }
    for place in [self.folder, objects, digests, workspaces, turns] {
      guard unsafe mkdir(place.path, 0o700) == 0 || errno == EEXIST else { throw failure("make") }
    }
    try requireOwn()
  }

  private func requireOwn() throws(FileSourceError) {
    var status = stat()
    guard unsafe lstat(folder.path, &status) == 0 else { throw failure("look at") }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw FileSourceError(
        .cacheUnusable,
        "the cache folder \(folder.path) is not this user's alone; chmod 700 it, or give another folder with --cache"
      )
    }
  }

  /// Runs `body` while no other adds or removes files.
  func exclusively<Value>(_ body: () throws(FileSourceError) -> Value) throws(FileSourceError) -> Value {
    let descriptor = unsafe open(
      folder.appendingPathComponent("lock").path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("open the lock of") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failure("lock") }
    }
    return try body()
  }

  /// Waits until nobody else fetches what has one of these keys.
  func waitForTurn(to keys: [String], _ cancellation: CancellationToken) throws -> FetchTurn {
    // Few files serve all keys; all take them in one order, so that no two wait for each other.
    let names = Set(keys.map { String($0.prefix(2)) }).sorted()
    let turn = FetchTurn()
    for name in names {
      let descriptor = unsafe open(
        turns.appendingPathComponent(name).path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else { throw failure("open a lock of") }
      turn.add(descriptor)
      while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        guard errno == EWOULDBLOCK || errno == EINTR else { throw failure("lock") }
        try cancellation.check()
        usleep(FetchTurn.pause)
      }
    }
    return turn
  }

  /// Puts a file of the cache under a path of a workspace.
  /// - Returns: false where the cache does not have it, or had a damaged one.
  func lend(_ key: String, to workspace: Workspace, as path: String) throws(FileSourceError) -> Bool {
    let (object, target) = (objects.appendingPathComponent(key), try workspace.place(of: path))
    let isThere = try exclusively { () throws(FileSourceError) in
      guard unsafe link(object.path, target.path) == 0 else {
        if errno == ENOENT { return false }
        throw failure("lend a file of")
      }
      // The time of the last use, by which files leave.
      guard unsafe utimes(object.path, nil) == 0 else { throw failure("mark a file of") }
      return true
    }
    guard isThere else { return false }
    if try isSound(target, key) { return true }
    try exclusively { () throws(FileSourceError) in
      for file in [target, object, digests.appendingPathComponent(key)] { try remove(file) }
    }
    return false
  }

  private func isSound(_ file: URL, _ key: String) throws(FileSourceError) -> Bool {
    do {
      let expected = try String(contentsOf: digests.appendingPathComponent(key), encoding: .utf8)
      return try digest(of: file) == expected
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
      return false
    } catch {
      throw FileSourceError(.cacheUnusable, "a file in the cache folder \(folder.path) cannot be read")
    }
  }

  /// Takes a file that was fetched to the workspace, and lends it.
  /// - Returns: false where it does not have the size that the remote tells.
  func adopt(_ path: String, size: Int64, as key: String, from workspace: Workspace) throws(FileSourceError)
    -> Bool
  {
    let file = workspace.incoming.appendingPathComponent(path)
    var status = stat()
    guard unsafe lstat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int64(status.st_size) == size
    else {
      return false
    }
    // rclone gives a file the time of its object.
    guard unsafe chmod(file.path, 0o600) == 0, unsafe utimes(file.path, nil) == 0 else {
      throw failure("set the rights of a file in")
    }
    try keep(file)
    let text: String
    do { text = try digest(of: file) } catch { throw failure("read a file in") }
    let note = try workspace.write(text, as: "digest")
    try keep(note)
    let target = try workspace.place(of: path)
    try exclusively { () throws(FileSourceError) in
      // Lent before it is there for others, so that it cannot leave in between.
      guard unsafe link(file.path, target.path) == 0,
        unsafe rename(note.path, digests.appendingPathComponent(key).path) == 0,
        unsafe rename(file.path, objects.appendingPathComponent(key).path) == 0
      else { throw failure("store a file in") }
    }
    return true
  }

  /// Makes sure that a file is on the disk before its name is.
  private func keep(_ file: URL) throws(FileSourceError) {
    let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open a file in") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("write a file in") }
  }

  private func digest(of file: URL) throws -> String {
    let handle = try FileHandle(forReadingFrom: file)
    var digest = Digest(.sha256)
    while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { digest.update(chunk) }
    try handle.close()
    return digest.finalize().hexadecimal
  }

  func remove(_ file: URL) throws(FileSourceError) {
    guard unsafe unlink(file.path) == 0 || errno == ENOENT else { throw failure("remove a file of") }
  }

  /// Removes a file of the cache, with what is known of it.
  func forget(_ key: String) throws(FileSourceError) {
    try remove(objects.appendingPathComponent(key))
    try remove(digests.appendingPathComponent(key))
  }

  func failure(_ purpose: String) -> FileSourceError { Workspace.failure(purpose, folder, errno) }
}

/// The turn to fetch some files.
final class FetchTurn: Sendable {
  /// Between two looks whether the turn has come, in microseconds.
  static let pause: UInt32 = 20_000

  private let descriptors = Mutex<[CInt]>([])

  fileprivate func add(_ descriptor: CInt) { descriptors.withLock { $0.append(descriptor) } }

  func end() {
    descriptors.withLock { descriptors in
      for descriptor in descriptors { close(descriptor) }
      descriptors = []
    }
  }

  deinit { end() }
}
