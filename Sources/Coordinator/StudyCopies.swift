import Foundation
import StudyPlan

/// The files of a study that stand beside its report, and the script that runs it from them.
struct StudyCopies: Sendable {
  /// Inside the report's folder.
  static let folder = "study"

  struct File: Sendable {
    var source: URL
    /// Path inside the folder.
    var name: String
  }

  private(set) var copied: [File]
  /// Files that the study file names outside its own folder, which a copy of it would not find.
  private(set) var missing: [URL] = []
  private let manifest: String
  private let marks: String?
  /// Whether there are images, which are not copied.
  private let hasImages: Bool

  init(_ file: StudyFile, study: URL) {
    let home = study.standardizedFileURL.deletingLastPathComponent()
    copied = [File(source: study, name: "study.yaml")]
    func inside(_ url: URL) -> String? {
      let (path, root) = (url.standardizedFileURL.path, home.path + "/")
      return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : nil
    }
    // Manifest and marks are named on the command line, wherever they lie.
    manifest = inside(file.manifest) ?? file.manifest.lastPathComponent
    copied.append(File(source: file.manifest, name: manifest))
    marks = file.marks.map { inside($0) ?? $0.lastPathComponent }
    if let source = file.marks, let marks { copied.append(File(source: source, name: marks)) }
    for source in [file.external, file.clinicalTable?.url].compactMap(\.self) {
      if let name = inside(source) {
        copied.append(File(source: source, name: name))
      } else {
        missing.append(source)
      }
    }
    hasImages = file.table == nil
  }

  /// `repeat.sh`.
  var script: String {
    let marks = marks.map { " --marks \(Self.quoted("\(Self.folder)/\($0)"))" } ?? ""
    return """
      #!/bin/sh
      # Runs the study of this report again, in the folder again, and compares its report.json with the one here.
      # Options of `coordinator local` may follow\(hasImages ? ": sh repeat.sh --root FOLDER_OF_THE_IMAGES" : "").
      set -eu
      cd "$(dirname "$0")"
      program=${COORDINATOR:-coordinator}
      status=0
      "$program" local \(Self.folder)/study.yaml --manifest \(Self.quoted("\(Self.folder)/\(manifest)"))\(marks) \\
        --data again/data --out again/report "$@" || status=$?
      "$program" local \(Self.folder)/study.yaml --data again/data --stop
      # 1: the study ended, and a case or a line of its audit failed.
      [ "$status" -le 1 ] || exit "$status"
      # All but when a report was written, and how long its tasks took.
      results() { sed '/^  "times" : {$/,/^  }/d' "$1"; }
      results report.json > again/first.json
      results again/report/report.json > again/second.json
      if cmp -s again/first.json again/second.json; then
        echo "The same: report.json is equal byte for byte but for its times."
      else
        echo "Not the same; the first differences:"
        diff again/first.json again/second.json | head -n 20
        exit 1
      fi

      """
  }

  var explanation: String {
    let images =
      hasImages
      ? "Images and masks are not here. Give the folder that the paths of the manifest count from:\n\n  sh repeat.sh --root FOLDER"
      : "  sh repeat.sh"
    let lost =
      missing.isEmpty
      ? ""
      : "\n\nThe study file names files outside its folder, which are not here: "
        + missing.map(\.lastPathComponent).joined(separator: ", ") + ". Put them where it looks for them."
    return """
      One command runs the study again and compares the reports (all but times is equal, byte for byte). It starts a private
      PostgreSQL in again/data and needs the version of Trabecula that versions.txt names.

      \(images)\(lost)

      """
  }

  /// As a shell reads one word.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
