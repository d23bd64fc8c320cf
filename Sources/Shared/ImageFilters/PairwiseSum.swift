// NumPy's pairwise summation (Higham, SIAM J Sci Comput 1993, with blocks of 128 in eight running sums), so
// that means agree with NumPy to the last bit, also in single precision.

/// Sum of contiguous numbers as `numpy.sum` rounds it.
func pairwiseSum<Scalar: BinaryFloatingPoint>(_ values: ArraySlice<Scalar>) -> Scalar {
  let count = values.count
  let start = values.startIndex
  if count < 8 { return values.reduce(0, +) }
  if count <= 128 {
    var sums = Array(values[start..<start + 8])
    let whole = count - count % 8
    for block in stride(from: start + 8, to: start + whole, by: 8) {
      for lane in 0..<8 { sums[lane] += values[block + lane] }
    }
    let total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    return values[(start + whole)...].reduce(total, +)
  }
  let half = count / 2 - count / 2 % 8
  return pairwiseSum(values[start..<start + half]) + pairwiseSum(values[(start + half)...])
}

/// Mean and population standard deviation as NumPy rounds them.
func meanAndDeviation<Scalar: BinaryFloatingPoint>(_ values: [Scalar]) -> (mean: Scalar, deviation: Scalar) {
  let count = Scalar(values.count)
  let mean = pairwiseSum(values[...]) / count
  let squares = values.map { ($0 - mean) * ($0 - mean) }
  return (mean, (pairwiseSum(squares[...]) / count).squareRoot())
}
