import DelimitedText
import Digests
import Foundation

/// What a study that begins from a feature table says of it, for its report and its key.
package struct FeatureTableSource: Codable, Equatable, Sendable {
  /// File name without its folder.
  package var name: String
  /// Of the file, hexadecimal.
  package var sha256: String
  package var features: Int
  /// Columns that are no features and no columns of the manifest, in the order of the table.
  package var otherColumns: [String]
  /// Column with the digest of each case's image; `nil` where the study names none.
  package var digestColumn: String? = nil
}

/// A table of features that were extracted before, with who the cases are: one row a region.
package struct FeatureTableFile: Sendable {
  package let source: FeatureTableSource
  package let featureNames: [String]
  /// Cases; texts and covariates are their further columns.
  package var manifest: Manifest
  /// Features of each case; NaN where the table has none, infinities as they are.
  package let values: [[Double]]

  /// Reads a table: columns ID and Site, and optionally Outcome, Split, Group, Image, Mask, Label, Segment and Repeat; features are
  /// the other columns whose every value is a number or missing, unless their name begins with `diagnostics_`, they
  /// are excluded, or they are covariates.
  ///
  /// Missing are empty fields, `NA`, `N/A`, `NaN`, `null`, `None` and `.`.
  /// - Throws: `StudyError` that lists every faulty line, or for a column that holds both numbers and texts.
  package init(
    at url: URL, layout: FeatureTableLayout, outcome: OutcomeCoding, covariates: [String]
  ) throws(StudyError) {
    let table = try DelimitedTable(at: url, what: "feature table")
    try self.init(
      table: table, root: url.deletingLastPathComponent().standardizedFileURL,
      digest: try Self.digest(url), layout: layout, outcome: outcome, covariates: covariates)
  }

  package init(
    table: DelimitedTable, root: URL, digest: String, layout: FeatureTableLayout,
    outcome: OutcomeCoding = .numbers, covariates: [String] = []
  ) throws(StudyError) {
    try layout.checkNamed(table)
    let reader = try ManifestReader(table: table, root: root, coding: outcome, layout: layout)
    let decimals = try DecimalSign(
      of: table,
      columns: FeatureTableColumns.mayHoldNumbers(reader: reader, layout: layout, covariates: covariates),
      otherwise: DecimalSign.exclusion)
    let columns = try FeatureTableColumns(
      table, reader: reader, layout: layout, covariates: covariates, decimals: decimals)
    guard !columns.features.isEmpty else {
      throw StudyError(
        .badManifest,
        "\(table.label) has no column of numbers that could be a feature; found: "
          + "\(table.header.prefix(20).joined(separator: ", ")).")
    }
    var manifest = try Manifest(
      table: table, root: root, outcome: outcome, layout: layout, covariates: covariates)
    let kept = Set(
      columns.texts + covariates + Manifest.namedColumns + [layout.digestColumn].compactMap(\.self))
    for index in manifest.rows.indices {
      manifest.rows[index].extra = manifest.rows[index].extra.filter { kept.contains($0.key) }
      for name in covariates { manifest.rows[index].extra[name]?.replaceDecimalComma(decimals) }
    }
    self.manifest = manifest
    featureNames = columns.features.map { table.header[$0] }
    values = table.rows.map { record in
      columns.features.map { FeatureTableColumns.number(record.fields[$0], decimals) ?? .nan }
    }
    source = FeatureTableSource(
      name: table.label, sha256: digest, features: featureNames.count, otherColumns: columns.others,
      digestColumn: layout.digestColumn)
  }

  /// Values of each case, in the order of the features of another table.
  /// - Throws: `StudyError` for features that this one lacks.
  package func values(of names: [String]) throws(StudyError) -> [[Double]] {
    let places = Dictionary(uniqueKeysWithValues: featureNames.enumerated().map { ($1, $0) })
    let lacking = names.filter { places[$0] == nil }
    guard lacking.isEmpty else {
      throw StudyError(
        .badManifest,
        "external: \(source.name) lacks \(lacking.count) of the \(counted(names.count, "feature")) of the study: "
          + "\(lacking.prefix(10).joined(separator: ", "))\(lacking.count > 10 ? ", …" : ""). A feature is a column of numbers."
      )
    }
    return values.map { row in names.compactMap { places[$0] }.map { row[$0] } }
  }

  /// The value of a field, NaN where it is missing; `nil` for a text.
  package static func number(_ field: String, _ decimals: DecimalSign) -> Double? {
    FeatureTableColumns.number(field, decimals)
  }

  private static func digest(_ url: URL) throws(StudyError) -> String {
    do {
      return sha256(of: try Data(contentsOf: url)).hexadecimal
    } catch {
      throw .notRead("The feature table \(url.path)", at: url, error)
    }
  }
}

extension FeatureTableLayout {
  /// Columns that the study file names are there.
  fileprivate func checkNamed(_ table: DelimitedTable) throws(StudyError) {
    let named =
      excluded.map { ("exclude", $0) } + [digestColumn].compactMap(\.self).map { ("image_digest", $0) }
    for (key, name) in named where table.index(of: name) == nil {
      throw StudyError(
        .badManifest,
        "features.\(key): \(table.label) has no column '\(name)'."
          + suggestion(for: name, among: table.header))
    }
  }
}

/// Which columns of a feature table are features.
struct FeatureTableColumns {
  /// Positions of the features.
  var features: [Int] = []
  /// Names of columns of text.
  var texts: [String] = []
  /// Names of all columns that are neither features nor the manifest's.
  var others: [String] = []

  init(
    _ table: DelimitedTable, reader: ManifestReader, layout: FeatureTableLayout, covariates: [String],
    decimals: DecimalSign
  ) throws(StudyError) {
    var apart = Set(layout.excluded + covariates + [layout.digestColumn].compactMap(\.self))
    apart.formUnion(layout.outcomeColumns)
    // Beside a column of events, Outcome is another outcome of the same patients, and no feature.
    if !layout.outcomeColumns.isEmpty {
      apart.formUnion(reader.extraColumns.map(\.name).filter { $0.lowercased() == "outcome" })
    }
    for (name, position) in reader.extraColumns where !Manifest.namedColumns.contains(name) {
      let isNamed =
        layout.prefixes.isEmpty || layout.prefixes.contains { name.hasPrefix($0) }
      let isApart = apart.contains(name) || name.hasPrefix("diagnostics_") || !isNamed
      let isText = isApart ? false : try Self.isText(table, position, decimals)
      if isText { texts.append(name) }
      if isApart || isText { others.append(name) } else { features.append(position) }
    }
  }

  /// Positions of the columns that are features or covariates if they hold numbers.
  static func mayHoldNumbers(reader: ManifestReader, layout: FeatureTableLayout, covariates: [String])
    -> [Int]
  {
    let apart = Set(layout.excluded + [layout.digestColumn].compactMap(\.self) + Manifest.namedColumns)
    return reader.extraColumns.filter { name, _ in
      covariates.contains(name)
        || !apart.contains(name) && !name.hasPrefix("diagnostics_")
          && (layout.prefixes.isEmpty || layout.prefixes.contains { name.hasPrefix($0) })
    }.map(\.position)
  }

  static func isMissing(_ field: String) -> Bool { missing.contains(field.lowercased()) }

  private static let missing: Set<String> = ["", "na", "n/a", "nan", "null", "none", "."]

  /// The value of a field, NaN where it is missing; `nil` for a text.
  static func number(_ field: String, _ decimals: DecimalSign) -> Double? {
    if decimals == .comma, let value = DecimalSign.numberWithComma(field) { return value }
    if let value = Double(field) { return value }
    return isMissing(field) ? .nan : nil
  }

  /// A column is text when at most half of its values are numbers; one odd text among numbers is a slip.
  private static func isText(
    _ table: DelimitedTable, _ position: Int, _ decimals: DecimalSign
  ) throws(StudyError) -> Bool {
    var (numbers, texts) = (0, 0)
    var first: DelimitedRecord?
    for record in table.rows {
      guard let value = number(record.fields[position], decimals) else {
        texts += 1
        if first == nil { first = record }
        continue
      }
      if !value.isNaN { numbers += 1 }
    }
    guard let first, texts < numbers else { return texts > 0 }
    throw StudyError(
      .badManifest,
      "\(table.place(of: first, column: position)): '\(first.fields[position])' is no number, as \(numbers) values of "
        + "the column are; correct it, leave it empty where it is missing, or name the column in features.exclude."
    )
  }
}
