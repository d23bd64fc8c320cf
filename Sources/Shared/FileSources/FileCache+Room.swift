import Foundation
import Glibc

/// How the cache stays within its size.
extension FileCache {
  /// Makes a folder for what a task fetches and reads.
  func openWorkspace() throws(FileSourceError) -> Workspace {
    // Not removed as another's left-over before it is locked.
    try exclusively { () throws(FileSourceError) in
      try Workspace(in: workspaces.appendingPathComponent(UUID().uuidString, isDirectory: true), of: folder)
    }
  }

  /// Sees that there is room for so many bytes until the workspace is removed: what nobody has used for longest leaves, but
  /// nothing that is lent.
  /// - Throws: `cacheFull`.
  func reserve(_ bytes: Int64, for workspace: Workspace) throws(FileSourceError) {
    guard bytes <= size else {
      throw FileSourceError(
        .cacheFull,
        "the files of a task have \(bytes) bytes, more than the cache may have (\(size)); raise --cache-size")
    }
    try exclusively { () throws(FileSourceError) in
      try workspace.reserve(0)
      var used = try reservedBytes()
      var idle: [StoredFile] = []
      for file in try storedFiles() {
        used += file.bytes
        if !file.isLent { idle.append(file) }
      }
      for file in idle.sorted(by: { $0.lastUse < $1.lastUse }) where used + bytes > size {
        try forget(file.key)
        used -= file.bytes
      }
      guard used + bytes <= size else {
        throw FileSourceError(
          .cacheFull,
          "the cache is full of files that are in use (\(used) of \(size) bytes); raise --cache-size, or lower -j"
        )
      }
      try workspace.reserve(bytes)
    }
  }

  private struct StoredFile {
    let key: String
    let bytes: Int64
    let isLent: Bool
    /// In nanoseconds since the epoch.
    let lastUse: Int64
  }

  private func storedFiles() throws(FileSourceError) -> [StoredFile] {
    var files: [StoredFile] = []
    for key in try names(in: objects) {
      var status = stat()
      guard unsafe lstat(objects.appendingPathComponent(key).path, &status) == 0 else {
        throw failure("look into")
      }
      files.append(
        StoredFile(
          key: key, bytes: Int64(status.st_size), isLent: status.st_nlink > 1,
          lastUse: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)))
    }
    return files
  }

  /// What others fetch now. Workspaces of processes that have died are removed.
  private func reservedBytes() throws(FileSourceError) -> Int64 {
    var bytes: Int64 = 0
    for name in try names(in: workspaces) {
      let place = workspaces.appendingPathComponent(name, isDirectory: true)
      if try Workspace.removeIfAbandoned(place, of: folder) { continue }
      bytes += try Workspace.reservedBytes(in: place, of: folder)
    }
    return bytes
  }

  private func names(in place: URL) throws(FileSourceError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: place.path)
    } catch {
      throw failure("look into")
    }
  }
}
