import Digests
import Foundation
import StudyPlan
import StudyTasks

/// Identity of the result of one case: SHA-256 of what it depends on, and of nothing else, so that a row may move,
/// and files be renamed, and the result is still known.
package struct CaseKey: Hashable, Sendable {
  private let words: SIMD4<UInt64>

  /// - Parameters:
  ///   - deep: deep features that are added, weights by their digest; nil without.
  package init(_ region: RegionFiles, label: UInt32, parameters: ExtractionParameters, deep: DeepPlan?) {
    func key(of recipe: FeatureRecipe) -> Data {
      Data(FeatureKey.row(image: region.imageSHA256, mask: region.maskSHA256, label: label, recipe: recipe))
    }
    self.init(
      sha256([
        Data("case".utf8), key(of: FeatureRecipe(parameters)),
        deep.map { key(of: FeatureRecipe(deep: $0, reading: parameters)) } ?? Data(),
        Data(parameters.additionalInfo ? "diagnostics".utf8 : "".utf8),
      ]))
  }

  /// - Parameter bytes: 32 of them.
  package init(_ bytes: [UInt8]) {
    precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
    var words = SIMD4<UInt64>()
    for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
    self.words = words
  }

  /// Reads 64 hexadecimal digits.
  package init?(hexadecimal text: some StringProtocol) {
    guard text.utf8.count == 64 else { return nil }
    var words = SIMD4<UInt64>()
    for (index, letter) in text.enumerated() {
      guard let digit = letter.hexDigitValue else { return nil }
      words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    self.words = words
  }

  package var hexadecimal: String {
    (0..<4).map { index in
      let digits = String(words[index], radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
