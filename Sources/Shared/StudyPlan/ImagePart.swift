import Foundation

/// What tells the images of one subject apart: the sequence (T1, T2, PET) and the region (tumour, ring) of a case, as columns Sequence
/// and Region of the manifest name them. Both are empty where the manifest has no such column.
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
