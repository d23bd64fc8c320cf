import Volumes

/// An image of few voxels, taken evenly from a large one along the axes of the patient: enough for a window and for telling
/// air from body.
struct CoarseImage {
  let counts: SIMD3<Int>
  /// Voxels in x-fastest order; one that is not finite is the lowest.
  let values: [Double]
  let sample: IntensitySample
  private let full: SIMD3<Int>
  private let isPicture: Bool
  /// The axis of the patient across the slices: of the largest spacing, and of equal ones the last of the file.
  private let across: Int

  init(_ image: StoredVolume, _ view: PatientView) {
    let isFlat = image.geometry.dimension == 2 || image.geometry.size.z == 1
    let limit = isFlat ? 256 : 64
    let counts = SIMD3(min(view.counts.x, limit), min(view.counts.y, limit), min(view.counts.z, limit))
    let full = view.counts
    var values: [Double] = []
    values.reserveCapacity(counts.x * counts.y * counts.z)
    for z in 0..<counts.z {
      for y in 0..<counts.y {
        for x in 0..<counts.x {
          let index = SIMD3(
            Self.centre(x, counts.x, full.x), Self.centre(y, counts.y, full.y),
            Self.centre(z, counts.z, full.z))
          values.append(image[view.offset(index)])
        }
      }
    }
    sample = IntensitySample(values.filter(\.isFinite))
    let lowest = sample.sorted.first ?? 0
    self.values = values.map { $0.isFinite ? $0 : lowest }
    (self.counts, self.full, isPicture) = (counts, full, image.geometry.dimension == 2)
    across = (0..<3).reduce(0) { best, axis in
      let (a, b) = (view.spacing[axis], view.spacing[best])
      return a > b || (a == b && view.gridAxes[axis] > view.gridAxes[best]) ? axis : best
    }
  }

  /// The voxel in the middle of a cell.
  private static func centre(_ cell: Int, _ cells: Int, _ count: Int) -> Int {
    (2 * cell + 1) * count / (2 * cells)
  }

  /// The cell of a voxel of the large image.
  func cell(of voxel: SIMD3<Int>) -> Int {
    let x = voxel.x * counts.x / full.x
    let y = voxel.y * counts.y / full.y
    let z = voxel.z * counts.z / full.z
    return (z * counts.y + y) * counts.x + x
  }

  /// Which cells are air: darker than `airThreshold`, and reached through such cells from the edge of a slice.
  ///
  /// Dark tissue inside the body is not reached; nor do first and last slices count as edges, where the body is cut. A picture
  /// without a third axis has no air: what is dark at the edge of an ultrasound is shadow.
  var air: [Bool] {
    var isAir = [Bool](repeating: false, count: values.count)
    guard !isPicture, let threshold = airThreshold else { return isAir }
    var open: [Int] = []
    func reach(_ cell: Int) {
      guard !isAir[cell], values[cell] < threshold else { return }
      isAir[cell] = true
      open.append(cell)
    }
    forEachCell { index, cell in
      for axis in 0..<3 where axis != across && counts[axis] > 1 {
        if index[axis] == 0 || index[axis] == counts[axis] - 1 { reach(cell) }
      }
    }
    let strides = SIMD3(1, counts.x, counts.x * counts.y)
    while let cell = open.popLast() {
      let index = SIMD3(cell % counts.x, cell / counts.x % counts.y, cell / (counts.x * counts.y))
      for axis in 0..<3 {
        if index[axis] > 0 { reach(cell - strides[axis]) }
        if index[axis] < counts[axis] - 1 { reach(cell + strides[axis]) }
      }
    }
    return isAir
  }

  private func forEachCell(_ body: (SIMD3<Int>, Int) -> Void) {
    var cell = 0
    for z in 0..<counts.z {
      for y in 0..<counts.y {
        for x in 0..<counts.x {
          body(SIMD3(x, y, z), cell)
          cell += 1
        }
      }
    }
  }

  /// A quarter of the way from the darkest (1st percentile) to what parts dark from bright by Otsu's rule (`otsuSplit`)
  /// between 1st and 99th percentile: low, so that air is rather taken for body than a dark lesion for air.
  var airThreshold: Double? {
    guard let window = sample.window else { return nil }
    let bins = 128
    var counts = [Double](repeating: 0, count: bins)
    for value in sample.sorted {
      counts[min(Int(window.share(of: value) * Double(bins)), bins - 1)] += 1
    }
    guard let split = otsuSplit(counts: counts, centres: (0..<bins).map(Double.init)) else { return nil }
    // Where nothing lies between dark and bright, any place there parts them equally well: the middle.
    let middle = 0.5 * Double(split.lowerBound + split.upperBound) + 1
    let share = 0.25 * middle / Double(bins)
    return window.lowerBound * (1 - share) + window.upperBound * share
  }
}
