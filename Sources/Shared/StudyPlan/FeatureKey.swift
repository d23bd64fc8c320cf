import Digests
import Foundation
import ImageFilters
import NeuralNet

/// Versions that results depend on.
package enum Release {
  /// Of the programs.
  package static let version = "0.1.0"
  /// Of the extraction: raised whenever a feature value changes, so that no old row is taken for a new one.
  package static let extractor = "trabecula-extractor 2"
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
      correctMask: extraction.preprocessing.correctMask)
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
  }
}

extension ExtractionParameters {
  /// How image and mask are read, and nothing that changes intensities or the region: what deep features see.
  package var reading: ExtractionParameters {
    var reading = ExtractionParameters()
    reading.label = label
    reading.labelChannel = labelChannel
    reading.preprocessing.geometryTolerance = preprocessing.geometryTolerance
    reading.preprocessing.correctMask = preprocessing.correctMask
    return reading
  }
}

/// SHA-256 identities of feature rows and feature sets.
package enum FeatureKey {
  /// Key of the features of one region: equal contents, recipe and extractor give the same key.
  package static func row(image: [UInt8], mask: [UInt8], label: UInt32, recipe: FeatureRecipe) -> [UInt8] {
    sha256([
      Data("feature-row".utf8), Data(image), Data(mask), Data(String(label).utf8),
      Data(recipe.source.rawValue.utf8), Data(recipe.parameters.utf8), Data(Release.extractor.utf8),
    ])
  }

  /// Digest of a feature set: what was computed and how the values are named.
  package static func set(_ recipe: FeatureRecipe, names: [String]) -> [UInt8] {
    sha256(
      [
        Data("feature-set".utf8), Data(recipe.source.rawValue.utf8), Data(Release.extractor.utf8),
        Data(recipe.parameters.utf8),
      ] + names.map { Data($0.utf8) })
  }
}
