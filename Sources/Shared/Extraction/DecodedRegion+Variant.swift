import Cancellation
import Digests
import Foundation
import ImageFilters
import LinearAlgebra
import StudyPlan
import Volumes

extension DecodedRegion {
  /// How far the grids of image and mask may be apart before one is laid onto the other.
  private static let gridTolerance = 1e-3

  /// The features of what is meant in place of the region, by each of some methods.
  ///
  /// A variant must not cost its case: where there is no place beside the region, or features of what lies there cannot be
  /// computed, all values are NaN and the diagnostics say why. What is wrong with the region itself is thrown, as without a
  /// variant.
  func variedFeatures(
    by methods: [any FeatureMethod], _ cancellation: CancellationToken
  ) throws(StudyTaskError) -> [ExtractedFeatures] {
    var (region, lost): (DecodedRegion?, String) = (nil, "")
    do throws(StudyTaskError) {
      region = try varied()
      if region == nil {
        lost =
          variant == .beside
          ? "the shape of the region fits nowhere beside it"
          : "the perturbed region leaves the image, or no voxel of it is left"
      }
    } catch {
      guard error.code != StudyTaskError.cancelled.code else { throw error }
      lost = error.sentence
    }
    return try methods.map { (method) throws(StudyTaskError) in
      guard let region else { return try undefinedFeatures(by: method, because: lost, cancellation) }
      do throws(StudyTaskError) {
        return try method.features(of: region, cancellation)
      } catch {
        guard error.code != StudyTaskError.cancelled.code else { throw error }
        return try undefinedFeatures(by: method, because: error.sentence, cancellation)
      }
    }
  }

  /// No value of any feature of the variant.
  private func undefinedFeatures(
    by method: any FeatureMethod, because reason: String, _ cancellation: CancellationToken
  ) throws(StudyTaskError) -> ExtractedFeatures {
    var found = try method.features(of: plain(), cancellation)
    found.values = found.values.map { _ in .nan }
    found.diagnostics.warnings.append("\(variant?.told ?? ""): \(reason)")
    return found
  }

  /// Image and region as they are, without a variant.
  func plain() -> DecodedRegion {
    DecodedRegion(
      image: image, facts: facts, labels: labels, label: label, ring: ring, variant: nil,
      reference: reference, maskWarnings: maskWarnings, warnings: warnings, imageSHA256: imageSHA256,
      maskSHA256: maskSHA256)
  }

  /// Image and region as the variant has them; `nil` where the region fits nowhere else.
  /// - Throws: as `mask()`.
  private func varied() throws(StudyTaskError) -> DecodedRegion? {
    var varied = plain()
    let mask = try mask()
    switch variant {
    case nil: break
    case .perturbed(let perturbation): return try perturbed(by: perturbation)
    case .shuffled:
      var stream = RandomStream(seed: try randomSeed(for: "shuffled-voxels"), purpose: .permutation)
      varied.image = StoredVolume(
        image.converted.shuffled(within: onGrid(of: image.geometry, mask), using: &stream))
    case .beside:
      let seen = Mask(
        geometry: image.geometry, voxels: [UInt8](repeating: 1, count: image.geometry.size.voxelCount))
      let place = mask.beside(within: onGrid(of: mask.geometry, seen), avoiding: labels.everyLabel)
      guard let place else { return nil }
      varied.moved = place.mask
    }
    return varied
  }

  func onGrid(of grid: GridGeometry, _ mask: Mask) -> Mask {
    grid.coincides(with: mask.geometry, tolerance: Self.gridTolerance) ? mask : mask.resampled(onto: grid)
  }

  /// Of the contents of the files and of what says which region is meant: the same on every machine, whatever the numbers of
  /// cases are.
  /// - Parameter purpose: what the random numbers are for.
  func randomSeed(for purpose: String) throws(StudyTaskError) -> UInt64 {
    let digest = sha256([
      Data(purpose.utf8), Data(imageSHA256), Data(maskSHA256), Data(String(label).utf8),
      Data(try mask().voxels),
    ])
    return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension RegionVariant {
  /// As diagnostics name it.
  fileprivate var told: String {
    switch self {
    case .shuffled, .beside: "control \(description)"
    case .perturbed: "perturbation \(description)"
    }
  }
}
