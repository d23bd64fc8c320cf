import DelimitedText
import Foundation
import StudyPlan

/// New cases from a table of features that were extracted before: a row a region, a column a feature.
/// Numbers may have decimal commas where studies read them so: all of them, and not between commas.
///
/// Columns are known by the names of a manifest (`ID` and its other names, `Site`, `Sequence`, `Region`, `Repeat`); what no model asks for
/// is passed over. Repeat segmentations are left out, as studies do.
package struct NewCaseTable: Sendable {
  package let cases: [NewCase]
  /// What the table does not say of itself, though it matters; `nil` where it does.
  package let isOfUnknownExtraction: Bool

  private static let idNames = ["id", "participant_id", "patient_id", "patientid", "subject_id", "subject"]

  /// - Parameters:
  ///   - idColumn: header of the column that names the patients; `nil` where it is called as in a manifest.
  ///   - siteColumn: likewise, of the sites.
  /// - Throws: `StudyTaskError`: `no-id`, `no-site` where a model harmonises, `missing-features`, `not-a-number`, and `other-settings` or
  ///   `other-extractor` where the table says that its features are of other ones.
  package init(
    _ table: DelimitedTable, for documents: [ModelDocument], idColumn: String? = nil,
    siteColumn: String? = nil
  ) throws(StudyTaskError) {
    let columns = try Columns(table, documents, idColumn, siteColumn)
    isOfUnknownExtraction = try ExtractionOfTable(table).isUnknown(to: documents)
    let rows = table.rows.filter { columns.text(.repeat, $0).isEmpty }
    var counts: [[String]: Int] = [:]
    for row in rows { counts[[columns.text(.site, row), columns.text(.id, row)], default: 0] += 1 }
    var numbers: [[String]: Int] = [:]
    let isJoined = documents.contains { $0.images != nil }
    var cases: [NewCase] = []
    for row in rows {
      let (id, site) = (columns.text(.id, row), columns.text(.site, row))
      guard !id.isEmpty else {
        throw StudyTaskError(
          code: "no-id", sentence: "\(table.label), line \(row.line): the row has no ID.",
          remedy: "Name every patient.")
      }
      numbers[[site, id], default: 0] += 1
      let isOne = counts[[site, id]] == 1
      cases.append(
        NewCase(
          name: isOne ? id : "\(id)#\(numbers[[site, id], default: 1])",
          subject: isJoined ? Self.subject(of: id) : id, site: site,
          part: ImagePart([
            Manifest.sequenceColumn: columns.text(.sequence, row),
            Manifest.regionColumn: columns.text(.region, row),
          ]),
          columns: columns.further(row), values: try columns.values(row)))
    }
    guard !cases.isEmpty else {
      throw StudyTaskError(
        code: "no-cases", sentence: "\(table.label) has a header but no rows.",
        remedy: "Give a row for each patient.")
    }
    self.cases = cases
  }

  /// An export numbers the images of a subject: `P01#2`.
  private static func subject(of id: String) -> String {
    guard let mark = id.lastIndex(of: "#"), Int(id[id.index(after: mark)...]) != nil else { return id }
    return String(id[..<mark])
  }

  private struct Columns {
    enum Role: CaseIterable { case id, site, sequence, region, `repeat` }

    private let table: DelimitedTable
    private let roles: [Role: Int]
    private let features: [(name: String, position: Int)]
    private let others: [(name: String, position: Int)]
    private let decimals: DecimalSign
    /// Further columns whose numbers are read, so that they have a decimal point.
    private let numbers: Set<String>

    init(
      _ table: DelimitedTable, _ documents: [ModelDocument], _ idColumn: String?, _ siteColumn: String?
    ) throws(StudyTaskError) {
      self.table = table
      var roles: [Role: Int] = [:]
      roles[.id] = try Self.position(idColumn, idNames, table)
      roles[.site] = try Self.position(siteColumn, ["site"], table)
      roles[.sequence] = try Self.position(nil, [Manifest.sequenceColumn.lowercased()], table)
      roles[.region] = try Self.position(nil, [Manifest.regionColumn.lowercased()], table)
      roles[.repeat] = try Self.position(nil, [Manifest.repeatColumn.lowercased()], table)
      self.roles = roles
      guard roles[.id] != nil else {
        throw StudyTaskError(
          code: "no-id",
          sentence:
            "\(table.label) has no column ID; found: \(table.header.prefix(10).joined(separator: ", ")).",
          remedy: "Name the column of the patients by --id.")
      }
      if let harmonised = documents.first(where: \.harmonises), roles[.site] == nil {
        throw StudyTaskError(
          code: "no-site",
          sentence: "\(table.label) has no column Site, and model \(harmonised.name) harmonises sites.",
          remedy: "Say in column Site where each patient is from.")
      }
      let needed = try documents.map { (document) throws(StudyTaskError) in
        try Self.needed(by: document, table)
      }
      features = Set(needed.flatMap(\.self)).sorted().compactMap { name in
        table.index(of: name).map { (name, $0) }
      }
      let taken = Set(features.map(\.position))
      let clinical = Set(documents.flatMap { $0.clinicalColumns.map(\.name) })
      others = table.header.enumerated().filter {
        !taken.contains($0.offset) || clinical.contains($0.element)
      }
      .map { ($0.element, $0.offset) }
      let numbers = Set(documents.flatMap(\.furtherNumbers))
      self.numbers = numbers
      do {
        decimals = try DecimalSign(
          of: table,
          columns: features.map(\.position) + others.filter { numbers.contains($0.name) }.map(\.position))
      } catch {
        throw StudyTaskError(
          code: "not-a-number", sentence: error.message, remedy: "Correct the table, and predict again.")
      }
    }

    private static func position(
      _ given: String?, _ names: [String], _ table: DelimitedTable
    ) throws(StudyTaskError) -> Int? {
      if let given {
        guard let position = table.index(of: given) else {
          throw StudyTaskError(
            code: "no-column", sentence: "\(table.label) has no column '\(given)'.",
            remedy: "Name one of: \(table.header.prefix(20).joined(separator: ", ")).")
        }
        return position
      }
      return names.lazy.compactMap { name in table.header.firstIndex { $0.lowercased() == name } }.first
    }

    /// Columns that have the features of a model: under their full names, or under those that the images of a patient share.
    private static func needed(by document: ModelDocument, _ table: DelimitedTable) throws(StudyTaskError)
      -> [String]
    {
      let names = document.measuredFeatures
      let bases = names.map { name in
        document.image(of: name).map { String(name.dropFirst(ImageJoin.prefix($0).count)) } ?? name
      }
      let absent = names.filter { table.index(of: $0) == nil }
      if absent.isEmpty { return names }
      let lacking = document.images == nil ? absent : Array(Set(bases)).filter { table.index(of: $0) == nil }
      guard lacking.isEmpty else {
        throw StudyTaskError(
          code: "missing-features",
          sentence:
            "Model \(document.name) needs \(counted(names.count, "feature")), and \(table.label) lacks \(lacking.count) of them: "
            + "\(lacking.sorted().prefix(10).joined(separator: ", "))\(lacking.count > 10 ? ", …" : "").",
          remedy: "Give a table with all features of the model, under their names, or the images.")
      }
      return bases
    }

    func text(_ role: Role, _ row: DelimitedRecord) -> String {
      roles[role].map {
        row.fields[$0].trimmingCharacters(in: .whitespaces).precomposedStringWithCanonicalMapping
      }
        ?? ""
    }

    func further(_ row: DelimitedRecord) -> [String: String] {
      let fields = others.map { name, position in
        var field = row.fields[position]
        if numbers.contains(name) { field.replaceDecimalComma(decimals) }
        return (name, field)
      }
      return Dictionary(fields) { first, _ in first }
    }

    func values(_ row: DelimitedRecord) throws(StudyTaskError) -> [String: Double] {
      var values: [String: Double] = [:]
      for (name, position) in features {
        guard let value = FeatureTableFile.number(row.fields[position], decimals) else {
          throw StudyTaskError(
            code: "not-a-number",
            sentence: "\(table.place(of: row, column: position)): '\(row.fields[position])' is no number.",
            remedy: "Correct it, or leave it empty where it is missing.")
        }
        values[name] = value
      }
      return values
    }
  }
}

/// What a table of `worker extract` says of how its features were made, in its columns `diagnostics_…`.
private struct ExtractionOfTable {
  private let table: DelimitedTable

  init(_ table: DelimitedTable) { self.table = table }

  /// - Throws: `other-extractor`, `other-settings`.
  func isUnknown(to documents: [ModelDocument]) throws(StudyTaskError) -> Bool {
    let extracted = documents.filter { $0.extraction != nil }
    guard !extracted.isEmpty else { return false }
    let versions = table.index(of: "diagnostics_Versions_Extractor")
    let settings = table.index(of: "diagnostics_Configuration_Settings")
    for document in extracted {
      try check(versions, document)
      try check(settings: settings, document)
    }
    return versions == nil || settings == nil
  }

  private func check(_ column: Int?, _ document: ModelDocument) throws(StudyTaskError) {
    guard let column,
      let row = table.rows.first(where: {
        !$0.fields[column].isEmpty && $0.fields[column] != document.software.extractor
      })
    else { return }
    throw StudyTaskError(
      code: "other-extractor",
      sentence:
        "\(table.place(of: row, column: column)): features by '\(row.fields[column])', but model \(document.name) was fitted to those of "
        + "'\(document.software.extractor)'.",
      remedy: "Extract the features with the program that fitted the model, or fit it again.")
  }

  private func check(settings column: Int?, _ document: ModelDocument) throws(StudyTaskError) {
    guard let column, let extraction = document.extraction, extraction.sources.contains(.handcrafted) else {
      return
    }
    let expected = FeatureRecipe(extraction.parameters)
    for row in table.rows where !row.fields[column].isEmpty {
      let found = try? JSONDecoder().decode(
        ExtractionParameters.self, from: Data(row.fields[column].utf8))
      guard let found, FeatureRecipe(found) == expected else {
        throw StudyTaskError(
          code: "other-settings",
          sentence:
            "\(table.place(of: row, column: column)): the features were extracted with other settings than those of model "
            + "\(document.name).",
          remedy:
            "Give the images to predict, which extracts them as the model's study did, or extract with its settings."
        )
      }
    }
  }
}
