import Cancellation
import DICOMFiles
import ImageFilters
import NeuralNet
import StudyPlan
import Volumes

/// The deep features of a region: 512 named `deep_resnet18_000` to `511`, 2,048 of a ResNet50, and so on.
package struct DeepFeatures: FeatureMethod {
  package let recipe: FeatureRecipe
  private let network: DeepExtractor
  private let names: [String]
  private let settings: DeepSettings
  /// How image and mask are read.
  private let reading: ExtractionParameters
  private let tellsAcquisition: Bool

  /// - Parameters:
  ///   - plan: with the digest of the weights.
  ///   - extraction: says how image and mask are read (channel, tolerance, correction of the mask), and whether diagnostics are
  ///     wanted; nothing else of it matters here.
  ///   - network: that of the plan's weights.
  package init(_ plan: DeepPlan, reading extraction: ExtractionParameters, network: DeepExtractor) {
    recipe = FeatureRecipe(deep: plan, reading: extraction)
    settings = plan.settings
    reading = extraction.reading
    tellsAcquisition = extraction.additionalInfo
    self.network = network
    names = network.architecture.featureNames
  }

  package var labelChannel: Int { reading.labelChannel }
  package var valueScale: DICOMValueScale { reading.valueScale }

  package func features(
    of region: consuming DecodedRegion, _ cancellation: CancellationToken
  ) throws(StudyTaskError) -> ExtractedFeatures {
    let warnings = region.warnings
    var diagnostics = ExtractionDiagnostics()
    if tellsAcquisition { diagnostics.addAcquisition(of: region) }
    let prepared = try prepared(region)
    do throws(NeuralNetError) {
      let values = try network.features(image: prepared.image, mask: prepared.mask, settings: settings)
      let weights = DeepWeights(name: network.weightsLabel)
      return ExtractedFeatures(
        names: names, values: values,
        diagnostics: .init(
          voxels: prepared.mask.count,
          warnings: warnings + (weights.randomSeed == nil ? [] : ["deep: \(weights.label)"]),
          entries: diagnostics.entries))
    } catch {
      throw StudyTaskError(error)
    }
  }

  package func check(_ region: DecodedRegion) throws(StudyTaskError) {
    let prepared = try prepared(region)
    do throws(NeuralNetError) {
      try DeepExtractor.check(
        .init(image: prepared.image, mask: prepared.mask), for: network.architecture, settings: settings)
    } catch {
      throw StudyTaskError(error)
    }
  }

  /// Image and region on one grid, with slices across the third axis.
  private func prepared(_ region: DecodedRegion) throws(StudyTaskError) -> (image: Volume, mask: Mask) {
    let mask = try region.mask()
    do throws(ImageFilterError) {
      let prepared = try PreparedImage(image: region.image, mask: mask, settings: reading.preprocessing)
      guard reading.preprocessing.orientation == .lps else { return (prepared.image, prepared.mask) }
      // Slices of a sagittal or coronal image stay the slices that were acquired.
      let onGrid = Mask(geometry: prepared.image.geometry, voxels: prepared.mask.voxels)
      return (prepared.image.coarsestAxisLast, onGrid.coarsestAxisLast)
    } catch {
      throw StudyTaskError(error)
    }
  }
}
