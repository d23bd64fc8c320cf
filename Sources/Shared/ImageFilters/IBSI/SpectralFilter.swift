import Volumes

/// A filter that is defined by what it does to frequencies.
protocol SpectralFilter {
  /// How far beyond the edges the image must be continued along an axis, in voxels.
  func margin(along axis: Int) -> Int
  /// The factor of each frequency of an image with these numbers of voxels, by its indices along x, y and z.
  func transfer(_ counts: [Int]) -> (SIMD3<Int>) -> (real: Double, imaginary: Double)
}

extension SpectralFilter {
  /// The filtered voxels of a box: of the whole image along `axes`, slice by slice along others.
  ///
  /// Along each axis the image is continued to a power of two, by its margin on both sides at least; a periodic one is
  /// its own continuation.
  /// - Throws: `gridTooLarge` where that is more than memory should hold.
  func apply(
    to image: Volume, _ ranges: [Range<Int>], along axes: [Int], _ boundary: BoundaryCondition
  ) throws(ImageFilterError) -> ImageBlock {
    let extents = image.geometry.size.extents
    var continued = ranges
    for axis in axes {
      let extent = extents[axis]
      let count =
        boundary == .periodic
        ? extent : LineTransform.powerOfTwo(from: extent + 2 * min(margin(along: axis), extent))
      let before = (count - extent) / 2
      continued[axis] = -before..<count - before
    }
    let normal = (0..<3).first { !axes.contains($0) }
    if let normal { continued[normal] = 0..<1 }
    let voxels = continued.map(\.count).reduce(1, *)
    try SpectralMemory.check(
      voxels <= SpectralMemory.voxelLimit,
      "a filter of frequencies would need \(voxels) complex voxels at once; expected up to \(SpectralMemory.voxelLimit): "
        + "crop the image (preCrop), resample it, or set ibsiDimensions to 2")
    let factor = transfer(continued.map(\.count))
    var slices: [[Double]] = []
    for slice in normal.map({ ranges[$0] }) ?? 0..<1 {
      var (read, kept) = (continued, zip(ranges, continued).map { $0.shifted(by: -$1.lowerBound) })
      if let normal { (read[normal], kept[normal]) = (slice..<slice + 1, 0..<1) }
      var spectrum = SpectralImage(image, read, boundary)
      spectrum.transform()
      spectrum.multiply(by: factor)
      spectrum.transformBack()
      slices.append(spectrum.voxels(kept) { real, _ in real })
    }
    return ImageBlock(slices: slices, across: normal, ranges: ranges, extents: extents)
  }
}

/// How many complex voxels are held at once.
enum SpectralMemory {
  /// 2²⁷, which are 2 GiB.
  static let voxelLimit = 1 << 27

  /// Throws `gridTooLarge` with the message unless the condition holds.
  static func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(ImageFilterError) {
    if !holds { throw ImageFilterError(.gridTooLarge, message()) }
  }
}

extension Range<Int> {
  func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}

extension ImageBlock {
  /// Slices across an axis, put together again; without an axis the one that there is.
  init(slices: [[Double]], across normal: Int?, ranges: [Range<Int>], extents: [Int]) {
    guard let normal, normal < 2 else {
      self.init(ranges: ranges, extents: extents, values: slices.flatMap(\.self))
      return
    }
    let counts = ranges.map(\.count)
    var values = [Double](repeating: 0, count: counts.reduce(1, *))
    for (number, slice) in slices.enumerated() {
      var place = 0
      for z in 0..<(normal == 2 ? 1 : counts[2]) {
        for y in normal == 1 ? number..<number + 1 : 0..<counts[1] {
          for x in normal == 0 ? number..<number + 1 : 0..<counts[0] {
            values[(z * counts[1] + y) * counts[0] + x] = slice[place]
            place += 1
          }
        }
      }
    }
    self.init(ranges: ranges, extents: extents, values: values)
  }
}

/// Frequencies of a transform along one axis, of which 1 is Nyquist's: `(2k - (N - 1)) / (N - 1)`, from -1 to 1, in the order
/// of the transform. With this grid, which lies half a step beside the usual one, the reference response maps of the
/// IBSI reference manual, part 2, were made: those of Simoncelli's wavelet are met exactly, and by the usual grid not within
/// their tolerance.
func symmetricFrequencies(_ count: Int) -> [Double] {
  guard count > 1 else { return [0] }
  let half = count / 2
  return (0..<count).map { (place: Int) -> Double in
    let k = (place + half) % count
    return Double(2 * k - (count - 1)) / Double(count - 1)
  }
}
