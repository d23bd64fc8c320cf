import Digests
import Foundation
import ImageFilters
import NeuralNet

/// Versions that results depend on.
package enum Release {
  /// Of the programs.
  package static let version = "0.1.0"
  /// Of the extraction: raised whenever a feature value changes, so that no old row is taken for a new one.
  package static let extractor = "trabecula-extractor 6"
}

/// What is computed of every region by one source: everything that values depend on besides the files.
///
/// Each source has its own, so that a changed setting of one leaves the stored rows of the other alone.
package struct FeatureRecipe: Equatable, Sendable {
  package let source: FeatureSource
  /// Canonical JSON.
  package let parameters: String

  /// Hand-crafted features. The label belongs to the region: regions of any label share a feature set.
  package init(_ extraction: ExtractionParameters) {
    var shared = extraction
    shared.label = 1
    shared.preprocessing.orientation = extraction.preprocessing.orientation?.ifNotAsStored
    source = .handcrafted
    parameters = String(decoding: canonicalBytes(of: shared), as: UTF8.self)
  }

  /// Deep features: weights by their content, settings, and how image and mask are read.
  package init(deep: DeepPlan, reading extraction: ExtractionParameters) {
    guard let digest = deep.weights.sha256 else {
      preconditionFailure("weights are hashed before submission")
    }
    let contents = DeepContents(
      weights: digest, untrained: deep.weights.randomSeed == nil ? nil : deep.weights.name,
      settings: deep.settings, labelChannel: extraction.labelChannel,
      geometryTolerance: extraction.preprocessing.geometryTolerance,
      correctMask: extraction.preprocessing.correctMask,
      orientation: extraction.preprocessing.orientation?.ifNotAsStored, suv: extraction.suv)
    source = .deep
    parameters = String(decoding: canonicalBytes(of: contents), as: UTF8.self)
  }

  private struct DeepContents: Encodable {
    var weights: String
    var untrained: String?
    var settings: DeepSettings
    var labelChannel: Int
    var geometryTolerance: Double?
    var correctMask: Bool
    var orientation: Orientation?
    var suv: Bool?
  }
}

extension Orientation {
  /// To say as stored, or to say nothing, is the same.
  fileprivate var ifNotAsStored: Orientation? { self == .asStored ? nil : self }
}

extension ExtractionParameters {
  /// How image and mask are read, and nothing that changes intensities or the region: what deep features see.
  package var reading: ExtractionParameters {
    var reading = ExtractionParameters()
    reading.label = label
    reading.labelChannel = labelChannel
    reading.suv = suv
    reading.preprocessing.geometryTolerance = preprocessing.geometryTolerance
    reading.preprocessing.correctMask = preprocessing.correctMask
    reading.preprocessing.orientation = preprocessing.orientation
    return reading
  }
}

extension FeatureRecipe {
  /// Digest of a feature set: what was computed and how the values are named.
  package func setDigest(names: [String]) -> [UInt8] {
    sha256(
      [
        Data("feature-set".utf8), Data(source.rawValue.utf8), Data(Release.extractor.utf8),
        Data(parameters.utf8),
      ] + names.map { Data($0.utf8) })
  }
}

/// Identity of the features of one region from one source: SHA-256 of what they depend on, and of nothing else, so
/// that cases may move, and files be renamed, and the features are still known.
package struct FeatureKey: Hashable, Sendable {
  /// Four big-endian words: journals keep many keys.
  private let words: SIMD4<UInt64>

  /// Equal contents, region, recipe and extractor give the same key.
  /// - Parameters:
  ///   - segment: of the mask, where the region is known by one.
  ///   - ring: where it is meant, and not the region that it surrounds.
  ///   - variant: where it is meant, and not the region that it is made of.
  ///   - site: whose rows alone are meant: what one site wrote is then nobody else's. `nil` for rows that serve all.
  package init(
    image: [UInt8], mask: [UInt8], label: UInt32, segment: String? = nil, ring: RegionRing? = nil,
    variant: RegionVariant? = nil, recipe: FeatureRecipe, site: String? = nil
  ) {
    // A label has no blank: no region by its label has the key of a segment.
    let region = segment.map { "\(label) \($0)" } ?? String(label)
    self.init(
      sha256(
        [
          Data("feature-row".utf8), Data(image), Data(mask), Data(region.utf8),
          // Parts of their own, where there are any: no ring is written as a variant is, and neither as a source of features.
          ring.map { Data($0.description.utf8) }, variant.map { Data($0.description.utf8) },
          Data(recipe.source.rawValue.utf8),
          Data(recipe.parameters.utf8), Data(Release.extractor.utf8), site.map { Data($0.utf8) },
        ].compactMap(\.self)))
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

  package var bytes: [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - $0 % 8 * 8)) }
  }
}
