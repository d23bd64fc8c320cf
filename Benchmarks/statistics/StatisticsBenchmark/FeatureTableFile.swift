import ArgumentParser
import DelimitedText
import Foundation
import LinearAlgebra
import Statistics

/// A table of features with an outcome, read from a file or simulated.
struct FeatureTableFile {
  let featureNames: [String]
  let rows: [CohortTable.Row]

  /// - Parameters:
  ///   - path: delimited text with a header; all columns but those named are features. Text without a number is NaN.
  ///   - subject: column of the subject, `nil` for a name from the row's number, which keeps the rows in order.
  init(_ path: String, outcome: String, site: String, subject: String?) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    var reader = try DelimitedReader([UInt8](bytes), label: path)
    guard let header = try reader.next()?.fields else { throw ValidationError("\(path) is empty") }
    func place(_ name: String) throws -> Int {
      guard let place = header.firstIndex(of: name) else {
        throw ValidationError(
          "\(path): no column \(name); it has \(header.prefix(5).joined(separator: ", "))…")
      }
      return place
    }
    let (outcomePlace, sitePlace) = (try place(outcome), try place(site))
    let subjectPlace = try subject.map(place)
    let others = Set(
      [outcomePlace, sitePlace] + [subjectPlace, header.firstIndex(of: "id")].compactMap(\.self))
    let features = header.indices.filter { !others.contains($0) }
    featureNames = features.map { header[$0] }
    var rows: [CohortTable.Row] = []
    while let record = try reader.next() {
      let name = subjectPlace.map { record.fields[$0] } ?? String(100_000 + rows.count)
      rows.append(
        CohortTable.Row(
          caseName: name, subject: name, site: record.fields[sitePlace],
          isPositive: record.fields[outcomePlace] == "1",
          values: features.map { Double(record.fields[$0]) ?? .nan }))
    }
    self.rows = rows
  }

  func table() throws -> CohortTable { try CohortTable(featureNames: featureNames, rows: rows) }
}

extension CohortTable {
  var allRows: [Int] { Array(0..<rowCount) }
}
