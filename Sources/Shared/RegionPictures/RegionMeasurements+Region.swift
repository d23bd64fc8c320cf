import Volumes

/// A region in its image, as pictures and measurements look at it.
struct LookedAtRegion {
  let image: StoredVolume
  let mask: Mask
  let view: PatientView
  /// Indices of the region's box along the axes of the patient.
  let lower: SIMD3<Int>
  let upper: SIMD3<Int>
  let coarse: CoarseImage

  /// - Returns: nil where the mask is empty.
  init?(image: StoredVolume, mask: Mask) {
    guard let box = mask.boundingBox else { return nil }
    self.image = image
    self.mask = mask
    view = PatientView(image.geometry)
    (lower, upper) = view.box(box, on: image.geometry)
    coarse = CoarseImage(image, view)
  }

  /// Calls for each voxel of the region, in the order of the patient's axes, with its indices and its intensity.
  func forEachVoxel(_ body: (SIMD3<Int>, Double) -> Void) {
    for z in lower.z..<upper.z {
      for y in lower.y..<upper.y {
        for x in lower.x..<upper.x {
          let index = SIMD3(x, y, z)
          let offset = view.offset(index)
          if mask.voxels[offset] != 0 { body(index, image[offset]) }
        }
      }
    }
  }
}

extension RegionMeasurements {
  init(_ region: LookedAtRegion, _ statistics: RegionStatistics) {
    let (geometry, view) = (region.image.geometry, region.view)
    let size = geometry.size
    let spacing = geometry.spacingInMillimetres
    imageSize = [size.x, size.y, size.z]
    self.spacing = [spacing.x, spacing.y, spacing.z]
    orientation = geometry.orientation.name
    dimension = geometry.dimension
    voxels = statistics.count
    volume = Double(statistics.count) * geometry.voxelVolume
    borders = ["RL", "AP", "IS"].enumerated().map { axis, sides in
      guard view.counts[axis] > 1 else { return "" }
      return (region.lower[axis] == 0 ? String(sides.first ?? " ") : "")
        + (region.upper[axis] == view.counts[axis] ? String(sides.last ?? " ") : "")
    }.joined()
    centre = (0..<3).map { (statistics.centre[$0] + 0.5) / Double(view.counts[$0]) }
    undefined = statistics.count - statistics.defined
    minimum = statistics.defined > 0 ? statistics.minimum : nil
    maximum = statistics.defined > 0 ? statistics.maximum : nil
    mean = statistics.defined > 0 ? statistics.mean : nil
    median = statistics.sample.quantile(0.5)
    shareInAir = Double(statistics.inAir) / Double(statistics.count)
  }
}

/// Sums over the voxels of a region.
struct RegionStatistics {
  private(set) var count = 0
  private(set) var defined = 0
  private(set) var inAir = 0
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private(set) var mean = 0.0
  /// Mean index of the region's voxels along the axes of the patient.
  private(set) var centre = SIMD3<Double>()
  private(set) var sample: IntensitySample

  init(_ region: LookedAtRegion) {
    let air = region.coarse.air
    let step = (region.mask.count - 1) / IntensitySample.limit + 1
    var (count, defined, inAir, sum) = (0, 0, 0, SIMD3<Int>())
    var (minimum, maximum, total) = (Double.infinity, -Double.infinity, 0.0)
    var kept: [Double] = []
    region.forEachVoxel { index, value in
      sum &+= index
      inAir += air[region.coarse.cell(of: index)] ? 1 : 0
      if value.isFinite {
        defined += 1
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        total += value
        if count % step == 0 { kept.append(value) }
      }
      count += 1
    }
    (self.count, self.defined, self.inAir) = (count, defined, inAir)
    (self.minimum, self.maximum, mean) = (minimum, maximum, total / Double(max(defined, 1)))
    // Of huge numbers the sum may pass what a number holds, though each does not.
    if !mean.isFinite { mean = 0.5 * minimum + 0.5 * maximum }
    centre = SIMD3(Double(sum.x), Double(sum.y), Double(sum.z)) / Double(count)
    sample = IntensitySample(kept)
  }
}
