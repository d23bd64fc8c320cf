import DelimitedText
import Foundation
import TestSupport
import Testing

/// `worker extract` with the parameter files of Examples/ibsi, against the values on which the initiative agreed.
@Suite struct `IBSI by the program` {
  private static let configurations = ["phantom", "config-a", "config-b", "config-c", "config-d", "config-e"]

  private struct Reference {
    var value: Double
    var tolerance: Double

    /// References have three digits: where the tolerance is smaller, what rounds to them meets them.
    func isMet(by found: Double?) -> Bool {
      guard let found else { return false }
      var unit = 1e-12
      while abs(value) >= unit * 1000 { unit *= 10 }
      return abs(found - value) <= max(tolerance, unit / 2 * (1 + 1e-9))
    }
  }

  private func references(_ name: String) throws -> [String: Reference] {
    let isPhantom = name == "phantom"
    let file = ReferenceData.file(isPhantom ? "ibsi/phantom_reference.csv" : "ibsi_ct/reference.csv")
    let table = try DelimitedTable(
      parsing: String(contentsOf: file, encoding: .utf8), label: file.lastPathComponent)
    let places = try ["tag", "family", "value", "tolerance"].map { try #require(table.index(of: $0)) }
    var found: [String: Reference] = [:]
    for row in table.rows.map(\.fields) {
      guard isPhantom || row[0].lowercased().hasSuffix(name.suffix(1)),
        !row[places[1]].hasPrefix("Diagnostics"), let value = Double(row[places[2]])
      else { continue }
      found[row[places[0]]] = Reference(value: value, tolerance: Double(row[places[3]]) ?? 0)
    }
    return found
  }

  private func features(_ name: String, _ options: [String] = []) async throws -> [String: Double] {
    let folder = name == "phantom" ? "ibsi/ibsi_1_digital_phantom" : "ibsi_ct"
    let parameters = ReferenceData.repository.appendingPathComponent("Examples/ibsi/\(name).yaml")
    let result = try await Programs.run(
      "worker",
      [
        "extract", ReferenceData.file("\(folder)/nifti/image/phantom.nii.gz").path,
        ReferenceData.file("\(folder)/nifti/mask/mask.nii.gz").path, "--param", parameters.path,
        "--setting", "additionalInfo:false",
      ] + options)
    try #require(result.status == 0, Comment(rawValue: result.errors))
    var values: [String: Double] = [:]
    for line in result.output.split(separator: "\n") {
      guard let mark = line.range(of: "_ibsi_"), let colon = line.range(of: ": ") else { continue }
      values[String(line[mark.upperBound..<colon.lowerBound])] = Double(line[colon.upperBound...])
    }
    return values
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: configurations)
  func `has every agreed value within its tolerance`(name: String) async throws {
    let references = try references(name)
    let found = try await features(name)
    var met = 0
    for (tag, reference) in references {
      let isMet = reference.isMet(by: found[tag])
      #expect(isMet, "\(tag): \(found[tag] ?? .nan), reference \(reference)")
      met += isMet ? 1 : 0
    }
    print("IBSI-1 \(name) by the program: \(met) of \(references.count) values")
    #expect(references.count == (name == "phantom" ? 482 : name < "config-c" ? 346 : 210))
  }
}
