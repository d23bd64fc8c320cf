import CFilterKernels
import Testing

/// Numbers that look like intensities, the same for the same seed.
private func intensities(_ count: Int, seed: UInt64) -> [Double] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(Int64(bitPattern: state) >> 20) / 0x1p32
  }
}

/// One line of a recursive filter of fourth order, from both ends, one operation after the other.
private func filtered(_ line: [Double], _ f: [[Double]]) -> [Double] {
  let (n, m, d, causal, anticausal) = (f[0], f[1], f[2], f[3], f[4])
  func past(_ results: [Double], _ outermost: Double, _ border: [Double]) -> Double {
    let terms = (0..<4).map { back in
      results.count > back ? results[results.count - 1 - back] * d[back] : outermost * border[back]
    }
    return terms[0] + terms[1] + terms[2] + terms[3]
  }
  func input(_ values: [Double], _ weights: [Double]) -> Double {
    values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2] + values[3] * weights[3]
  }
  var (forward, backward) = ([Double](), [Double]())
  let (first, last) = (line[0], line[line.count - 1])
  for place in line.indices {
    let values = (0..<4).map { place - $0 >= 0 ? line[place - $0] : first }
    forward.append(input(values, n) - past(forward, first, causal))
  }
  for place in line.indices.reversed() {
    let values = (1...4).map { place + $0 < line.count ? line[place + $0] : last }
    backward.append(input(values, m) - past(backward, last, anticausal))
  }
  return zip(forward, backward.reversed()).map(+)
}

@Suite struct `Loops of filters` {
  /// Of every instruction set that this processor has.
  private static var kernels: [filter_kernels] {
    (0...filter_best_path().rawValue).map { path in
      unsafe filter_kernels_of(filter_path(rawValue: path)).pointee
    }
  }

  @Test(arguments: [(4, 0..<4), (5, 1..<3), (9, 0..<2), (9, 7..<9), (64, 0..<64), (130, 60..<71)])
  func `recursive filters give the bits of a slow loop on every instruction set`(
    count: Int, keep: Range<Int>
  ) {
    let lines = Int(FILTER_LINES)
    // Decays, as a filter's do.
    let coefficients = [
      [0.21, -0.17, 0.05, -0.01], [0.11, 0.07, -0.03, 0.002], [-1.9, 1.45, -0.52, 0.075],
      [0.3, -0.2, 0.1, 0.04],
      [-0.1, 0.25, 0.06, -0.02],
    ]
    func four(_ values: [Double]) -> (Double, Double, Double, Double) {
      (values[0], values[1], values[2], values[3])
    }
    var filter = filter_recursion(
      n: four(coefficients[0]), m: four(coefficients[1]), d: four(coefficients[2]),
      causal_border: four(coefficients[3]), anticausal_border: four(coefficients[4]))
    let voxels = intensities(lines * count, seed: UInt64(count))
    let expected = (0..<lines).map { line in
      filtered((0..<count).map { voxels[lines * $0 + line] }, coefficients)
    }
    for kernels in Self.kernels {
      var (values, scratch) = (voxels, [Double](repeating: .nan, count: 2 * voxels.count))
      unsafe kernels.recursive(&filter, &values, &scratch, count, keep.lowerBound, keep.upperBound)
      for line in 0..<lines {
        #expect(keep.allSatisfy { values[lines * $0 + line] == expected[line][$0] })
      }
    }
  }

  @Test(arguments: [1, 15, 16, 17, 50], [1, 4])
  func `rows of a spline give the bits of a slow loop on every instruction set`(
    count: Int, planes: Int
  ) {
    let stride = (count + Int(FILTER_PLACES) - 1) / Int(FILTER_PLACES) * Int(FILTER_PLACES)
    let weights = intensities(4 * stride, seed: 1)
    let (alongY, alongZ) = (intensities(4, seed: 2), intensities(planes, seed: 3))
    let coefficients = intensities(16 * 4 * stride, seed: 4)
    // In an order of their own.
    let rows = (0..<4 * planes).map { ($0 * 7 + 3) % 16 * 4 * stride }
    let expected = (0..<count).map { x in
      var sum = 0.0
      for z in 0..<planes {
        for y in 0..<4 {
          for tap in 0..<4 {
            let value = coefficients[rows[4 * z + y] + tap * stride + x]
            sum += weights[tap * stride + x] * alongY[y] * alongZ[z] * value
          }
        }
      }
      return sum
    }
    for kernels in Self.kernels {
      var result = [Double](repeating: .nan, count: stride)
      unsafe kernels.spline(weights, count, stride, alongY, alongZ, planes, coefficients, rows, &result)
      #expect(Array(result.prefix(count)) == expected)
    }
  }
}
