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
  init(_ image: Volume) {
    extents = image.geometry.size.extents
    period = extents.map { $0 + $0 % 2 }
    origin = [0, 0, 0]
    values = image.voxels
  }

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
private protocol WaveletScalar: BinaryFloatingPoint {
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

  init(_ taps: [Double]?, _ range: Range<Int>, _ source: PeriodicBlock, axis: Int) {
    self.taps = (taps ?? [1]).map { Scalar(sample: $0) }
    self.range = range
    period = source.period[axis]
    let half = self.taps.count / 2
    places = source.places(
      range.lowerBound + half - self.taps.count + 1..<range.upperBound + half, axis: axis)
  }

  /// Results in whose sum the taps do not come in ascending order.
  var unusual: Range<Int> {
    let first = min(range.count, max(0, period - taps.count / 2 - range.lowerBound))
    return first..<range.count
  }

  /// Order in which PyWavelets adds the taps of the result at `place`: ascending, but where the taps reach
  /// past the end of the period, those that wrap come first, descending.
  func order(at place: Int) -> [Int] {
    let beyond = range.lowerBound + place + taps.count / 2 - period
    guard beyond >= 0 else { return Array(taps.indices) }
    return Array((0...beyond).reversed()) + Array(beyond + 1..<taps.count)
  }
}

private struct BandFilter<Scalar: WaveletScalar> {
  private let source: PeriodicBlock
  private let x: AxisTaps<Scalar>
  private let y: AxisTaps<Scalar>
  private let z: AxisTaps<Scalar>

  init(_ source: PeriodicBlock, _ taps: WaveletTransform.Taps, _ ranges: [Range<Int>]) {
    self.source = source
    x = AxisTaps(taps[0], ranges[0], source, axis: 0)
    y = AxisTaps(taps[1], ranges[1], source, axis: 1)
    z = AxisTaps(taps[2], ranges[2], source, axis: 2)
  }

  func run() -> [Double] {
    let (width, height, depth) = (x.range.count, y.range.count, z.range.count)
    let reach = z.taps.count
    var result = [Double](repeating: 0, count: width * height * depth)
    var planar = [Scalar](repeating: 0, count: width * y.places.count)
    var ring = [[Scalar]](repeating: [Scalar](repeating: 0, count: width * height), count: reach)
    var row = [Scalar](repeating: 0, count: width)
    for slice in z.places.indices {
      filterRows(ofSlice: z.places[slice], into: &planar)
      filterColumns(of: planar, into: &ring[slice % reach])
      guard slice >= reach - 1 else { continue }
      let place = slice - (reach - 1)
      let order = z.order(at: place)
      for line in 0..<height {
        clear(&row)
        for tap in order { add(z.taps[tap], ring[(slice - tap) % reach], from: line * width, to: &row) }
        let start = (place * height + line) * width
        for column in 0..<width { result[start + column] = row[column].sample }
      }
    }
    return result
  }

  /// Filters all rows that the box needs of one slice along x.
  private func filterRows(ofSlice slice: Int, into planar: inout [Scalar]) {
    let (width, count) = (x.range.count, x.taps.count)
    var line = [Scalar](repeating: 0, count: x.places.count)
    var row = [Scalar](repeating: 0, count: width)
    for (index, place) in y.places.enumerated() {
      let start = (slice * source.extents[1] + place) * source.extents[0]
      for column in x.places.indices {
        line[column] = Scalar(sample: source.values[start + x.places[column]])
      }
      clear(&row)
      for tap in 0..<count { add(x.taps[tap], line, from: count - 1 - tap, to: &row) }
      for column in x.unusual {
        row[column] = x.order(at: column).reduce(0) { $0 + x.taps[$1] * line[column + count - 1 - $1] }
      }
      for column in 0..<width { planar[index * width + column] = row[column] }
    }
  }

  private func filterColumns(of planar: [Scalar], into slice: inout [Scalar]) {
    let (width, count) = (x.range.count, y.taps.count)
    var row = [Scalar](repeating: 0, count: width)
    for line in 0..<y.range.count {
      clear(&row)
      for tap in y.order(at: line) {
        add(y.taps[tap], planar, from: (line + count - 1 - tap) * width, to: &row)
      }
      for column in 0..<width { slice[line * width + column] = row[column] }
    }
  }

  @inline(__always)
  private func clear(_ row: inout [Scalar]) {
    for column in row.indices { row[column] = 0 }
  }

  /// Adds a tap times a row of values.
  @inline(__always)
  private func add(_ tap: Scalar, _ values: [Scalar], from start: Int, to row: inout [Scalar]) {
    precondition(start >= 0 && start + row.count <= values.count, "the row lies inside the slice")
    unsafe row.withUnsafeMutableBufferPointer { row in
      unsafe values.withUnsafeBufferPointer { values in
        guard let target = row.baseAddress, let first = values.baseAddress else { return }
        let source = unsafe first + start
        for column in 0..<row.count { unsafe target[column] += tap * source[column] }
      }
    }
  }
}
