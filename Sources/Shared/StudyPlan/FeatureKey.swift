import Foundation

/// Versions that results depend on.
package enum Release {
  /// Of the programs.
  package static let version = "0.1.0"
  /// Of the extraction: raised whenever a feature value changes, so that no old row is taken for a new one.
  package static let extractor = "trabecula-extractor 1"
}

/// SHA-256 identities of feature rows and feature sets.
package enum FeatureKey {
  /// Key of the features of one region: equal contents, parameters and extractor give the same key.
  package static func row(
    image: [UInt8], mask: [UInt8], label: UInt32, source: FeatureSource, parameters: ExtractionParameters
  ) -> [UInt8] {
    sha256([
      Data("feature-row".utf8), Data(image), Data(mask), Data(String(label).utf8), Data(source.rawValue.utf8),
      Data(canonicalParameters(parameters).utf8), Data(Release.extractor.utf8),
    ])
  }

  /// Digest of a feature set: what was computed and how the values are named.
  package static func set(source: FeatureSource, parameters: ExtractionParameters, names: [String]) -> [UInt8]
  {
    sha256(
      [
        Data("feature-set".utf8), Data(source.rawValue.utf8), Data(Release.extractor.utf8),
        Data(canonicalParameters(parameters).utf8),
      ] + names.map { Data($0.utf8) })
  }

  /// Parameters without the label, which belongs to the region: regions of any label share a feature set.
  package static func canonicalParameters(_ parameters: ExtractionParameters) -> String {
    var shared = parameters
    shared.label = 1
    return String(decoding: canonicalBytes(of: shared), as: UTF8.self)
  }
}
