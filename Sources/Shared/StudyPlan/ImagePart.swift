import Foundation

/// Which of a subject's images a case is: its sequence and its region, empty where a manifest does not say.
package struct ImagePart: Hashable, Comparable, Codable, Sendable {
  package let sequence: String
  package let region: String

  package init(_ extra: [String: String]) {
    sequence =
      (extra[Manifest.sequenceColumn] ?? "").trimmingCharacters(in: .whitespaces)
      .precomposedStringWithCanonicalMapping
    region =
      (extra[Manifest.regionColumn] ?? "").trimmingCharacters(in: .whitespaces)
      .precomposedStringWithCanonicalMapping
  }

  /// Both, as they stand before the names of features: `T1_tumour`.
  package var name: String { [sequence, region].filter { !$0.isEmpty }.joined(separator: "_") }

  package static func < (a: ImagePart, b: ImagePart) -> Bool {
    (a.sequence, a.region) < (b.sequence, b.region)
  }

  /// The longest name of a sequence or region, in characters.
  private static let longest = 64

  /// Why a text is no name of a sequence or region; `nil` for one that is, and for none.
  static func fault(of text: String) -> String? {
    if text.count > longest { return "is longer than \(longest) characters" }
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
      default: scalar != "," && scalar != "\"" && scalar != ";"
      }
    }
    return isPlain ? nil : "has a comma, a semicolon, a quotation mark or an invisible sign"
  }
}

extension Manifest.Row {
  /// Which of its subject's images it is.
  package var part: ImagePart { ImagePart(extra) }
}

extension StudyCase {
  /// Which of its subject's images it is.
  package var part: ImagePart { ImagePart(extra) }
}
