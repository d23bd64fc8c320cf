import Foundation

extension StudyReport {
  /// `report.json`: UTF-8, keys sorted, two spaces of indentation, numbers in the fewest digits that read
  /// back as the same `Double`, `null` for what is undefined, a line feed at the end. Equal reports give
  /// equal bytes.
  ///
  /// - Throws: `ReportError` where a number that a report cannot leave undefined (a coefficient, a point of a
  ///   curve) is not finite; the message names its place.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      return try encoder.encode(self) + Data("\n".utf8)
    } catch let EncodingError.invalidValue(value, context) {
      let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
      throw ReportError(
        .notFinite,
        "report.json: \(place.joined(separator: ".")) is \(value), which JSON cannot hold; a number that "
          + "may be undefined belongs in a key that may be null")
    }
  }

  /// The part that must be the same, byte for byte, however often and wherever the study is run: all but
  /// `times`.
  package func reproducibleJSON() throws -> Data {
    var report = self
    report.times = nil
    return try report.json()
  }

  /// Reads a `report.json`.
  package init(json: Data) throws {
    let decoder = JSONDecoder()
    do {
      let version = try decoder.decode(SchemaVersion.self, from: json).value
      guard version == Self.currentSchemaVersion else {
        throw ReportError(
          .notAReport,
          "report.json: schema version \(version), expected \(Self.currentSchemaVersion); read it with the "
            + "program that wrote it, or run the study again")
      }
      self = try decoder.decode(StudyReport.self, from: json)
    } catch let error as DecodingError {
      throw ReportError(.notAReport, "report.json: not a study report: \(error)")
    }
  }
}

/// The one key that is read before the others.
private struct SchemaVersion: Decodable {
  let value: Int

  private enum CodingKeys: String, CodingKey {
    case value = "schema_version"
  }
}
