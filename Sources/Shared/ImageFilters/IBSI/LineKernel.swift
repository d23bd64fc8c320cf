/// Weights of a convolution along one axis: `y[n] = Σⱼ taps[j] · x[n + origin - j]`.
struct LineKernel: Hashable {
  let taps: [Double]
  let origin: Int

  init(taps: [Double], origin: Int) { (self.taps, self.origin) = (taps, origin) }

  /// Weights with their origin in the middle, or, of an even number, at the first after it.
  init(_ taps: [Double]) { self.init(taps: taps, origin: taps.count / 2) }

  /// The kernel as it lies after a turn by 180 degrees.
  var reversed: LineKernel { LineKernel(taps: taps.reversed(), origin: taps.count - 1 - origin) }

  var negated: LineKernel { LineKernel(taps: taps.map { -$0 }, origin: origin) }

  /// The indices that a range of results depends on, among `count`; all of them where it reaches over an edge.
  func support(of range: Range<Int>, in count: Int) -> Range<Int> {
    let reach = range.lowerBound - (taps.count - 1 - origin)..<range.upperBound + origin
    return reach.lowerBound >= 0 && reach.upperBound <= count ? reach : 0..<count
  }
}

extension ImageBlock {
  /// The block convolved along an axis, for a range of indices of it.
  ///
  /// Sums run over the taps in their order, so that they have the same bits on every machine. Rows that lie side by
  /// side are added as vectors; along x each line is first written out with what lies beyond its ends.
  func convolved(
    along axis: Int, with kernel: LineKernel, keeping range: Range<Int>, _ boundary: BoundaryCondition
  ) -> ImageBlock {
    let (inner, count, outer) = shape(along: axis)
    var result = [Double](repeating: 0, count: inner * range.count * outer)
    let first = ranges[axis].lowerBound
    // For each index that is reached the place in this block, or -1 where there is nothing.
    let reach = range.lowerBound + kernel.origin - (kernel.taps.count - 1)..<range.upperBound + kernel.origin
    let places = reach.map { index in boundary.index(index, of: extents[axis]).map { $0 - first } ?? -1 }
    if inner == 1 {
      var line = [Double](repeating: 0, count: places.count)
      for o in 0..<outer {
        for (k, place) in places.enumerated() { line[k] = place < 0 ? 0 : values[o * count + place] }
        for (j, tap) in kernel.taps.enumerated() where tap != 0 {
          add(
            tap, line, from: kernel.taps.count - 1 - j, to: &result, at: o * range.count, count: range.count)
        }
      }
    } else {
      for o in 0..<outer {
        for i in 0..<range.count {
          for (j, tap) in kernel.taps.enumerated() where tap != 0 {
            let place = places[i + kernel.taps.count - 1 - j]
            guard place >= 0 else { continue }
            add(
              tap, values, from: (o * count + place) * inner, to: &result,
              at: (o * range.count + i) * inner, count: inner)
          }
        }
      }
    }
    var ranges = ranges
    ranges[axis] = range
    return ImageBlock(ranges: ranges, extents: extents, values: result)
  }
}

/// `target[at + i] += weight · source[from + i]` for `count` numbers.
@inline(__always)
private func add(
  _ weight: Double, _ source: [Double], from: Int, to target: inout [Double], at: Int, count: Int
) {
  precondition(from >= 0 && from + count <= source.count && at >= 0 && at + count <= target.count)
  unsafe source.withUnsafeBufferPointer { source in
    unsafe target.withUnsafeMutableBufferPointer { target in
      let x = unsafe UnsafeBufferPointer(rebasing: source[from..<from + count])
      let y = unsafe UnsafeMutableBufferPointer(rebasing: target[at..<at + count])
      for i in 0..<count { unsafe y[i] += weight * x[i] }
    }
  }
}
