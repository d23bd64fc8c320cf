import Volumes

/// Cubic spline samples of an image at fixed offsets from each voxel of a box (SciPy's `map_coordinates`).
struct SphereSampler {
  private let coefficients: SplineCoefficients
  private let box: VoxelBox
  private let sampleType: SampleType
  private let axes: [AxisTable]

  /// - Parameter vertices: offsets whose x is laid along the slowest axis.
  init(image: StoredVolume, vertices: [SIMD3<Double>], box: VoxelBox) {
    self.box = box
    sampleType = image.sampleType
    let reach = vertices.map { max(abs($0.x), abs($0.y), abs($0.z)) }.max() ?? 0
    let support = box.padded(by: Int(reach.rounded(.up)) + 3, within: image.geometry.size)
    coefficients = SplineCoefficients(of: image, within: support, convention: .scipy)
    let strides = [1, support.size.x, support.size.x * support.size.y]
    axes = (0..<3).map { axis in
      AxisTable(
        offsets: vertices.map { $0[2 - axis] }, range: box.ranges[axis],
        count: image.geometry.size.extents[axis],
        origin: support.ranges[axis].lowerBound, stride: strides[axis])
    }
  }

  /// Values at all vertices around a voxel, rounded to the image's sample type; 0 outside the image.
  func sample(_ x: Int, _ y: Int, _ z: Int, into samples: inout [Double]) {
    for vertex in samples.indices {
      let alongX = axes[0].entry(vertex, x - box.x.lowerBound)
      let alongY = axes[1].entry(vertex, y - box.y.lowerBound)
      let alongZ = axes[2].entry(vertex, z - box.z.lowerBound)
      let isInside = alongX.isInside && alongY.isInside && alongZ.isInside
      samples[vertex] = isInside ? stored(sum(alongX, alongY, alongZ)) : 0
    }
  }

  private func sum(_ x: AxisTable.Entry, _ y: AxisTable.Entry, _ z: AxisTable.Entry) -> Double {
    unsafe coefficients.values.withUnsafeBufferPointer { values in
      let isContiguous = x.places[3] &- x.places[0] == 3 && x.places[2] &- x.places[1] == 1
      var sum = 0.0
      for k in 0..<4 {
        for j in 0..<4 {
          guard let row = unsafe values.baseAddress.map({ unsafe $0 + (z.places[k] &+ y.places[j]) }) else {
            return 0
          }
          let four =
            isContiguous
            ? unsafe UnsafeRawPointer(row + x.places[0]).loadUnaligned(as: SIMD4<Double>.self)
            : unsafe SIMD4(row[x.places[0]], row[x.places[1]], row[x.places[2]], row[x.places[3]])
          let terms = four * z.weights[k] * y.weights[j] * x.weights
          sum += terms[0]
          sum += terms[1]
          sum += terms[2]
          sum += terms[3]
        }
      }
      return sum
    }
  }

  /// Rounds halves away from zero for integer images.
  private func stored(_ value: Double) -> Double {
    guard sampleType.isInteger else { return sampleType.stored(value) }
    return sampleType.stored(value > 0 ? value + 0.5 : value - 0.5)
  }
}

/// For each offset and each position of a range, the four spline coefficients along one axis and their
/// weights.
private struct AxisTable {
  struct Entry {
    /// Whether the position lies between the first and the last voxel.
    var isInside = false
    /// Steps in memory from the first coefficient of the axis, mirrored at the borders.
    var places = SIMD4<Int>.zero
    var weights = SIMD4<Double>.zero
  }

  private let entries: [Entry]
  private let length: Int

  init(offsets: [Double], range: Range<Int>, count: Int, origin: Int, stride: Int) {
    length = range.count
    entries = offsets.flatMap { offset in
      range.map { index in
        var entry = Self.entry(at: Double(index) + offset, count: count)
        entry.places = (entry.places &- origin) &* stride
        return entry
      }
    }
  }

  func entry(_ offset: Int, _ position: Int) -> Entry { entries[offset * length + position] }

  private static func entry(at position: Double, count: Int) -> Entry {
    guard position >= 0, position <= Double(count - 1) else { return Entry() }
    let floor = position.rounded(.down)
    let (y, z) = (position - floor, 1 - (position - floor))
    let second = (y * y * (y - 2) * 3 + 4) / 6
    let third = (z * z * (z - 2) * 3 + 4) / 6
    let first = z * z * z / 6
    var entry = Entry(isInside: true, weights: SIMD4(first, second, third, 1 - first - second - third))
    for tap in 0..<4 { entry.places[tap] = mirrored(Int(floor) - 1 + tap, count: count) }
    return entry
  }
}

/// The index that stands for one outside `0..<count` when the grid is mirrored at its outermost voxels.
func mirrored(_ index: Int, count: Int) -> Int {
  let period = 2 * (count - 1)
  if period == 0 { return 0 }
  let folded = ((index % period) + period) % period
  return folded < count ? folded : period - folded
}
