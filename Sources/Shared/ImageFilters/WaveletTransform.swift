import Volumes

/// Values of a periodic grid, all of them or those in a box.
struct PeriodicBlock {
  /// Length along each axis after which values repeat.
  let period: [Int]
  /// First coordinate held along each axis, and how many.
  let origin: [Int]
  let extents: [Int]
  let values: [Double]

  /// An image, each odd axis made even by repeating its first voxel behind its last, as `numpy.pad` does with
  /// `wrap`.
  ///
  /// - Parameter ranges: the coordinates that are needed; those of them that lie outside the image repeat it. An axis along which
  ///   some do is held whole.
  init(_ image: StoredVolume, within ranges: [Range<Int>]) {
    let whole = image.geometry.size.extents
    period = Self.period(of: image.geometry.size)
    guard image.numbers == nil else {
      (extents, origin, values) = (whole, [0, 0, 0], image.volume.voxels)
      return
    }
    let held = zip(ranges, whole).map { range, extent in
      range.lowerBound >= 0 && range.upperBound <= extent ? range : 0..<extent
    }
    origin = held.map(\.lowerBound)
    extents = held.map(\.count)
    values = image.values(in: VoxelBox(held))
  }

  /// Length along each axis after which values repeat.
  static func period(of size: GridSize) -> [Int] { size.extents.map { $0 + $0 % 2 } }

  init(period: [Int], ranges: [Range<Int>], values: [Double]) {
    self.period = period
    origin = ranges.map(\.lowerBound)
    extents = ranges.map(\.count)
    self.values = values
  }

  /// Places in the block, along one axis, of a range of coordinates.
  func places(_ coordinates: Range<Int>, axis: Int) -> [Int] {
    coordinates.map { coordinate in
      let offset = (coordinate - origin[axis]) % period[axis]
      let place = offset < 0 ? offset + period[axis] : offset
      return place < extents[axis] ? place : place - extents[axis]
    }
  }
}

/// One level of the stationary wavelet transform without dilation (PyWavelets' `swtn` with `level=1`), on a
/// box.
///
/// Along each axis `out[n] = Σⱼ h[j] x[(n + F/2 - j) mod N]`, `F` taps, `N` even. Only the box and the reach
/// of the taps are read; slices pass through a ring of `F`, so that memory stays at the result's size.
struct WaveletTransform {
  let wavelet: Wavelet

  /// Taps along x, y and z for a band, `nil` where the axis is not transformed.
  typealias Taps = [[Double]?]

  /// The coordinates that a range of results is computed of; the whole period when it is that long.
  func support(of range: Range<Int>, period: Int) -> Range<Int> {
    let half = wavelet.lowPass.count / 2
    let support = range.lowerBound - (half - 1)..<range.upperBound + half
    return support.count < period ? support : 0..<period
  }

  func band(of source: PeriodicBlock, _ taps: Taps, ranges: [Range<Int>], inSinglePrecision: Bool) -> [Double]
  {
    if inSinglePrecision {
      return BandFilter<Float>(source, taps, ranges).run()
    }
    return BandFilter<Double>(source, taps, ranges).run()
  }
}

/// A number type in which a transform is computed.
private protocol WaveletScalar: BinaryFloatingPoint, SIMDScalar, Codable {
  init(sample value: Double)
  var sample: Double { get }
}

extension Double: WaveletScalar {
  @inline(__always) init(sample value: Double) { self = value }
  @inline(__always) var sample: Double { self }
}

extension Float: WaveletScalar {
  @inline(__always) init(sample value: Double) { self.init(value) }
  @inline(__always) var sample: Double { Double(self) }
}

/// Taps along one axis, with what each result needs.
private struct AxisTaps<Scalar: WaveletScalar> {
  let taps: [Scalar]
  let range: Range<Int>
  /// Places in the source of `range` with the reach of the taps.
  let places: [Int]
  private let period: Int
  /// Stretches of `places` that lie side by side in the source.
  let runs: [(target: Int, source: Int, count: Int)]
  /// Places of results in whose sum the taps do not come in ascending order.
  let unusual: Set<Int>

  init(_ taps: [Double]?, _ range: Range<Int>, _ source: PeriodicBlock, axis: Int) {
    self.taps = (taps ?? [1]).map { Scalar(sample: $0) }
    self.range = range
    period = source.period[axis]
    let half = self.taps.count / 2
    places = source.places(
      range.lowerBound + half - self.taps.count + 1..<range.upperBound + half, axis: axis)
    var runs: [(target: Int, source: Int, count: Int)] = []
    for (target, place) in places.enumerated() {
      if let last = runs.last, last.source + last.count == place {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((target, place, 1))
      }
    }
    self.runs = runs
    unusual = Set(
      (0..<range.count).filter {
        Self.coordinate(range.lowerBound + $0, source.period[axis]) + half >= source.period[axis]
      })
  }

  /// A coordinate within the period: a range may begin before it and end behind it.
  private static func coordinate(_ place: Int, _ period: Int) -> Int {
    let rest = place % period
    return rest < 0 ? rest + period : rest
  }

  /// Order in which PyWavelets adds the taps of the result at `place`: ascending, but where the taps reach
  /// past the end of the period, those that wrap come first, descending.
  func order(at place: Int) -> [Int] {
    let beyond = Self.coordinate(range.lowerBound + place, period) + taps.count / 2 - period
    guard beyond >= 0 else { return Array(taps.indices) }
    return Array((0...beyond).reversed()) + Array(beyond + 1..<taps.count)
  }
}

private struct BandFilter<Scalar: WaveletScalar> {
  private let source: PeriodicBlock
  private let x: AxisTaps<Scalar>
  private let y: AxisTaps<Scalar>
  private let z: AxisTaps<Scalar>
  private let width: Int
  private let height: Int

  init(_ source: PeriodicBlock, _ taps: WaveletTransform.Taps, _ ranges: [Range<Int>]) {
    self.source = source
    x = AxisTaps(taps[0], ranges[0], source, axis: 0)
    y = AxisTaps(taps[1], ranges[1], source, axis: 1)
    z = AxisTaps(taps[2], ranges[2], source, axis: 2)
    (width, height) = (x.range.count, y.range.count)
  }

  func run() -> [Double] {
    let (reach, depth, sliceCount) = (z.taps.count, z.range.count, width * height)
    let planar = ScalarBuffer<Scalar>(count: width * y.places.count)
    let ring = ScalarBuffer<Scalar>(count: reach * sliceCount)
    let row = ScalarBuffer<Scalar>(count: width)
    return unsafe [Double](unsafeUninitializedCapacity: sliceCount * depth) { result, filled in
      for slice in z.places.indices {
        filterRows(ofSlice: z.places[slice], into: planar)
        unsafe filterColumns(of: planar, into: ring.start + slice % reach * sliceCount)
        guard slice >= reach - 1 else { continue }
        let place = slice - (reach - 1)
        let sum = WeightedRows(z, at: place) { (slice - $0) % reach * sliceCount }
        for line in 0..<height {
          unsafe sum.write(of: ring.start + line * width, count: width, to: row.start)
          let target = unsafe UnsafeMutableBufferPointer(
            rebasing: result[((place * height + line) * width)...].prefix(width))
          for column in 0..<width {
            unsafe target.initializeElement(at: column, to: row.start[column].sample)
          }
        }
      }
      filled = sliceCount * depth
    }
  }

  /// Filters all rows that the box needs of one slice along x.
  private func filterRows(ofSlice slice: Int, into planar: ScalarBuffer<Scalar>) {
    let count = x.taps.count
    let line = ScalarBuffer<Scalar>(count: x.places.count)
    let sum = WeightedRows(x, at: 0, order: x.taps.indices) { count - 1 - $0 }
    unsafe source.values.withUnsafeBufferPointer { values in
      for (index, place) in y.places.enumerated() {
        let start = (slice * source.extents[1] + place) * source.extents[0]
        let stored = unsafe UnsafeBufferPointer(rebasing: values[start...].prefix(source.extents[0]))
        for run in x.runs {
          for i in 0..<run.count {
            unsafe line.start[run.target &+ i] = Scalar(sample: stored[run.source &+ i])
          }
        }
        let target = unsafe planar.start + index * width
        unsafe sum.write(of: line.start, count: width, to: target)
        for column in x.unusual {
          unsafe target[column] = x.order(at: column).reduce(0) {
            unsafe $0 + x.taps[$1] * line.start[column + count - 1 - $1]
          }
        }
      }
    }
  }

  private func filterColumns(of planar: ScalarBuffer<Scalar>, into slice: UnsafeMutablePointer<Scalar>) {
    let count = y.taps.count
    let usual = WeightedRows(y, at: 0, order: y.taps.indices) { (count - 1 - $0) * width }
    for line in 0..<height {
      let sum = y.unusual.contains(line) ? WeightedRows(y, at: line) { (count - 1 - $0) * width } : usual
      unsafe sum.write(of: planar.start + line * width, count: width, to: slice + line * width)
    }
  }
}

/// Scratch values with one owner.
@safe private final class ScalarBuffer<Scalar: WaveletScalar> {
  let start: UnsafeMutablePointer<Scalar>

  init(count: Int) {
    unsafe start = .allocate(capacity: max(1, count))
    unsafe start.initialize(repeating: 0, count: max(1, count))
  }

  deinit { unsafe start.deallocate() }
}

/// A sum of rows, each times a tap, in a fixed order from zero: eight columns at a time stay in registers
/// while the taps pass.
private struct WeightedRows<Scalar: WaveletScalar> {
  private var terms: [(tap: Scalar, offset: Int)]

  /// - Parameter offset: where a tap's row begins, from that of the sum.
  init(_ axis: AxisTaps<Scalar>, at place: Int, order: Range<Int>? = nil, offset: (Int) -> Int) {
    terms = (order.map(Array.init) ?? axis.order(at: place)).map { (axis.taps[$0], offset($0)) }
  }

  @inline(__always)
  func write(
    of source: UnsafeMutablePointer<Scalar>, count: Int, to target: UnsafeMutablePointer<Scalar>
  ) {
    var column = 0
    while column &+ 8 <= count {
      var sum = SIMD8<Scalar>.zero
      for term in terms {
        let values = unsafe UnsafeRawPointer(source + (term.offset &+ column)).loadUnaligned(
          as: SIMD8<Scalar>.self)
        sum += term.tap * values
      }
      unsafe UnsafeMutableRawPointer(target + column).storeBytes(of: sum, as: SIMD8<Scalar>.self)
      column &+= 8
    }
    while column < count {
      var sum: Scalar = 0
      for term in terms { unsafe sum += term.tap * source[term.offset &+ column] }
      unsafe target[column] = sum
      column &+= 1
    }
  }
}
