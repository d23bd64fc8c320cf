import Cancellation
import NeuralNet
import StudyPlan

/// What a study computes of a region, source by source.
package struct RegionComputation: Sendable {
  private let extraction: ExtractionParameters
  private let settings: DeepSettings
  private let network: DeepExtractor?

  /// - Parameter network: that of the study's deep features; needed for those only.
  package init(study: Study, network: DeepExtractor?) {
    self.init(extraction: study.extraction, settings: study.deep?.settings ?? .init(), network: network)
  }

  package init(extraction: ExtractionParameters, settings: DeepSettings, network: DeepExtractor?) {
    self.extraction = extraction
    self.settings = settings
    self.network = network
  }

  /// - Throws: `StudyTaskError` for what is wrong with the region, or a source that the study does not have.
  package func features(
    of region: RegionFiles, from source: FeatureSource, cancellation: CancellationToken = CancellationToken()
  ) throws(StudyTaskError) -> ExtractedFeatures {
    switch source {
    case .handcrafted: return try region.extract(extraction, cancellation: cancellation)
    case .deep:
      guard let network else {
        throw StudyTaskError(
          code: "no-network", sentence: "The task asks for deep features of a study that has none.",
          remedy: "Submit the study again.")
      }
      return try region.deepFeatures(network, settings, reading: extraction)
    }
  }
}
