import ImageFilters
import NeuralNet
import StudyPlan
import Volumes

extension RegionFiles {
  /// The 512 deep features of the region, named `deep_resnet18_000` to `511`.
  ///
  /// - Parameter extraction: says how image and mask are read (channel, tolerance, correction of the mask); nothing
  ///   else of it matters here.
  package func deepFeatures(
    _ extractor: DeepExtractor, _ settings: DeepSettings, reading extraction: ExtractionParameters
  ) throws(StudyTaskError) -> ExtractedFeatures {
    do {
      let region = try prepared(extraction.reading).image
      let values = try extractor.features(image: region.image, mask: region.mask, settings: settings)
      let weights = DeepWeights(name: extractor.weightsLabel)
      return ExtractedFeatures(
        names: deepFeatureNames, values: values,
        diagnostics: .init(
          voxels: region.mask.count, warnings: weights.randomSeed == nil ? [] : ["deep: \(weights.label)"]))
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// Reads everything and computes nothing: throws what `deepFeatures` would throw of image and mask.
  package func validateDeep(
    _ settings: DeepSettings, reading extraction: ExtractionParameters
  ) throws(StudyTaskError) {
    do {
      let region = try prepared(extraction.reading).image
      try RegionImages(of: region.image, mask: region.mask, settings: settings).check()
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
    // Messages about weights begin with the name of their file, which keeps its letters.
    let subject = error.isAboutWeights ? "Weights " : ""
    self.init(
      code: error.code.rawValue.kebabCase, sentence: (subject + error.description).sentence, remedy: remedy,
      isTransient: error.code == .outOfMemory)
  }
}

extension NeuralNetError {
  fileprivate var isAboutWeights: Bool {
    switch code {
    case .notFound, .unreadable, .tooLarge, .truncated, .pickle, .notSafetensors, .badHeader, .tensorMismatch,
      .unusableWeight:
      true
    case .invalidSetting, .sizeMismatch, .emptyRegion, .regionTooSmall, .sliceTooSmall, .cropTooLarge,
      .nonFiniteVoxel, .nonFiniteFeature, .outOfMemory:
      false
    }
  }
}
