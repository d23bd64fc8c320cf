import Foundation
import Glibc

/// A folder of the cache that belongs to one task: what is being fetched, and below `files` what is lent to it, at its paths.
/// It is locked for as long as its process lives and wants it.
final class Workspace: Sendable {
  /// Name of the file that says how many bytes the task may still fetch.
  static let reservation = "reserved"

  private let folder: URL
  private let cache: URL
  private let descriptor: CInt

  var files: URL { folder.appendingPathComponent("files", isDirectory: true) }
  var incoming: URL { folder.appendingPathComponent("incoming", isDirectory: true) }

  init(in folder: URL, of cache: URL) throws(FileSourceError) {
    self.folder = folder
    self.cache = cache
    guard unsafe mkdir(folder.path, 0o700) == 0 else { throw Self.failure("make a folder in", cache, errno) }
    descriptor = try Self.open(folder, of: cache)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw Self.failure("lock a folder of", cache, errno)
    }
    for place in [files, incoming] {
      guard unsafe mkdir(place.path, 0o700) == 0 else { throw Self.failure("make a folder in", cache, errno) }
    }
  }

  deinit { close(descriptor) }

  /// Where a file goes, in a folder that is there.
  func place(of path: String) throws(FileSourceError) -> URL {
    let file = files.appendingPathComponent(path)
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw Self.failure("make a folder in", cache, errno)
    }
    return file
  }

  /// Paths for rclone, one a line.
  func writeList(_ paths: [String]) throws(FileSourceError) -> URL {
    try write(paths.map { $0 + "\n" }.joined(), as: "list")
  }

  /// Writes a file that only this user can read.
  func write(_ text: String, as name: String) throws(FileSourceError) -> URL {
    let file = folder.appendingPathComponent(name)
    let descriptor = unsafe Glibc.open(
      file.path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("write a file in", cache, errno) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data(text.utf8))
      try handle.close()
    } catch {
      throw Self.failure("write a file in", cache, errno)
    }
    return file
  }

  /// Tells others how many bytes the task may still fetch. They see the old number or the new one, whole.
  func reserve(_ bytes: Int64) throws(FileSourceError) {
    let fresh = try write("\(bytes)", as: "reserved.new")
    guard unsafe rename(fresh.path, folder.appendingPathComponent(Self.reservation).path) == 0 else {
      throw Self.failure("write a file in", cache, errno)
    }
  }

  /// What the task of another folder may still fetch; none where it has reserved nothing yet, or is just being removed.
  /// - Throws: `cacheUnusable` where that cannot be told: the cache might outgrow its size.
  static func reservedBytes(in folder: URL, of cache: URL) throws(FileSourceError) -> Int64 {
    let unreadable = FileSourceError(
      .cacheUnusable,
      "what a task has reserved in the cache folder \(cache.path) cannot be read; end the programs that use this cache and "
        + "remove the folder, or give another with --cache")
    let text: String
    do {
      text = try String(contentsOf: folder.appendingPathComponent(reservation), encoding: .utf8)
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
      return 0
    } catch {
      throw unreadable
    }
    guard let bytes = Int64(text), bytes >= 0 else { throw unreadable }
    return bytes
  }

  /// Gives back what was lent.
  func remove() throws(FileSourceError) { try Self.remove(folder, of: cache) }

  /// Removes the folder of a process that has died.
  /// - Returns: whether it was one.
  static func removeIfAbandoned(_ folder: URL, of cache: URL) throws(FileSourceError) -> Bool {
    let descriptor: CInt
    do throws(FileSourceError) { descriptor = try open(folder, of: cache) } catch {
      // Its owner has removed it meanwhile.
      guard FileManager.default.fileExists(atPath: folder.path) else { return true }
      throw error
    }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    try remove(folder, of: cache)
    return true
  }

  private static func open(_ folder: URL, of cache: URL) throws(FileSourceError) -> CInt {
    let descriptor = unsafe Glibc.open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open a folder of", cache, errno) }
    return descriptor
  }

  private static func remove(_ folder: URL, of cache: URL) throws(FileSourceError) {
    do {
      try FileManager.default.removeItem(at: folder)
    } catch let error as CocoaError where error.code == .fileNoSuchFile || error.code == .fileReadNoSuchFile {
      return
    } catch {
      throw FileSourceError(.cacheUnusable, "a folder in the cache folder \(cache.path) cannot be removed")
    }
  }

  static func failure(_ purpose: String, _ cache: URL, _ number: Int32) -> FileSourceError {
    let remedy =
      number == ENOSPC || number == EDQUOT
      ? "free some space, or give another folder with --cache"
      : "mend it, or give another folder with --cache"
    return FileSourceError(
      .cacheUnusable,
      "cannot \(purpose) the cache folder \(cache.path): \(unsafe String(cString: strerror(number))); \(remedy)"
    )
  }
}
