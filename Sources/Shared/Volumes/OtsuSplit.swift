/// Where a histogram parts into two classes that are as different as can be (Otsu, IEEE Trans Syst Man Cybern 1979; 9:62).
///
/// That is after the bin for which `n₀ n₁ (μ₀ - μ₁)²` is largest, the variance between the classes times the squared number of values;
/// `n` and `μ` are the number and the mean of the values up to the bin, and beyond it.
/// - Parameters:
///   - counts: values in each bin.
///   - centres: the value that stands for each bin, increasing.
/// - Returns: the last bin of the lower class, from the first to the last that part the classes equally well: there are several where
///   nothing lies between the two. `nil` where all values lie in one bin.
package func otsuSplit(counts: [Double], centres: [Double]) -> ClosedRange<Int>? {
  precondition(counts.count == centres.count, "a centre for each bin")
  let total = counts.reduce(0, +)
  let sum = zip(counts, centres).reduce(0) { $0 + $1.0 * $1.1 }
  var (lower, lowerSum, largest) = (0.0, 0.0, -Double.infinity)
  var split: ClosedRange<Int>?
  for bin in counts.indices {
    lower += counts[bin]
    lowerSum += counts[bin] * centres[bin]
    let upper = total - lower
    guard lower > 0, upper > 0 else { continue }
    let difference = lowerSum / lower - (sum - lowerSum) / upper
    let variance = lower * upper * difference * difference
    if variance > largest {
      (largest, split) = (variance, bin...bin)
    } else if variance == largest, let first = split?.lowerBound {
      split = first...bin
    }
  }
  return split
}
