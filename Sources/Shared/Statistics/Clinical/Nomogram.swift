import ElementaryFunctions

/// A logistic model as scales to read: points of each predictor, their total, the probability (Harrell 2015,
/// doi:10.1007/978-3-319-19425-7, 5.1): the scaling of `nomogram` of R's rms.
///
/// The predictor whose values reach over the widest range of log-odds has 0 to 100 points; all others are on its scale, with 0
/// at the value of the least risk.
public struct Nomogram: Equatable, Sendable, Codable {
  /// A predictor as a scale needs it.
  public struct Term: Equatable, Sendable {
    /// Values with their part of the log-odds.
    public enum Values: Equatable, Sendable {
      /// Log-odds of one unit, and the range to show.
      case number(coefficient: Double, from: Double, to: Double)
      /// Levels with their log-odds against the reference, which has 0.
      case levels([(name: String, logOdds: Double)])

      /// Equal names and numbers.
      public static func == (first: Self, second: Self) -> Bool {
        switch (first, second) {
        case (.number(let a, let b, let c), .number(let d, let e, let f)): (a, b, c) == (d, e, f)
        case (.levels(let a), .levels(let b)):
          a.map(\.name) == b.map(\.name) && a.map(\.logOdds) == b.map(\.logOdds)
        default: false
        }
      }
    }

    /// As the scale is called.
    public let name: String
    /// What is read from.
    public let values: Values

    /// A predictor.
    public init(name: String, values: Values) {
      self.name = name
      self.values = values
    }
  }

  /// A mark of a scale.
  public struct Mark: Equatable, Sendable, Codable {
    /// What is written beside it.
    public let text: String
    /// Where it lies, in points.
    public let points: Double
  }

  /// One predictor's scale.
  public struct Scale: Equatable, Sendable, Codable {
    /// The predictor's name.
    public let name: String
    /// Whether its marks are levels of a category.
    public let isCategory: Bool
    /// In ascending order of values, or in the order of the levels.
    public let marks: [Mark]
    /// Points of one unit; `nil` for categories.
    public let pointsPerUnit: Double?
    /// The value with 0 points; `nil` for categories.
    public let valueOfZero: Double?

    private enum CodingKeys: String, CodingKey {
      case name, marks
      case isCategory = "is_category"
      case pointsPerUnit = "points_per_unit"
      case valueOfZero = "value_of_zero"
    }
  }

  /// In the order of the terms.
  public let scales: [Scale]
  /// Round numbers from 0 to the largest total.
  public let totalPoints: [Double]
  /// Marks of the log-odds, in total points.
  public let logOdds: [Mark]
  /// Marks of the probability, in total points.
  public let probabilities: [Mark]
  /// Log-odds of one point.
  public let logOddsPerPoint: Double
  /// Log-odds at no points.
  public let logOddsOfZero: Double

  private enum CodingKeys: String, CodingKey {
    case scales, probabilities
    case totalPoints = "total_points"
    case logOdds = "log_odds"
    case logOddsPerPoint = "log_odds_per_point"
    case logOddsOfZero = "log_odds_of_zero"
  }

  /// The probability of a total.
  public func probability(ofTotal points: Double) -> Double {
    logistic(logOddsOfZero + logOddsPerPoint * points)
  }

  /// Probabilities that a scale marks where it reaches them.
  public static let markedProbabilities = [
    0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99,
  ]

  /// - Parameters:
  ///   - intercept: log-odds where all numbers are 0 and all categories at their references.
  ///   - terms: with finite numbers.
  ///   - observed: the smallest and the largest log-odds of the cases that the model was fitted to, which the totals cover.
  ///   - intervals: about how many a scale has.
  /// - Returns: `nil` where no predictor changes the log-odds.
  public init?(intercept: Double, terms: [Term], observed: ClosedRange<Double>, intervals: Int = 10) {
    guard
      let scaling = NomogramScaling(
        intercept: intercept, terms: terms, observed: observed, intervals: intervals)
    else { return nil }
    (scales, totalPoints) = (scaling.scales, scaling.totalPoints)
    (logOddsPerPoint, logOddsOfZero) = (scaling.perPoint, scaling.ofZero)
    logOdds = scaling.shown
    probabilities = scaling.marks(Self.markedProbabilities.map { ($0, logit($0)) })
  }
}
