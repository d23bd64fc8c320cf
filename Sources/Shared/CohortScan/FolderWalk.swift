import Foundation
import Glibc
import ImageFiles

/// A folder of one site, as it was given.
package struct ScanFolder: Equatable, Sendable {
  /// Without symbolic links.
  package let url: URL
  package let site: String

  package init(url: URL, site: String) {
    self.url = url.resolvingSymlinksInPath().standardizedFileURL
    self.site = site
  }
}

/// The files of a folder and of the folders in it, sorted by name, so that a scan does not depend on the file system.
///
/// Hidden files and folders are passed over, and what macOS puts into archives. Symbolic links to files are followed where
/// they stay within the folder; those to folders never are.
struct FolderWalk {
  /// Folders within each other.
  static let deepest = 32
  /// Files and folders of one scan.
  static let most = 5_000_000

  private let folder: ScanFolder
  /// Paths relative to the folder, with forward slashes.
  private(set) var files: [String] = []
  private(set) var findings: [ScanFinding] = []
  private var count = 0

  /// - Throws: `unreadable` where the folder itself cannot be read; `badRequest` where it holds too much.
  init(_ folder: ScanFolder) throws(ScanError) {
    self.folder = folder
    guard let found = FolderNames(of: folder.url.path) else {
      throw ScanError(
        .unreadable,
        "the folder \(folder.url.path) is not there, or cannot be read; check the path and its permissions")
    }
    try walk(found, in: "", depth: 1)
  }

  private mutating func walk(_ found: FolderNames, in path: String, depth: Int) throws(ScanError) {
    if found.unreadable > 0 { tell(.unreadable, path, FolderNames.refusal(found.unreadable)) }
    count += found.names.count
    guard count <= Self.most else {
      throw ScanError(
        .badRequest,
        "the folder \(folder.url.path) holds more than \(Self.most) files; scan the folders in it one by one")
    }
    for name in found.names where name != "__MACOSX" {
      try visit(path.isEmpty ? name : path + "/" + name, depth: depth)
    }
  }

  private mutating func visit(_ path: String, depth: Int) throws(ScanError) {
    let full = folder.url.path + "/" + path
    switch FileKind(of: full) {
    case .file: files.append(path)
    case .link: follow(path, full)
    case .folder where depth >= Self.deepest:
      tell(.tooDeep, path, "more than \(Self.deepest) folders lie within each other; scan this one by itself")
    case .folder:
      guard let found = FolderNames(of: full) else {
        return tell(.unreadable, path, "the folder cannot be read; check its permissions")
      }
      try walk(found, in: path, depth: depth + 1)
    case .other: break
    }
  }

  private mutating func follow(_ path: String, _ full: String) {
    let target = URL(fileURLWithPath: full).resolvingSymlinksInPath().path
    let isInside = target.hasPrefix(folder.url.path + "/")
    if isInside, FileKind(of: target) == .file {
      files.append(path)
    } else {
      tell(
        .link, path,
        isInside
          ? "a symbolic link to a folder, or to nothing, is not followed"
          : "a symbolic link that leads out of the folder is not followed; scan what it names")
    }
  }

  private mutating func tell(_ kind: ScanFinding.Kind, _ path: String, _ reason: String) {
    findings.append(ScanFinding(kind, site: folder.site, place: path, reason))
  }
}

private enum FileKind {
  case file, folder, link, other

  init(of path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      self = .other
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .link
    default: self = .other
    }
  }
}
