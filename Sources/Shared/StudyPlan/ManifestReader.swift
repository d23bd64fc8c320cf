import DelimitedText
import Foundation

extension Manifest {
  /// Reads a manifest: columns `ID,Site,Image,Mask,Outcome` and optionally `Label,Split,Group`.
  ///
  /// Letter case does not matter; `participant_id`, `patient_id`, `image_path` and `mask_path` are understood.
  /// Further columns pass through. Files are not opened: one that is missing fails its case, not the study.
  /// - Throws: `StudyError` that lists every faulty line (at most twenty).
  package init(at url: URL, outcome: OutcomeCoding = .numbers) throws(StudyError) {
    try self.init(
      table: try DelimitedTable(at: url, what: "manifest"),
      root: url.deletingLastPathComponent().standardizedFileURL, outcome: outcome)
  }

  init(
    table: DelimitedTable, root: URL, outcome: OutcomeCoding = .numbers, layout: FeatureTableLayout? = nil
  ) throws(StudyError) {
    let reader = try ManifestReader(table: table, root: root, coding: outcome, layout: layout)
    try reader.checkOutcomes(table)
    var rows: [Row] = []
    var faults: [String] = []
    for record in table.rows {
      do {
        rows.append(try reader.row(record))
      } catch {
        faults.append(error.message)
      }
    }
    if faults.isEmpty {
      let lines = table.rows.map(\.line)
      faults = ManifestReader.contradictions(among: rows, lines: lines, isFeatureTable: layout != nil)
      faults += ManifestReader.strayRepeats(among: rows, lines: lines)
    }
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

extension DelimitedTable {
  init(at url: URL, what: String) throws(StudyError) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: url))
    } catch {
      throw StudyError(.unreadable, "The \(what) \(url.path) cannot be read: \(error.localizedDescription)")
    }
    do {
      try self.init(parsing: bytes, label: url.lastPathComponent)
    } catch {
      throw StudyError(.badManifest, error.description)
    }
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
  private let coding: OutcomeCoding
  private let isFeatureTable: Bool
  let positions: [Column: Int]
  let extraColumns: [(name: String, position: Int)]

  /// - Parameter layout: of a feature table, which needs no images and may call its columns otherwise.
  init(
    table: DelimitedTable, root: URL, coding: OutcomeCoding, layout: FeatureTableLayout? = nil
  ) throws(StudyError) {
    var positions = try layout?.namedColumns(in: table) ?? [:]
    let taken = Set(positions.values)
    for column in Column.allCases where positions[column] == nil {
      let names = ([column.rawValue] + column.aliases).map { $0.lowercased() }
      let matches = table.header.indices.filter {
        names.contains(table.header[$0].lowercased()) && !taken.contains($0)
      }
      guard matches.count <= 1 else {
        let found = matches.map { "'\(table.header[$0])'" }.joined(separator: " and ")
        throw StudyError(
          .badManifest, "\(table.label): columns \(found) both mean \(column.rawValue); keep one.")
      }
      positions[column] = matches.first
    }
    let needed: [Column] = layout == nil ? [.id, .site, .image, .mask] : [.id, .site]
    for column in needed where positions[column] == nil {
      throw StudyError(
        .badManifest,
        "\(table.label) has no column \(column.rawValue); found: \(table.header.joined(separator: ", "))."
          + suggestion(for: column.rawValue, among: table.header))
    }
    let known = Set(positions.values)
    self.label = table.label
    self.root = root
    self.coding = coding
    self.positions = positions
    isFeatureTable = layout != nil
    extraColumns = table.header.enumerated().filter { !known.contains($0.offset) && !$0.element.isEmpty }
      .map { name in
        let isRepeat = name.element.lowercased() == Manifest.repeatColumn.lowercased()
        return (name: isRepeat ? Manifest.repeatColumn : name.element, position: name.offset)
      }
  }

  /// Values of the outcome that cannot be told apart.
  func checkOutcomes(_ table: DelimitedTable) throws(StudyError) {
    guard let position = positions[.outcome] else { return }
    let values = table.rows.map { $0.fields[position].trimmingCharacters(in: .whitespaces) }
    if let contradiction = coding.contradiction(in: values.filter { !$0.isEmpty }) {
      throw StudyError(.badManifest, "\(label): \(contradiction)")
    }
  }

  func row(_ record: DelimitedRecord) throws(StudyError) -> Manifest.Row {
    Manifest.Row(
      subject: try required(.id, record),
      site: try required(.site, record),
      image: isFeatureTable ? value(.image, record) ?? label : try path(.image, record),
      mask: isFeatureTable ? value(.mask, record) ?? rater(record) : try path(.mask, record),
      label: try number(.label, record, in: 1...Int(UInt32.max)).map(UInt32.init),
      outcome: try outcome(record),
      split: try part(record),
      group: value(.group, record),
      extra: Dictionary(uniqueKeysWithValues: extraColumns.map { ($0.name, record.fields[$0.position]) }))
  }

  /// Tells repeat segmentations in a feature table apart where there is no column Mask.
  private func rater(_ record: DelimitedRecord) -> String {
    let position = extraColumns.first { $0.name == Manifest.repeatColumn }?.position
    return position.map { record.fields[$0] } ?? ""
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
    guard let outcome = coding.outcome(of: text) else {
      throw fault(
        record, .outcome, "is '\(text)'; expected \(coding.expectation), and nothing where it is unknown")
    }
    return outcome
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
  static func contradictions(among rows: [Manifest.Row], lines: [Int], isFeatureTable: Bool) -> [String] {
    var faults: [String] = []
    var regions: [[String]: Int] = [:]
    var first: [[String]: Int] = [:]
    var groups: [String: Int] = [:]
    for (index, row) in rows.enumerated() {
      let region = [row.site, row.subject, row.image, row.mask, row.label.map(String.init) ?? ""]
      if let earlier = regions.updateValue(index, forKey: region) {
        faults.append(
          "line \(lines[index]): the same \(isFeatureTable ? "ID" : "region") as line \(lines[earlier])"
            + (isFeatureTable
              ? "; where a subject has several images, tell them apart in a column Image." : "."))
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

extension ManifestReader {
  /// Repeat segmentations whose image is not segmented by one row without Repeat, or twice by one rater.
  static func strayRepeats(among rows: [Manifest.Row], lines: [Int]) -> [String] {
    func image(_ row: Manifest.Row) -> [String] { [row.site, row.subject, row.image] }
    func rater(_ row: Manifest.Row) -> String { row.extra[Manifest.repeatColumn] ?? "" }
    let primaries = Dictionary(grouping: rows.filter { rater($0).isEmpty }, by: image)
    var seen: [[String]: Int] = [:]
    var faults: [String] = []
    for (index, row) in rows.enumerated() where !rater(row).isEmpty {
      let count = primaries[image(row)]?.count ?? 0
      if count != 1 {
        faults.append(
          "line \(lines[index]): Repeat is '\(rater(row))', but \(count) rows of the same image have no Repeat; one "
            + "must, the segmentation that is modelled.")
      }
      if let earlier = seen.updateValue(index, forKey: image(row) + [rater(row)]) {
        faults.append(
          "line \(lines[index]): the same image and Repeat as line \(lines[earlier]); name each segmentation once."
        )
      }
    }
    return faults
  }
}
