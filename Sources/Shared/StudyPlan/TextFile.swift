import Foundation

/// The text of a file: a study, parameters, a table. A pipe will do, as a shell's `<(command)` makes one; a link is followed, and what
/// it leads to is bounded as the file itself is.
/// - Parameters:
///   - subject: what messages call the file.
///   - limit: bytes that it may have. Of all texts that people wrote by hand, none is a hundredth of the default.
/// - Throws: `unreadable`, with what `subject` names: no such file, no permission, larger than any such file, not UTF-8.
package func readText(
  of url: URL, as subject: String, limit: Int = 1 << 24
) throws(StudyError) -> String {
  let found: Data?
  do {
    let file = try FileHandle(forReadingFrom: url)
    found = try file.read(upToCount: limit + 1)
    try file.close()
  } catch {
    throw .notRead(subject, at: url, error)
  }
  let data = found ?? Data()
  guard data.count <= limit else {
    throw StudyError(
      .unreadable,
      "\(subject) cannot be read as text: it has more than \(limit) bytes. Check that it is the right file.")
  }
  guard let text = String(data: data, encoding: .utf8) else {
    throw StudyError(.unreadable, "\(subject) cannot be read as text: it is not UTF-8. Save it as UTF-8.")
  }
  return text
}

extension StudyError {
  /// A file that `subject` names and that cannot be read: why, and what to do. Foundation has a number for a folder in a file's place.
  package static func notRead(_ subject: String, at url: URL, _ error: any Error) -> StudyError {
    let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
    let isAbsent =
      (error as? CocoaError).map { [.fileReadNoSuchFile, .fileNoSuchFile].contains($0.code) } == true
    return StudyError(
      .unreadable,
      isFolder
        ? "\(subject) cannot be read: it is a folder. Give the path of a file."
        : isAbsent
          ? "\(subject) cannot be read: there is no such file. Check the path and its rights."
          : "\(subject) cannot be read: \(error.localizedDescription) Check the path and its rights.")
  }
}
