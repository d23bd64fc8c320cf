import DelimitedText
import Foundation
import ImageFilters

/// The list of images and masks of a cohort.
package struct Manifest: Sendable {
  /// One region of interest.
  package struct Row: Codable, Equatable, Sendable {
    package var subject: String
    package var site: String
    /// Relative to the root, with forward slashes.
    package var image: String
    package var mask: String
    /// Label of the region in the mask; nil leaves it to the study's `label`.
    package var label: UInt32?
    /// Name or number of the region in a mask that names its regions; nil where the label alone says it.
    package var segment: String?
    /// Which series, echo or time point of the image is meant; nil where it is one.
    package var choice: ImageChoice?
    /// The ring around the region that is meant in its place, as the study says; no column of a manifest has it.
    package var ring: RegionRing?
    /// 1 has the outcome, 0 has not, nil unknown.
    package var outcome: Int?
    package var split: Part?
    package var group: String?
    /// Further columns, passed through.
    package var extra: [String: String]

    package init(
      subject: String, site: String, image: String, mask: String, label: UInt32? = nil,
      segment: String? = nil, choice: ImageChoice? = nil, ring: RegionRing? = nil, outcome: Int? = nil,
      split: Part? = nil, group: String? = nil, extra: [String: String] = [:]
    ) {
      self.choice = choice
      self.subject = subject
      self.site = site
      self.image = image
      self.mask = mask
      self.label = label
      self.segment = segment
      self.ring = ring
      self.outcome = outcome
      self.split = split
      self.group = group
      self.extra = extra
    }
  }

  package enum Part: String, Codable, Sendable, CaseIterable {
    case training, test
    /// Evaluated, and seen by nothing that is fitted.
    case external
  }

  /// The further column that names repeat segmentations: empty for the segmentation that is modelled, else the name of
  /// who drew it, or of the occasion. A repeat is extracted, serves the ICC, and is never modelled.
  package static let repeatColumn = "Repeat"

  /// The further columns that tell the images of a subject apart which stand side by side in a model: the sequence (T1, T2, PET)
  /// and the region (tumour, ring).
  package static let (sequenceColumn, regionColumn) = ("Sequence", "Region")

  /// Further columns that mean something, in whatever letter case.
  static let namedColumns = [repeatColumn, sequenceColumn, regionColumn]

  /// Columns that say who a case is and where it belongs, the outcome's first.
  package static func designColumns(outcome: String) -> [String] {
    [outcome] + ManifestReader.Column.allCases.map(\.rawValue).filter { $0 != "Outcome" } + namedColumns
  }

  package var rows: [Row]
  /// Folder that the paths are relative to: the manifest's own, unless another was given.
  package var root: URL

  package init(rows: [Row], root: URL) {
    self.rows = rows
    self.root = root
  }
}

extension Manifest {
  /// Reads a manifest: columns `ID,Site,Image,Mask,Outcome` and optionally `Label,Segment,Series,Echo,TimePoint,Split,Group`.
  ///
  /// Letter case does not matter; `participant_id`, `patient_id`, `image_path`, `mask_path`, `segment_name` and `roi_name`
  /// are understood.
  /// Further columns pass through. Files are not opened: one that is missing fails its case, not the study.
  /// - Parameters:
  ///   - root: folder that paths are relative to, if not the manifest's; absolute ones lie below either.
  ///   - covariates: further columns of which a subject has one value, however many images it has.
  /// - Throws: `StudyError` that lists every faulty line (at most twenty).
  package init(
    at url: URL, root: URL? = nil, outcome: OutcomeCoding = .numbers, covariates: [String] = []
  ) throws(StudyError) {
    let own = url.deletingLastPathComponent().standardizedFileURL
    try self.init(
      table: try DelimitedTable(at: url, what: "manifest"), root: root?.standardizedFileURL ?? own,
      outcome: outcome, otherRoot: root == nil ? nil : own, covariates: covariates)
  }

  package init(
    table: DelimitedTable, root: URL, outcome: OutcomeCoding = .numbers, layout: FeatureTableLayout? = nil,
    otherRoot: URL? = nil, covariates: [String] = []
  ) throws(StudyError) {
    let reader = try ManifestReader(
      table: table, root: root, coding: outcome, layout: layout, otherRoot: otherRoot)
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
      faults = reader.contradictions(among: rows, lines: lines)
      faults += ManifestReader.strayRepeats(among: rows, lines: lines)
      faults += ManifestReader.mixedParts(among: rows, lines: lines)
      faults += ManifestReader.differingCovariates(covariates, among: rows, lines: lines)
    }
    guard faults.isEmpty else {
      let shown = faults.prefix(20).map { "  \($0)" }.joined(separator: "\n")
      let more = faults.count > 20 ? "\n  and \(faults.count - 20) more" : ""
      throw StudyError(
        .badManifest, "\(table.label) has \(counted(faults.count, "faulty line")):\n\(shown)\(more)")
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
    case segment = "Segment"
    case series = "Series"
    case echo = "Echo"
    case timePoint = "TimePoint"
    case split = "Split"
    case group = "Group"

    var aliases: [String] {
      switch self {
      case .id: ["participant_id", "patient_id", "subject_id", "subject"]
      case .image: ["image_path"]
      case .mask: ["mask_path"]
      case .segment: ["segment_name", "roi_name"]
      case .series: ["series_uid", "SeriesInstanceUID"]
      case .timePoint: ["time_point"]
      default: []
      }
    }

    /// Whether it says which part of an image is meant: in a table of features there is none.
    var choosesImage: Bool { self == .series || self == .echo || self == .timePoint }
  }

  private let label: String
  private let root: URL
  /// The manifest's folder, where another is the root.
  private let otherRoot: URL?
  private let coding: OutcomeCoding
  let isFeatureTable: Bool
  let positions: [Column: Int]
  let extraColumns: [(name: String, position: Int)]
  /// The outcome's column, as the table calls it.
  let outcomeName: String

  /// - Parameter layout: of a feature table, which needs no images and may call its columns otherwise.
  init(
    table: DelimitedTable, root: URL, coding: OutcomeCoding, layout: FeatureTableLayout? = nil,
    otherRoot: URL? = nil
  ) throws(StudyError) {
    var positions = try layout?.namedColumns(in: table) ?? [:]
    if let name = coding.column, positions[.outcome] == nil {
      guard let position = table.index(of: name) else {
        throw StudyError(
          .badManifest,
          "outcome.event: \(table.label) has no column '\(name)'."
            + suggestion(for: name, among: table.header))
      }
      positions[.outcome] = position
    }
    let taken = Set(positions.values)
    for column in Column.allCases
    where positions[column] == nil && !(layout != nil && column.choosesImage) {
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
    for name in Manifest.namedColumns {
      let columns = table.header.enumerated().filter {
        !known.contains($0.offset) && $0.element.lowercased() == name.lowercased()
      }
      guard columns.count <= 1 else {
        let found = columns.map { "'\($0.element)'" }.joined(separator: " and ")
        throw StudyError(.badManifest, "\(table.label): columns \(found) both mean \(name); keep one.")
      }
    }
    self.label = table.label
    self.root = root
    self.otherRoot = otherRoot
    self.coding = coding
    self.positions = positions
    outcomeName = positions[.outcome].map { table.header[$0] } ?? Column.outcome.rawValue
    isFeatureTable = layout != nil
    extraColumns = table.header.enumerated().filter { !known.contains($0.offset) && !$0.element.isEmpty }
      .map { name in
        let named = Manifest.namedColumns.first { $0.lowercased() == name.element.lowercased() }
        return (name: named ?? name.element, position: name.offset)
      }
  }

  /// Values of the outcome that cannot be told apart.
  func checkOutcomes(_ table: DelimitedTable) throws(StudyError) {
    guard let position = positions[.outcome] else { return }
    let values = table.rows.map { $0.fields[position].withoutSpacesAround }
    if let contradiction = coding.contradiction(in: values.filter { !$0.isEmpty }, of: outcomeName) {
      throw StudyError(.badManifest, "\(label): \(contradiction)")
    }
  }

  func row(_ record: DelimitedRecord) throws(StudyError) -> Manifest.Row {
    Manifest.Row(
      subject: try name(.id, record),
      site: try name(.site, record),
      image: isFeatureTable ? value(.image, record) ?? label : try path(.image, record),
      mask: isFeatureTable ? value(.mask, record) ?? rater(record) : try path(.mask, record),
      label: try number(.label, record, in: 1...Int(UInt32.max)).map(UInt32.init),
      segment: try segment(record), choice: try choice(record),
      outcome: try outcome(record),
      split: try part(record),
      group: value(.group, record)?.composed,
      extra: Dictionary(uniqueKeysWithValues: extraColumns.map { ($0.name, record.fields[$0.position]) }))
  }

  /// Tells repeat segmentations in a feature table apart where there is no column Mask.
  private func rater(_ record: DelimitedRecord) -> String {
    let position = extraColumns.first { $0.name == Manifest.repeatColumn }?.position
    return position.map { record.fields[$0] } ?? ""
  }

  private func value(_ column: Column, _ record: DelimitedRecord) -> String? {
    guard let position = positions[column] else { return nil }
    let text = record.fields[position].withoutSpacesAround
    return text.isEmpty ? nil : text
  }

  private func required(_ column: Column, _ record: DelimitedRecord) throws(StudyError) -> String {
    guard let value = value(column, record) else { throw fault(record, column, "is empty") }
    return value
  }

  /// A name in Unicode's form NFC: spreadsheets and file systems write "é" as one letter or as two signs, which are one name.
  private func name(_ column: Column, _ record: DelimitedRecord) throws(StudyError) -> String {
    let name = try required(column, record).composed
    guard name.utf8.count <= Self.longestName else {
      throw fault(record, column, "is longer than \(Self.longestName) bytes")
    }
    return name
  }

  /// Of subjects and sites, in bytes: an entry of an index has at most 2,700.
  private static let longestName = 500

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

  private func segment(_ record: DelimitedRecord) throws(StudyError) -> String? {
    guard let text = value(.segment, record) else { return nil }
    do throws(StudyError) {
      return try SegmentName.read(text)
    } catch {
      throw fault(record, .segment, error.message)
    }
  }

  private func choice(_ record: DelimitedRecord) throws(StudyError) -> ImageChoice? {
    var series: String?
    if let text = value(.series, record) {
      do throws(StudyError) {
        series = try ImageChoice.series(text)
      } catch {
        throw fault(record, .series, error.message)
      }
    }
    return ImageChoice(
      series: series, echo: try number(.echo, record, in: ImageChoice.numbers),
      timePoint: try number(.timePoint, record, in: ImageChoice.numbers))
  }

  private func outcome(_ record: DelimitedRecord) throws(StudyError) -> Int? {
    guard let text = value(.outcome, record) else { return nil }
    guard let outcome = coding.outcome(of: text) else {
      throw StudyError(
        .badManifest,
        "\(label), line \(record.line): \(outcomeName) is '\(text)'; expected "
          + "\(coding.expectation), and nothing where it is unknown.")
    }
    return outcome
  }

  private func part(_ record: DelimitedRecord) throws(StudyError) -> Manifest.Part? {
    guard let text = value(.split, record) else { return nil }
    switch text.lowercased() {
    case "training", "train": return .training
    case "test", "testing": return .test
    case "external": return .external
    default: throw fault(record, .split, "must be 'training', 'test' or 'external', but is '\(text)'")
    }
  }

  /// A path below the root, or the manifest's folder, made relative to it.
  private func path(_ column: Column, _ record: DelimitedRecord) throws(StudyError) -> String {
    let text = try required(column, record)
    if text.isPlainRelativePath { return text }
    for root in [root, otherRoot].compactMap(\.self) {
      let rootPath = root.path.hasSuffix("/") ? root.path : root.path + "/"
      let full = URL(fileURLWithPath: text, relativeTo: root).standardizedFileURL.path
      if full.hasPrefix(rootPath), full.count > rootPath.count {
        return String(full.dropFirst(rootPath.count))
      }
    }
    throw fault(
      record, column,
      "points outside \(otherRoot == nil ? "the manifest's folder" : "the root"); images must lie below it, so that every "
        + "worker finds them below its own root. Where they lie elsewhere, name a folder above them with --root"
    )
  }

  /// The outcome as the table calls it, other columns as a manifest does.
  private func name(of column: Column) -> String {
    column == .outcome ? outcomeName : column.rawValue
  }

  private func fault(_ record: DelimitedRecord, _ column: Column, _ reason: String) -> StudyError {
    StudyError(.badManifest, "\(label), line \(record.line): \(name(of: column)) \(reason).")
  }
}

/// A manifest may have a hundred thousand rows, whose fields nearly always are what they are to become: seen by a look at their
/// bytes, which takes a twentieth of the time that Foundation takes to make them anew.
extension String {
  /// Without spaces and tabs at its ends.
  fileprivate var withoutSpacesAround: String {
    guard let first = utf8.first, let last = utf8.last else { return self }
    let visible = UInt8(ascii: "!")...UInt8(ascii: "~")
    return visible.contains(first) && visible.contains(last) ? self : trimmingCharacters(in: .whitespaces)
  }

  /// In Unicode's form NFC.
  fileprivate var composed: String {
    utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
  }

  /// Whether it is a relative path that stays as it is when it is standardized: of letters, digits and a few signs, with no empty
  /// name, and none of dots only, between its slashes.
  fileprivate var isPlainRelativePath: Bool {
    var length = 0
    var isOfDots = true
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "/"):
        guard length > 0, !isOfDots else { return false }
        length = 0
        isOfDots = true
      case UInt8(ascii: "."):
        length += 1
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"),
        UInt8(ascii: "="),
        UInt8(ascii: " "):
        length += 1
        isOfDots = false
      default: return false
      }
    }
    return length > 0 && !isOfDots
  }
}

extension DelimitedTable {
  /// - Throws: `StudyError` where it cannot be read.
  package init(at url: URL, what: String) throws(StudyError) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: url))
    } catch {
      throw .notRead("The \(what) \(url.path)", at: url, error)
    }
    do {
      try self.init(parsing: bytes, label: url.lastPathComponent)
    } catch {
      throw StudyError(.badManifest, error.description)
    }
  }
}
