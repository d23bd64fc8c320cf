import ImageFilters
import LinearAlgebra
import StudyPlan
import Volumes

extension DecodedRegion {
  /// Image and region after a chain of small changes, in the order of Zwanenburg et al. (2019), doi:10.1038/s41598-018-36938-4: both are
  /// sampled on a grid that is moved and turned, then the region grows or shrinks.
  ///
  /// The image is sampled by cubic B-spline, the region linearly, labels and reference tissue by the nearest voxel. Random numbers are
  /// Philox's, keyed by the study's seed, the perturbation and the contents of the files.
  /// - Returns: `nil` where the region leaves the image, and where no voxel of it is left.
  /// - Throws: as `mask()`; `image` where the image has voxels that are not finite.
  func perturbed(by perturbation: RegionPerturbation) throws(StudyTaskError) -> DecodedRegion? {
    do {
      var perturbed = plain()
      guard var mask = try sampled(by: perturbation, into: &perturbed) else { return nil }
      if perturbation.volume != 0 {
        let seed = try randomSeed(for: "perturbed-region \(perturbation)")
        var stream = RandomStream(seed: seed, purpose: .permutation)
        guard let adapted = mask.adapted(byFraction: perturbation.volume, using: &stream) else { return nil }
        mask = adapted
      }
      perturbed.moved = mask
      return perturbed
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// The region on the perturbed grid, with image, labels and reference tissue in `region`.
  private func sampled(by perturbation: RegionPerturbation, into region: inout DecodedRegion) throws -> Mask?
  {
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
    region = DecodedRegion(
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
