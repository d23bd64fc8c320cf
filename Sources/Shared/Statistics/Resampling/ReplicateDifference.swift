/// The difference of two pipelines' out-of-bag AUCs, paired by bootstrap replicate.
///
/// Both are fitted to the same draws and evaluated on the same subjects. The spread of the replicates is no interval: their
/// bags overlap. The interval is Nadeau and Bengio's (2003, doi:10.1023/A:1024068626366) corrected resampled t, as of
/// ``CrossValidatedArea``: the replicates' variance is multiplied by `1/J + n₂/n₁`, where a bag holds `1 - 1/e` of the subjects
/// and leaves out `1/e` (Efron and Tibshirani 1997, doi:10.1080/01621459.1997.10474007), so that `n₂/n₁ = 1/(e - 1)`.
/// All replicates are of the same subjects and add little to what is known of that variance: Student's t has five degrees of
/// freedom, as there.
public struct ReplicateDifference: Equatable, Sendable {
  /// Mean of the replicates' differences, first less second.
  public let value: Double
  /// Of 95 %, or the confidence asked for.
  public let interval: Interval
  /// Replicates in which both are defined.
  public let replicates: Int
  /// Means of both over these replicates.
  public let means: (first: Double, second: Double)

  static let outsideToBag = 1 / (2.718281828459045 - 1)
  static let degrees = 5.0

  public static func == (first: Self, second: Self) -> Bool {
    (first.value, first.interval, first.replicates) == (second.value, second.interval, second.replicates)
      && first.means == second.means
  }

  /// - Parameters:
  ///   - first: AUC of each replicate; `nil` where it is undefined.
  ///   - second: of the same replicates.
  /// - Returns: `nil` with fewer than ten replicates in which both are defined.
  public init?(_ first: [Double?], minus second: [Double?], confidence: Double = 0.95) {
    precondition(first.count == second.count, "the same replicates")
    let pairs = zip(first, second).compactMap { one, other in one.flatMap { one in other.map { (one, $0) } } }
    let differences = pairs.map { $0 - $1 }
    guard differences.count >= 10, let value = mean(differences), let one = mean(pairs.map(\.0)),
      let other = mean(pairs.map(\.1))
    else { return nil }
    let squares = differences.map { ($0 - value) * ($0 - value) }
    let variance = squares.reduce(0, +) / Double(differences.count - 1)
    let error = (variance * (1 / Double(differences.count) + Self.outsideToBag)).squareRoot()
    let half = StudentDistribution.quantile(0.5 + 0.5 * confidence, degrees: Self.degrees) * error
    (self.value, replicates, means) = (value, differences.count, (one, other))
    interval = Interval(lower: value - half, upper: value + half)
  }
}
