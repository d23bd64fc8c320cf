/// Harrell's C of two scores on the same rows, the first less the second, with the error of the difference by the infinitesimal
/// jackknife: the contrast of `concordance(y ~ first + second)` of R's survival.
///
/// Interval and test are by Student's t, with one degree of freedom less than subjects have the event. By the normal distribution the interval
/// covered 87 to 92 % where 18 patients had 9 events (Documentation/statistics-evidence.md).
public struct ConcordanceComparison: Equatable, Sendable {
  /// C of the first score less C of the second.
  public let difference: Double
  /// Of the difference; over subjects where clusters were given.
  public let standardError: Double
  /// `difference ± t · standardError`.
  public let interval: Interval
  /// Two-sided, by Student's t; 1 where both scores put the rows in one order.
  public let p: Double

  /// - Parameters:
  ///   - first: higher for earlier events; finite.
  ///   - second: the score whose C is taken away, of the same rows.
  ///   - survival: times and events of the rows.
  ///   - clusters: rows that belong together; `nil` where each is of another subject.
  /// - Returns: `nil` where no pair can be compared.
  public init?(
    _ first: [Double], minus second: [Double], _ survival: SurvivalTimes, clusters: Clusters? = nil,
    confidence: Double = 0.95
  ) {
    guard let one = Concordance.Jackknife(first, survival, clusters: clusters),
      let two = Concordance.Jackknife(second, survival, clusters: clusters)
    else { return nil }
    difference = one.estimate - two.estimate
    standardError = zip(one.terms, two.terms).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let events = survival.events.indices.filter { survival.events[$0] }
    let subjects = clusters.map { clusters in Set(events.map { clusters.ofRow[$0] }).count } ?? events.count
    let degrees = Double(max(1, subjects - 1))
    let width = StudentDistribution.quantile(0.5 + 0.5 * confidence, degrees: degrees) * standardError
    interval = Interval(lower: difference - width, upper: difference + width)
    p =
      standardError > 0
      ? StudentDistribution.twoSided(difference / standardError, degrees: degrees) : difference == 0 ? 1 : 0
  }
}
