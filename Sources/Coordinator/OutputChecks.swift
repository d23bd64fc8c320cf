import CommandSupport
import Foundation
import Glibc
import Reporting

/// Looks before anything is computed whether a file can be written; `-` is standard output.
/// - Throws: `CommandFailure` (73).
func requireWritableOutput(_ output: String) throws {
  guard output != "-" else { return }
  let file = URL(fileURLWithPath: output).standardizedFileURL
  guard isFolder(file.path) != true else {
    throw CommandFailure(ExitStatus.cannotWrite, "\(output) cannot be written: it is a folder. Name a file.")
  }
  let folder = file.deletingLastPathComponent().path
  guard isFolder(folder) == true, FileManager.default.isWritableFile(atPath: folder) else {
    throw CommandFailure(
      ExitStatus.cannotWrite,
      "\(output) cannot be written: its folder is not there, or may not be written to.")
  }
}

/// Looks before anything is computed whether a folder can be written, or be made where it is not there.
/// - Parameter option: by which another one is named, as `--out`.
/// - Throws: `CommandFailure` (73).
func requireWritableFolder(_ folder: URL, option: String) throws {
  var nearest = folder.standardizedFileURL
  while isFolder(nearest.path) == nil, nearest.path != "/" { nearest = nearest.deletingLastPathComponent() }
  guard isFolder(nearest.path) == true else {
    throw CommandFailure(
      ExitStatus.cannotWrite,
      "\(folder.path) cannot be made: \(nearest.path) is a file. Name another folder by \(option).")
  }
  guard FileManager.default.isWritableFile(atPath: nearest.path) else {
    throw CommandFailure(
      ExitStatus.cannotWrite,
      "\(folder.path) cannot be written: \(nearest.path) may not be written to. Name another folder by \(option)."
    )
  }
}

/// `nil` where nothing is.
private func isFolder(_ path: String) -> Bool? {
  var isFolder: ObjCBool = false
  guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
  return isFolder.boolValue
}

/// Says before anything is computed that a report will have no figures.
func noteMissingGnuplot() {
  if let missing = missingGnuplot() { StandardStreams.note("Note: \(missing)") }
}

/// Looks before anything is computed whether a study has room on the disk, by the least that it takes.
/// - Parameters:
///   - folder: the data folder, there or not.
///   - values: numbers of features that are stored, of 8 bytes each.
/// - Throws: `CommandFailure` (73).
func requireRoom(in folder: URL, forValues values: Int) throws {
  let cluster = folder.appendingPathComponent("postgres").resolvingSymlinksInPath()
  var nearest = cluster
  while isFolder(nearest.path) == nil, nearest.path != "/" { nearest = nearest.deletingLastPathComponent() }
  var status = statvfs()
  guard unsafe statvfs(nearest.path, &status) == 0 else { return }
  let free = Double(status.f_bavail) * Double(status.f_frsize)
  // A new database has 56 MB on the disk before it holds anything (PostgreSQL 15, with its journal).
  let least = (nearest == cluster ? 0 : 56e6) + 8 * Double(values)
  guard free < least else { return }
  func megabytes(_ bytes: Double) -> String { "\(Int((bytes / 1e6).rounded(.up))) MB" }
  throw CommandFailure(
    ExitStatus.cannotWrite,
    "The disk of \(folder.path) has \(megabytes(free)) left, and the study takes at least \(megabytes(least)) (its database and features). "
      + "Free some room, or choose another folder with --data.")
}
