import ElementaryFunctions

/// What nomograms of all models share: scales of points for the parts of a linear predictor, and for their sum.
struct NomogramScaling {
  let scales: [Nomogram.Scale]
  /// Round numbers from 0 to the largest total.
  let totalPoints: [Double]
  /// Linear predictor of one point.
  let perPoint: Double
  /// Linear predictor at no points.
  let ofZero: Double
  /// Round numbers of the linear predictor that cover those observed, in total points.
  let shown: [Nomogram.Mark]
  private let pointsPerUnit: Double
  private let ends: ClosedRange<Double>

  /// - Parameters: as of ``Nomogram/init(intercept:terms:observed:intervals:)``, with the linear predictor in place of the log-odds.
  init?(intercept: Double, terms: [Nomogram.Term], observed: ClosedRange<Double>, intervals: Int) {
    let readings = terms.map { Self.readings(of: $0, intervals: intervals) }
    let least = readings.map { $0.map(\.part).min() ?? 0 }
    let widest = zip(readings, least).map { ($0.map(\.part).max() ?? 0) - $1 }.max() ?? 0
    guard widest > 0, widest.isFinite else { return nil }
    let scale = 100 / widest
    scales = terms.indices.map { place in
      var pointsPerUnit: Double?
      var valueOfZero: Double?
      if case .number(let coefficient, _, _) = terms[place].values {
        pointsPerUnit = coefficient * scale
        valueOfZero = coefficient == 0 ? nil : least[place] / coefficient
      }
      return Nomogram.Scale(
        name: terms[place].name, isCategory: pointsPerUnit == nil,
        marks: readings[place].map { .init(text: $0.text, points: ($0.part - least[place]) * scale) },
        pointsPerUnit: pointsPerUnit, valueOfZero: valueOfZero)
    }
    let zero = intercept + least.reduce(0, +)
    let values = PrettyScale.values(from: observed.lowerBound, to: observed.upperBound, count: intervals)
    let most = max(100, scale * ((values.last ?? zero) - zero))
    let total = PrettyScale.values(from: 0, to: most, count: intervals)
    (totalPoints, perPoint, ofZero, pointsPerUnit) = (total, 1 / scale, zero, scale)
    let ends = zero...max(zero, zero + (total.last ?? most) / scale)
    self.ends = ends
    shown = Self.marks(values.map { ($0, $0) }, ends, scale)
  }

  /// Marks of values at their linear predictors, in total points, where the totals reach them.
  func marks(_ values: [(value: Double, predictor: Double)]) -> [Nomogram.Mark] {
    Self.marks(values, ends, pointsPerUnit)
  }

  private static func marks(
    _ values: [(value: Double, predictor: Double)], _ ends: ClosedRange<Double>, _ scale: Double
  ) -> [Nomogram.Mark] {
    values.filter { ends.contains($0.predictor) }
      .map { .init(text: text($0.value), points: ($0.predictor - ends.lowerBound) * scale) }
  }

  private static func readings(of term: Nomogram.Term, intervals: Int) -> [(text: String, part: Double)] {
    switch term.values {
    case .levels(let levels): levels.map { ($0.name, $0.logOdds) }
    case .number(let coefficient, let from, let to):
      PrettyScale.values(from: from, to: to, count: intervals).map { (text($0), $0 * coefficient) }
    }
  }

  /// In the fewest digits, whole numbers without a point.
  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }
}
