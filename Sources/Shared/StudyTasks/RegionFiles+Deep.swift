import Foundation
import ImageFiles
import ImageFilters
import NeuralNet
import StudyPlan
import Volumes

extension DeepExtractor {
  /// Reads the weights that a command line names: a safetensors file, or `random-seed-N`.
  package static func loading(_ name: String) throws(StudyTaskError) -> DeepExtractor {
    do throws(NeuralNetError) {
      if name.hasPrefix("random-seed-"), let seed = UInt64(name.dropFirst("random-seed-".count)) {
        return try DeepExtractor(weights: .random(seed: seed))
      }
      let bytes = try readWeightsFile(at: URL(fileURLWithPath: name))
      return try DeepExtractor(weights: ResNet18Weights(bytes: bytes, label: "weights"))
    } catch {
      throw StudyTaskError(error)
    }
  }
}

extension RegionFiles {
  /// The 512 deep features of the region, named `deep_resnet18_000` to `511`.
  package func deepFeatures(
    _ extractor: DeepExtractor, _ parameters: ExtractionParameters
  ) throws(StudyTaskError) -> ExtractedFeatures {
    do {
      let (volume, labels) = try decoded(labelChannel: parameters.labelChannel)
      try checkGeometry(
        image: volume.geometry, mask: labels.geometry,
        tolerance: parameters.preprocessing.geometryTolerance ?? 1e-6)
      let mask = labels.mask(of: label)
      let values = try extractor.features(image: volume, mask: mask)
      return ExtractedFeatures(
        names: deepFeatureNames, values: values, diagnostics: .init(voxels: mask.count, warnings: []))
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }
}

extension StudyTaskError {
  init(_ error: NeuralNetError) {
    let remedy =
      switch error.code {
      case .notFound, .unreadable: "Check the path and the rights of the weights file."
      case .tooLarge, .truncated, .pickle, .notSafetensors, .badHeader, .tensorMismatch, .unusableWeight:
        "Export the weights of a ResNet18 to safetensors again."
      case .invalidSetting: "Correct the settings of the deep features."
      case .sizeMismatch: "Export the mask on the image's grid."
      case .emptyRegion, .regionTooSmall, .sliceTooSmall, .cropTooLarge: "Check the mask and the image."
      case .nonFiniteVoxel: "Export the image again; NaN and infinite pixels have no features."
      case .nonFiniteFeature: "Check the weights: their values are far too large."
      case .outOfMemory: "Lower -j, or give the machine more memory."
      }
    self.init(
      code: error.code.rawValue.kebabCase, sentence: error.description.sentence, remedy: remedy,
      isTransient: error.code == .outOfMemory)
  }
}
