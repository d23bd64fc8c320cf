import DelimitedText
import Foundation
import StudyPlan

/// A table of reference values, as theibsi/data_sets and theibsi/ibsi_2_reference_data have them.
package struct ReferenceTable {
  private let table: DelimitedTable
  private let tag: Int
  private let value: Int
  private let tolerance: Int
  /// The column that names a configuration: `config. A`, or `1.A`.
  private let configuration: Int?
  private let code: Int?
  private let consensus: Int?
  private let family: Int?

  /// - Parameters:
  ///   - bytes: with commas or semicolons, and a header.
  ///   - label: what messages call the table.
  /// - Throws: `badTable`.
  package init(_ bytes: [UInt8], label: String) throws(VerificationError) {
    do throws(DelimitedTextError) {
      table = try DelimitedTable(parsing: bytes, label: label)
    } catch {
      throw VerificationError(.badTable, "\(error.description); take the initiative's file again")
    }
    let header = table.header
    func place(_ names: [String]) -> Int? { names.lazy.compactMap { header.firstIndex(of: $0) }.first }
    func required(_ names: [String]) throws(VerificationError) -> Int {
      if let place = place(names) { return place }
      throw VerificationError(
        .badTable,
        "\(label) has no column \(names.joined(separator: " or ")), but: \(header.joined(separator: ", ")); "
          + "take the initiative's file again")
    }
    tag = try required(["tag", "feature_tag"])
    value = try required(["value", "consensus_value"])
    tolerance = try required(["tolerance"])
    configuration = place(["data", "filter_id"])
    code = place(["ibsi_code"])
    consensus = place(["consensus"])
    family = place(["family"])
  }

  /// Reads a file, of no more bytes than any text has, whatever a link or its folder says of its size.
  /// - Throws: `badTable`.
  init(at url: URL, label: String) throws(VerificationError) {
    let text: String
    do throws(StudyError) {
      text = try readText(of: url, as: label)
    } catch {
      throw VerificationError(.badTable, error.message)
    }
    try self.init(Array(text.utf8), label: label)
  }

  /// The values of a configuration in the order of the table, without the manual's diagnostics, which are no features.
  /// - Parameter name: the last letters of what the table calls it; nil for all rows.
  /// - Throws: `badTable` that names the line.
  package func values(of name: String? = nil) throws(VerificationError) -> [ReferenceValue] {
    var values: [ReferenceValue] = []
    var known: Set<String> = []
    for row in table.rows {
      if let name, let configuration, !row.fields[configuration].hasSuffix(name) { continue }
      if let family, row.fields[family].hasPrefix("Diagnostics") { continue }
      let read = try reference(row)
      guard known.insert(read.tag).inserted else {
        throw bad(row, tag, "'\(read.tag)' stands in an earlier line, too")
      }
      values.append(read)
    }
    return values
  }

  private func reference(_ row: DelimitedRecord) throws(VerificationError) -> ReferenceValue {
    guard !row.fields[tag].isEmpty else { throw bad(row, tag, "is empty") }
    var reference = ReferenceValue(
      tag: row.fields[tag], code: text(row, code), consensus: text(row, consensus), agreed: nil)
    guard let value = try number(row, value), let tolerance = try number(row, tolerance) else {
      return reference
    }
    guard tolerance >= 0 else { throw bad(row, self.tolerance, "is below 0") }
    reference.agreed = .init(value: value, tolerance: tolerance)
    return reference
  }

  private func text(_ row: DelimitedRecord, _ column: Int?) -> String? {
    column.map { row.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func number(_ row: DelimitedRecord, _ column: Int) throws(VerificationError) -> Double? {
    guard let text = text(row, column) else { return nil }
    guard let number = Double(text), number.isFinite else {
      throw bad(row, column, "'\(text)' is not a number")
    }
    return number
  }

  private func bad(_ row: DelimitedRecord, _ column: Int, _ reason: String) -> VerificationError {
    VerificationError(
      .badTable, "\(table.place(of: row, column: column)): \(reason); take the initiative's file again")
  }
}
