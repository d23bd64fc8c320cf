import ImageFilters
import LinearAlgebra
import StudyPlan
import Volumes

extension DecodedRegion {
  /// Image and region after a chain of small changes, in the order of Zwanenburg et al. (2019), doi:10.1038/s41598-018-36938-4: the image
  /// gets noise, both are sampled on a grid that is moved and turned, the region grows or shrinks, and its contour is drawn anew.
  ///
  /// The image is sampled by cubic B-spline, the region linearly, labels and reference tissue by the nearest voxel. Random numbers are
  /// Philox's, keyed by the study's seed, the perturbation and the contents of the files.
  /// - Returns: `nil` where the region leaves the image, and where no voxel of it is left.
  /// - Throws: as `mask()`; `non-finite-voxel` where the image has voxels that are not finite.
  func perturbed(by perturbation: RegionPerturbation) throws(StudyTaskError) -> DecodedRegion? {
    do {
      func stream(_ purpose: String) throws -> RandomStream {
        RandomStream(seed: try randomSeed(for: "\(purpose) \(perturbation)"), purpose: .permutation)
      }
      var perturbed = plain()
      if perturbation.noise > 0 {
        var normal = try stream("perturbed-noise")
        let original = image.converted
        perturbed.image = StoredVolume(
          original.withNoise(level: try original.noiseLevel()) { normal.normal() })
      }
      guard var mask = try perturbed.sample(by: perturbation) else { return nil }
      if perturbation.volume != 0 {
        var ties = try stream("perturbed-region")
        guard let adapted = mask.adapted(byFraction: perturbation.volume, using: &ties) else { return nil }
        mask = adapted
      }
      if perturbation.contour > 0 {
        var draws = try stream("perturbed-contour")
        guard let drawn = mask.contourRandomised(in: perturbed.image.converted, using: &draws) else {
          return nil
        }
        mask = drawn
      }
      perturbed.moved = mask
      return perturbed
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// Brings image, labels and reference tissue to the perturbed grid.
  /// - Returns: the region on it.
  private mutating func sample(by perturbation: RegionPerturbation) throws -> Mask? {
    let mask = try onGrid(of: image.geometry, mask())
    guard perturbation.translation != 0 || perturbation.rotation != 0 else { return mask }
    guard let box = mask.boundingBox else { return nil }
    let middle = SIMD3(box.x.middle, box.y.middle, box.z.middle)
    let grid = image.geometry.perturbed(
      translation: perturbation.translation, rotation: perturbation.rotation,
      about: image.geometry.point(atIndex: middle))
    guard let sampled = try mask.sampled(onPerturbed: grid) else { return nil }
    let drawn = Volume(geometry: labels.geometry, voxels: labels.labels.map(Double.init))
    let nearest = try drawn.resampled(onto: grid, by: .nearestNeighbour)
    self = DecodedRegion(
      image: StoredVolume(try image.converted.sampled(onPerturbed: grid)), facts: facts,
      labels: LabelMap(geometry: grid, labels: nearest.voxels.map { UInt32($0) }), label: label, ring: ring,
      variant: nil, reference: reference?.resampled(onto: grid), maskWarnings: maskWarnings,
      warnings: warnings, imageSHA256: imageSHA256, maskSHA256: maskSHA256)
    return sampled
  }
}

extension Range<Int> {
  /// Of the voxels, as a continuous index.
  fileprivate var middle: Double { 0.5 * Double(lowerBound + upperBound - 1) }
}
