import Foundation
import Yams

extension StudyFile {
  /// The key `external`: a path, or `{manifest: PATH}` (`{features: PATH}` where the study begins from a table of features).
  static func external(_ file: StrictMapping, isTable: Bool) throws(StudyError) -> String? {
    guard let node = file.node("external") else { return nil }
    guard node.mapping != nil else { return try node.text(at: "external") }
    let key = isTable ? "features" : "manifest"
    let section = try StrictMapping(node, at: "external", known: [key])
    return try section.required(key).text(at: section.place(key))
  }
}

extension Manifest {
  /// The manifest of an external cohort, with every row of the part `external` and its paths made relative to the root of the study's
  /// manifest.
  /// - Parameters:
  ///   - root: folder that paths of both manifests count from, if not each manifest's own.
  ///   - study: the study's manifest.
  /// - Throws: `StudyError`, also where its images do not lie below the root of the study's.
  package init(external url: URL, root: URL?, outcome: OutcomeCoding, besides study: Manifest)
    throws(StudyError)
  {
    var manifest = try Manifest(at: url, root: root, outcome: outcome)
    try manifest.becomeExternal(url.lastPathComponent)
    if root == nil {
      for index in manifest.rows.indices {
        manifest.rows[index].image = try study.path(of: manifest.rows[index].image, below: manifest.root, url)
        manifest.rows[index].mask = try study.path(of: manifest.rows[index].mask, below: manifest.root, url)
      }
    }
    self.init(rows: manifest.rows, root: study.root)
  }

  /// A path below another folder, as it counts from this manifest's root.
  private func path(of path: String, below folder: URL, _ url: URL) throws(StudyError) -> String {
    guard folder.path != root.path else { return path }
    let full = folder.appendingPathComponent(path).standardizedFileURL.path
    let prefix = root.path.hasSuffix("/") ? root.path : root.path + "/"
    guard full.hasPrefix(prefix) else {
      throw StudyError(
        .badManifest,
        "external: the images of \(url.lastPathComponent) do not lie below the folder of the study's manifest. Name a folder above both "
          + "with --root; the paths of both manifests then count from it.")
    }
    return String(full.dropFirst(prefix.count))
  }

  /// Puts every row into the part `external`.
  /// - Throws: `StudyError` where a row says that it is of another.
  package mutating func becomeExternal(_ label: String) throws(StudyError) {
    for index in rows.indices {
      guard rows[index].split ?? .external == .external else {
        throw StudyError(
          .badManifest,
          "external: \(label) has a row whose Split is '\(rows[index].split?.rawValue ?? "")'. Nobody of an external cohort trains or "
            + "tests: leave column Split out there.")
      }
      rows[index].split = .external
    }
  }

  /// The rows of the study and of its external cohort.
  /// - Throws: `StudyError` where both have a subject, or a group.
  package func joined(by external: Manifest) throws(StudyError) -> [Row] {
    let own = Set(rows.map { [$0.site, $0.subject] })
    let groups = Set(rows.compactMap(\.group))
    let shared = external.rows.filter {
      own.contains([$0.site, $0.subject]) || $0.group.map(groups.contains) ?? false
    }
    guard let first = shared.first else { return rows + external.rows }
    throw StudyError(
      .badManifest,
      "external: \(counted(shared.count, "row")) \(shared.count == 1 ? "is" : "are") of subjects or groups of the study, the first of \(first.subject) at \(first.site). Nobody of "
        + "an external cohort may be in the study: take them out of one of the two.")
  }
}
