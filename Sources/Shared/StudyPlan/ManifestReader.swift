import DelimitedText
import Foundation

extension Manifest {
  /// Reads a manifest: columns `ID,Site,Image,Mask,Outcome` and optionally `Label,Split,Group`.
  ///
  /// Letter case does not matter; `participant_id`, `patient_id`, `image_path` and `mask_path` are understood.
  /// Further columns pass through. Files are not opened: one that is missing fails its case, not the study.
  /// - Throws: `StudyError` that lists every faulty line (at most twenty).
  package init(at url: URL) throws(StudyError) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: url))
    } catch {
      throw StudyError(.unreadable, "The manifest \(url.path) cannot be read: \(error.localizedDescription)")
    }
    let table: DelimitedTable
    do {
      table = try DelimitedTable(parsing: bytes, label: url.lastPathComponent)
    } catch {
      throw StudyError(.badManifest, error.description)
    }
    try self.init(table: table, root: url.deletingLastPathComponent().standardizedFileURL)
  }

  init(table: DelimitedTable, root: URL) throws(StudyError) {
    let reader = try ManifestReader(table: table, root: root)
    var rows: [Row] = []
    var faults: [String] = []
    for record in table.rows {
      do {
        rows.append(try reader.row(record))
      } catch {
        faults.append(error.message)
      }
    }
    faults += ManifestReader.contradictions(among: rows, lines: table.rows.map(\.line), when: faults.isEmpty)
    guard faults.isEmpty else {
      let shown = faults.prefix(20).map { "  \($0)" }.joined(separator: "\n")
      let more = faults.count > 20 ? "\n  and \(faults.count - 20) more" : ""
      throw StudyError(.badManifest, "\(table.label) has \(faults.count) faulty lines:\n\(shown)\(more)")
    }
    guard !rows.isEmpty else {
      throw StudyError(.badManifest, "\(table.label) has a header but no rows.")
    }
    self.init(rows: rows, root: root)
  }
}

/// Columns of one manifest, and how a record becomes a row.
struct ManifestReader {
  enum Column: String, CaseIterable {
    case id = "ID"
    case site = "Site"
    case image = "Image"
    case mask = "Mask"
    case outcome = "Outcome"
    case label = "Label"
    case split = "Split"
    case group = "Group"

    var aliases: [String] {
      switch self {
      case .id: ["participant_id", "patient_id", "subject_id", "subject"]
      case .image: ["image_path"]
      case .mask: ["mask_path"]
      default: []
      }
    }
  }

  private let label: String
  private let root: URL
  private let positions: [Column: Int]
  private let extraColumns: [(name: String, position: Int)]

  init(table: DelimitedTable, root: URL) throws(StudyError) {
    var positions: [Column: Int] = [:]
    for column in Column.allCases {
      let names = ([column.rawValue] + column.aliases).map { $0.lowercased() }
      let matches = table.header.indices.filter { names.contains(table.header[$0].lowercased()) }
      guard matches.count <= 1 else {
        let found = matches.map { "'\(table.header[$0])'" }.joined(separator: " and ")
        throw StudyError(
          .badManifest, "\(table.label): columns \(found) both mean \(column.rawValue); keep one.")
      }
      positions[column] = matches.first
    }
    for column in [Column.id, .site, .image, .mask] where positions[column] == nil {
      throw StudyError(
        .badManifest,
        "\(table.label) has no column \(column.rawValue); found: \(table.header.joined(separator: ", "))."
          + suggestion(for: column.rawValue, among: table.header))
    }
    let known = Set(positions.values)
    self.label = table.label
    self.root = root
    self.positions = positions
    extraColumns = table.header.enumerated().filter { !known.contains($0.offset) && !$0.element.isEmpty }
      .map { (name: $0.element, position: $0.offset) }
  }

  func row(_ record: DelimitedRecord) throws(StudyError) -> Manifest.Row {
    Manifest.Row(
      subject: try required(.id, record),
      site: try required(.site, record),
      image: try path(.image, record),
      mask: try path(.mask, record),
      label: try number(.label, record, in: 1...Int(UInt32.max)).map(UInt32.init),
      outcome: try outcome(record),
      split: try part(record),
      group: value(.group, record),
      extra: Dictionary(uniqueKeysWithValues: extraColumns.map { ($0.name, record.fields[$0.position]) }))
  }

  private func value(_ column: Column, _ record: DelimitedRecord) -> String? {
    guard let position = positions[column] else { return nil }
    let text = record.fields[position].trimmingCharacters(in: .whitespaces)
    return text.isEmpty ? nil : text
  }

  private func required(_ column: Column, _ record: DelimitedRecord) throws(StudyError) -> String {
    guard let value = value(column, record) else { throw fault(record, column, "is empty") }
    return value
  }

  private func number(_ column: Column, _ record: DelimitedRecord, in range: ClosedRange<Int>)
    throws(StudyError)
    -> Int?
  {
    guard let text = value(column, record) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw fault(record, column, "must be a whole number from \(range.lowerBound), but is '\(text)'")
    }
    return number
  }

  private func outcome(_ record: DelimitedRecord) throws(StudyError) -> Int? {
    guard let text = value(.outcome, record) else { return nil }
    switch text {
    case "0", "0.0": return 0
    case "1", "1.0": return 1
    default:
      throw fault(
        record, .outcome, "must be 0 or 1 (empty where unknown), but is '\(text)'; code it as 0 and 1")
    }
  }

  private func part(_ record: DelimitedRecord) throws(StudyError) -> Manifest.Part? {
    guard let text = value(.split, record) else { return nil }
    switch text.lowercased() {
    case "training", "train": return .training
    case "test", "testing": return .test
    default: throw fault(record, .split, "must be 'training' or 'test', but is '\(text)'")
    }
  }

  /// A path below the manifest's folder, made relative to it.
  private func path(_ column: Column, _ record: DelimitedRecord) throws(StudyError) -> String {
    let text = try required(column, record)
    let rootPath = root.path.hasSuffix("/") ? root.path : root.path + "/"
    let full = URL(fileURLWithPath: text, relativeTo: root).standardizedFileURL.path
    guard full.hasPrefix(rootPath), full.count > rootPath.count else {
      throw fault(
        record, column,
        "points outside the manifest's folder; images must lie below it, so that every worker finds them below its"
          + " own root")
    }
    return String(full.dropFirst(rootPath.count))
  }

  private func fault(_ record: DelimitedRecord, _ column: Column, _ reason: String) -> StudyError {
    StudyError(.badManifest, "\(label), line \(record.line): \(column.rawValue) \(reason).")
  }
}

extension ManifestReader {
  /// Rows that contradict each other: a region listed twice, a subject with two outcomes or in two parts.
  static func contradictions(among rows: [Manifest.Row], lines: [Int], when readable: Bool) -> [String] {
    guard readable else { return [] }
    var faults: [String] = []
    var regions: [[String]: Int] = [:]
    var first: [[String]: Int] = [:]
    var groups: [String: Int] = [:]
    for (index, row) in rows.enumerated() {
      let region = [row.site, row.subject, row.image, row.mask, row.label.map(String.init) ?? ""]
      if let earlier = regions.updateValue(index, forKey: region) {
        faults.append("line \(lines[index]): the same region as line \(lines[earlier]).")
      }
      let subject = [row.site, row.subject]
      if let earlier = first[subject] {
        if rows[earlier].outcome != row.outcome {
          faults.append("line \(lines[index]): another Outcome for the subject of line \(lines[earlier]).")
        }
        if rows[earlier].split != row.split || rows[earlier].group != row.group {
          faults.append(
            "line \(lines[index]): another Split or Group for the subject of line \(lines[earlier]).")
        }
      } else {
        first[subject] = index
      }
      guard let group = row.group else { continue }
      if let earlier = groups[group] {
        if rows[earlier].split != row.split {
          faults.append(
            "line \(lines[index]): Group '\(group)' of line \(lines[earlier]) is in another Split.")
        }
      } else {
        groups[group] = index
      }
    }
    return faults
  }
}
