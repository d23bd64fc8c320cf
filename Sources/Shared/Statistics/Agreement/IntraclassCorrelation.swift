import LinearAlgebra

/// Agreement of raters who all measured the same subjects (Shrout and Fleiss 1979,
/// doi:10.1037/0033-2909.86.2.420), single measurements: `ICC` of R's psych.
public struct IntraclassCorrelation: Equatable, Sendable, Codable {
  /// What counts as agreement.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// ICC(1,1): whatever differs between the measurements of a subject is disagreement; measurements have no order.
    case oneWay = "one-way"
    /// ICC(2,1): raters are a random sample, and their mean differences count as disagreement.
    case agreement
    /// ICC(3,1): these raters only, whose mean differences do not count.
    case consistency
  }

  /// Which coefficient this is.
  public let kind: Kind
  /// The coefficient, at most 1; below 0 where subjects differ less than chance would have it.
  public let value: Double
  /// Its confidence interval, from F quantiles.
  public let interval: Interval
  /// F test of no difference between subjects.
  public let statistic: Double
  /// p-value of that test.
  public let p: Double

  /// The coefficient with its test and interval.
  /// - Parameters:
  ///   - ratings: subjects by raters.
  ///   - kind: which coefficient.
  ///   - confidence: of the interval, between 0 and 1.
  /// - Returns: `nil` with fewer than two subjects or raters, values that are not finite, or subjects all
  ///   alike.
  public init?(_ ratings: Matrix, kind: Kind, confidence: Double = 0.95) {
    guard let squares = MeanSquares(of: ratings) else { return nil }
    let (n, k) = (Double(ratings.rows), Double(ratings.columns))
    self.kind = kind
    let (error, degrees) =
      kind == .oneWay ? (squares.within, n * (k - 1)) : (squares.error, (n - 1) * (k - 1))
    statistic = squares.subjects / error
    p = error > 0 ? FisherDistribution.upperTail(statistic, d1: n - 1, d2: degrees) : 0
    value = squares.correlation(kind)
    switch kind {
    case .agreement: interval = squares.agreementInterval(value, tail: 0.5 * (1 - confidence))
    case .oneWay, .consistency:
      interval = squares.interval(against: error, degrees: degrees, tail: 0.5 * (1 - confidence))
    }
  }

  /// The coefficient alone, without the quantiles that its interval needs.
  public static func estimate(_ ratings: Matrix, kind: Kind) -> Double? {
    MeanSquares(of: ratings)?.correlation(kind)
  }
}

/// The two-way analysis of variance of subjects by raters.
private struct MeanSquares {
  let n: Double
  let k: Double
  let subjects: Double
  let raters: Double
  let error: Double

  /// - Returns: `nil` where no coefficient is defined.
  init?(of ratings: Matrix) {
    guard ratings.rows > 1, ratings.columns > 1, ratings.values.allSatisfy(\.isFinite) else { return nil }
    (n, k) = (Double(ratings.rows), Double(ratings.columns))
    let all = Moments(ratings.values)
    let bySubject = (0..<ratings.rows).map { row in
      (0..<ratings.columns).reduce(0.0) { $0 + ratings[row, $1] } / Double(ratings.columns)
    }
    let byRater = (0..<ratings.columns).map { mean(ratings.column($0).span) }
    var remaining = 0.0
    for row in 0..<ratings.rows {
      for column in 0..<ratings.columns {
        let rest = ratings[row, column] - bySubject[row] - byRater[column] + all.mean
        remaining += rest * rest
      }
    }
    subjects = k * sumOfSquares(bySubject.span, around: all.mean) / (n - 1)
    raters = n * sumOfSquares(byRater.span, around: all.mean) / (k - 1)
    error = remaining / ((n - 1) * (k - 1))
    guard subjects > 0 else { return nil }
  }

  /// Mean square within subjects, of the one-way analysis.
  var within: Double { (raters + (n - 1) * error) / n }

  func correlation(_ kind: IntraclassCorrelation.Kind) -> Double {
    switch kind {
    case .oneWay: (subjects - within) / (subjects + (k - 1) * within)
    case .agreement: (subjects - error) / (subjects + (k - 1) * error + k * (raters - error) / n)
    case .consistency: (subjects - error) / (subjects + (k - 1) * error)
    }
  }

  /// Satterthwaite's degrees of freedom for the raters' and the error's mean squares together.
  func agreementInterval(_ icc: Double, tail: Double) -> Interval {
    guard error > 0 || raters > 0 else { return Interval(lower: 1, upper: 1) }
    // Both sides of Shrout and Fleiss's ratio times the squared error mean square, so that it may vanish.
    let a = k * icc * raters
    let b = (n * (1 + (k - 1) * icc) - k * icc) * error
    let numerator = (k - 1) * (n - 1) * (a + b) * (a + b)
    let degrees = numerator / ((n - 1) * a * a + b * b)
    let upper = FisherDistribution.quantile(1 - tail, d1: n - 1, d2: degrees)
    let lower = FisherDistribution.quantile(1 - tail, d1: degrees, d2: n - 1)
    let within = k * raters + (k * n - k - n) * error
    return Interval(
      lower: n * (subjects - upper * error) / (upper * within + n * subjects),
      upper: n * (lower * subjects - error) / (within + n * lower * subjects))
  }

  /// Of a ratio of the subjects' mean square to another.
  func interval(against error: Double, degrees d2: Double, tail: Double) -> Interval {
    guard error > 0 else { return Interval(lower: 1, upper: 1) }
    let d1 = n - 1
    let ratio = subjects / error
    let lower = ratio / FisherDistribution.quantile(1 - tail, d1: d1, d2: d2)
    let upper = ratio * FisherDistribution.quantile(1 - tail, d1: d2, d2: d1)
    return Interval(lower: (lower - 1) / (lower + k - 1), upper: (upper - 1) / (upper + k - 1))
  }
}
