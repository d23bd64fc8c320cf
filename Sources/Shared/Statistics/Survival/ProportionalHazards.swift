import LinearAlgebra

/// Whether hazard ratios stay the same over time (Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515): score tests
/// of each column's product with a function of time, as `cox.zph` of R's survival since its version 3.
public struct ProportionalHazards: Equatable, Sendable, Codable {
  /// The function of time.
  public enum Transform: String, Sendable, Codable, CaseIterable {
    /// One less the Kaplan-Meier curve just before the event; the default of `cox.zph`.
    case kaplanMeier = "km"
    /// Time itself.
    case identity
  }

  /// A test of one column, or of all.
  public struct Test: Equatable, Sendable, Codable {
    /// χ² with `degrees`.
    public let statistic: Double
    /// Degrees of freedom.
    public let degrees: Int
    /// Upper tail of χ²; small where the hazard ratio changes over time.
    public let p: Double
  }

  /// Of each column; `nil` where its test has no solution.
  public let columns: [Test?]
  /// Of all columns together.
  public let global: Test?

  /// Tests a fit to the rows that it was fitted to.
  /// - Parameters:
  ///   - fit: without a penalty.
  ///   - features: as they were fitted.
  ///   - survival: as it was fitted.
  ///   - strata: as they were fitted.
  ///   - transform: the function of time.
  public init(
    _ fit: CoxRegression, features: Matrix, survival: SurvivalTimes, strata: [Int]? = nil,
    transform: Transform = .kaplanMeier
  ) {
    let size = features.columns
    precondition(fit.coefficients.count == size && survival.count == features.rows)
    let centered = Matrix(
      columns: (0..<size).map { column in features.column(column).map { $0 - fit.means[column] } },
      rows: features.rows)
    let likelihood = CoxLikelihood(design: centered, survival: survival, strata: strata, ties: fit.ties)
    let curve = KaplanMeier(survival)
    var score = [Double](repeating: 0, count: 2 * size)
    var information = Matrix(rows: 2 * size, columns: 2 * size)
    // The tests do not depend on where the function is 0; near its middle rounding is least.
    let middle =
      transform == .identity
      ? survival.times.reduce(0, +) / Double(max(1, survival.count))
      : 0.5 * (1 - (curve.points.last?.survival ?? 0))
    likelihood.forEachTime(at: fit.linearPredictor(of: features)) { term in
      let value = transform == .identity ? term.time : 1 - curve.survival(before: term.time)
      let g = value - middle
      for i in 0..<size {
        score[size + i] += g * term.score[i]
        for j in 0..<size {
          let v = i >= j ? term.information[i, j] : term.information[j, i]
          information[i, j] += v
          information[size + i, j] += g * v
          information[i, size + j] += g * v
          information[size + i, size + j] += g * g * v
        }
      }
    }
    columns = (0..<size).map { Self.test([size + $0], score: score, information: information) }
    global = Self.test(Array(size..<2 * size), score: score, information: information)
  }

  private static func test(_ tested: [Int], score: [Double], information: Matrix) -> Test? {
    let chosen = Array(0..<score.count / 2) + tested
    guard !tested.isEmpty,
      let factor = Cholesky(information.selecting(rows: chosen, columns: chosen), tolerance: 1e-13)
    else { return nil }
    let slope = chosen.map { tested.contains($0) ? score[$0] : 0 }
    let statistic = dot(slope, factor.solve(slope))
    return Test(
      statistic: statistic, degrees: tested.count,
      p: ChiSquaredDistribution.upperTail(statistic, degrees: Double(tested.count)))
  }
}
