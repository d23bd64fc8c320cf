/// How much better a model ranks patients whom nothing was fitted to than the same pipeline does after outcomes were exchanged.
///
/// The percentiles of the value less those of permutations are a permutation test (Ojala and Garriga 2010, JMLR 11:1833), told as an
/// interval. By themselves they are no interval of the difference: where selection keeps nothing of nearly all permutations, each ranks
/// by chance alone, and all percentiles are one number, however few the patients are. So the interval reaches as far as the model's own, too.
public struct PermutationDifference: Equatable, Sendable {
  /// The value less the mean of permutations.
  public let value: Double
  /// Mean over the permutations.
  public let mean: Double
  /// Holds the percentiles of the test and the model's own interval less the mean.
  public let interval: Interval
  /// Permutations that could be fitted.
  public let permutations: Int

  /// - Parameters:
  ///   - value: AUC or C of the model.
  ///   - own: its interval on these patients; `nil` where there is none.
  ///   - permuted: of each permutation; `nil` where it could not be fitted.
  /// - Returns: `nil` with fewer than ten permutations that could be fitted.
  public init?(_ value: Double, _ own: Interval?, over permuted: [Double?]) {
    let found = permuted.compactMap(\.self)
    guard found.count >= 10, let test = Interval(percentilesOf: found.map { value - $0 }) else { return nil }
    let mean = found.reduce(0, +) / Double(found.count)
    (self.value, self.mean, permutations) = (value - mean, mean, found.count)
    interval = Interval(
      lower: min(test.lower, own.map { $0.lower - mean } ?? test.lower),
      upper: max(test.upper, own.map { $0.upper - mean } ?? test.upper))
  }
}
