import Glibc

/// The names in one folder, sorted, as the system has them: bytes, that need not be text.
///
/// Foundation leaves out names that are no UTF-8 without a word, so that an image could lose slices; here they are counted.
package struct FolderNames: Sendable {
  /// But for hidden files, and for what is counted below.
  package private(set) var names: [String] = []
  /// Names that are no UTF-8, so that no path of this program leads to them.
  package private(set) var unreadable = 0

  /// - Returns: nil where the folder cannot be read.
  package init?(of path: String) {
    guard let folder = unsafe opendir(path) else { return nil }
    defer { unsafe _ = closedir(folder) }
    errno = 0
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let name {
        if !name.hasPrefix(".") { names.append(name) }
      } else {
        unreadable += 1
      }
      errno = 0
    }
    guard errno == 0 else { return nil }
    names.sort()
  }

  /// What is said of a folder with names that are no text.
  package static func refusal(_ count: Int) -> String {
    "\(count) name\(count == 1 ? " in the folder is" : "s in the folder are") no UTF-8, so that files could be missed; rename them "
      + "(Debian: convmv)"
  }
}
