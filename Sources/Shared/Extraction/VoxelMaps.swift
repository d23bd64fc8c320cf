import Cancellation
import ImageFilters
import Radiomics
import StudyPlan
import Volumes

/// Maps of features by voxel: each voxel of a region holds the features of its surroundings.
///
/// Maps lie on the grid of the (resampled) image, over the region's bounding box and `kernelRadius` voxels around it, as
/// PyRadiomics' do. Classes that describe a region's form have none and are passed over, as there.
package struct VoxelMaps: Sendable {
  private let parameters: ExtractionParameters
  private let voxel: VoxelSettings

  /// Voxels that a thread takes at a time.
  private static let share = 512

  package init(_ parameters: VoxelParameters) {
    self.parameters = parameters.extraction
    voxel = parameters.voxel
  }

  /// Calls `body` with every map, in the order of the columns of features.
  ///
  /// - Parameters:
  ///   - threads: how many compute; the maps are the same to the last bit for any number.
  ///   - body: takes the feature's full name, as `original_glcm_Contrast`, and its map.
  /// - Returns: what should be known of the maps, and the image types of which none was made.
  /// - Throws: `StudyTaskError` for what is wrong with the region or the parameters; whatever `body` throws.
  package func forEach(
    of files: RegionFiles, threads: Int, _ body: (String, Volume) throws -> Void
  ) async throws -> Notes {
    let images = try await Computation.unlimited.run { cancellation in
      do {
        return try derivedImages(of: files, cancellation)
      } catch {
        throw StudyTaskError(ofExtraction: error)
      }
    }
    var notes = Notes(warnings: images.warnings)
    for image in images.images {
      guard case .image(let volume) = image.derived.content else {
        if case .skipped(let reason) = image.derived.content {
          notes.skipped.append("\(image.derived.name): \(reason)")
        }
        continue
      }
      try await maps(of: volume, images.mask, image.settings, threads: threads) { featureClass, map in
        try body("\(image.derived.name)_\(featureClass.rawValue)_\(map.name)", map.volume)
      }
    }
    return notes
  }

  /// What is to be said when all maps are made.
  package struct Notes: Equatable, Sendable {
    package var warnings: [String]
    /// Image types that do not apply to the image, each with the reason.
    package var skipped: [String] = []
  }

  /// The images of which maps are made, and the region, over the region's box with room for kernels.
  private struct Images: Sendable {
    var images: [(derived: DerivedImage, settings: RadiomicsSettings)]
    let mask: Mask
    var warnings: [String]
  }

  private func derivedImages(of files: RegionFiles, _ cancellation: CancellationToken) throws -> Images {
    let region = try files.decoded(
      labelChannel: parameters.labelChannel, scale: parameters.valueScale,
      reference: parameters.preprocessing.standardisation?.referenceSegment)
    let prepared = try HandcraftedFeatures(parameters).preparedImage(of: region)
    let parameters = prepared.geometry.dimension == 2 ? parameters.forPicture : parameters
    // Refuses regions that are too small, as where features are computed of them.
    _ = try RegionOfInterest(
      mask: prepared.mask, imageGeometry: prepared.geometry, settings: parameters.features)
    let wider = prepared.covering(margin: voxel.kernelRadius)
    var found = Images(
      images: [], mask: wider.mask.cropped(to: wider.box), warnings: region.warnings + prepared.warnings)
    for plan in parameters.images {
      try wider.forEachImage(of: plan.type, settings: plan.filters) { derived in
        try cancellation.check()
        found.images.append((derived, plan.features))
      }
    }
    return found
  }

  private func maps(
    of volume: Volume, _ mask: Mask, _ settings: RadiomicsSettings, threads: Int,
    _ body: (FeatureClass, VoxelMap) throws -> Void
  ) async throws {
    let voxel = voxel
    let features = try await Computation.unlimited.run { _ in
      do {
        return try VoxelFeatures(image: volume, mask: mask, settings: settings, voxelSettings: voxel)
      } catch {
        throw StudyTaskError(ofExtraction: error)
      }
    }
    for selection in parameters.classes where VoxelFeatures.maps(selection.featureClass) {
      let parts = try await values(of: features, selection, threads: threads)
      for map in features.maps(of: selection.featureClass, from: parts) {
        try body(selection.featureClass, map)
      }
    }
  }

  /// Values of one class at all voxels, in order.
  private func values(
    of features: VoxelFeatures, _ selection: ExtractionParameters.ClassSelection, threads: Int
  ) async throws -> [VoxelValues] {
    let starts = Array(stride(from: 0, to: features.voxelCount, by: Self.share))
    return try await withThrowingTaskGroup(of: (Int, VoxelValues).self) { group in
      var next = starts.enumerated().makeIterator()
      func start() {
        guard let (index, first) = next.next() else { return }
        group.addTask {
          let values = try await Computation.unlimited.run { _ in
            do {
              return try features.values(
                of: selection.featureClass, FeatureSelection(names: selection.names),
                at: first..<min(first + Self.share, features.voxelCount))
            } catch {
              throw StudyTaskError(ofExtraction: error)
            }
          }
          return (index, values)
        }
      }
      for _ in 0..<threads { start() }
      var found = [VoxelValues?](repeating: nil, count: starts.count)
      while let (index, values) = try await group.next() {
        found[index] = values
        start()
      }
      return found.compactMap { $0 }
    }
  }
}
