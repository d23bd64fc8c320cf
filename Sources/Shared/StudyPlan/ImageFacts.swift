import Foundation

/// What the diagnostics of a case tell of its image as it was stored: how it was acquired, and how its axes run.
///
/// Files of research formats tell geometry alone, DICOM files the rest too, under the names of DICOM's attributes.
package struct ImageFacts: Equatable, Sendable {
  /// By name, as `Orientation` or `Manufacturer`.
  private var values: [String: Diagnostic.Value] = [:]

  package init(_ values: [String: Diagnostic.Value] = [:]) { self.values = values }

  /// Reads a JSON object of facts by name. What is neither text nor number nor a list of numbers is passed over: it was not
  /// written by this program, and no result depends on it.
  package init(json: String) throws {
    let raw = try JSONDecoder().decode([String: Readable].self, from: Data(json.utf8))
    values = raw.compactMapValues(\.value)
  }

  package var isEmpty: Bool { values.isEmpty }

  /// Text of a fact, shortened to what a table has room for.
  package func text(_ name: String) -> String? {
    switch values[name] {
    case .text(let text): text.isEmpty ? nil : String(text.prefix(64))
    case .whole(let number): "\(number)"
    case .number(let number): "\(number)"
    case .wholes, .numbers, nil: nil
    }
  }

  package func number(_ name: String) -> Double? {
    switch values[name] {
    case .whole(let number): Double(number)
    case .number(let number): number
    case .text, .wholes, .numbers, nil: nil
    }
  }

  package func numbers(_ name: String) -> [Double]? {
    switch values[name] {
    case .wholes(let numbers): numbers.map(Double.init)
    case .numbers(let numbers): numbers
    case .text, .whole, .number, nil: nil
    }
  }

  private struct Readable: Decodable {
    var value: Diagnostic.Value?

    init(from decoder: any Decoder) throws {
      do {
        value = try Diagnostic.Value(from: decoder)
      } catch is DecodingError {
        value = nil
      }
    }
  }
}
