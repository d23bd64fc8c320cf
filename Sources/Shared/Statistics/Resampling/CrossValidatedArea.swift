import ElementaryFunctions
import LinearAlgebra

/// The AUC of a whole pipeline by repeated cross-validation: selection, harmonisation, fit and penalties are repeated without each fold,
/// and the fold's cases are ranked among themselves.
///
/// The interval is Nadeau and Bengio's (2003, doi:10.1023/A:1024068626366) corrected resampled t: the variance of the folds' AUCs is
/// multiplied by `1/J + n₂/n₁`, with `J` folds over all repeats, because training parts overlap and the folds are not independent.
/// Repeats of the same subjects add little to what is known of that variance: Student's t has `k` degrees of freedom for `k` folds, not
/// `J - 1`, with which, and with `2 k`, intervals covered about 92 % with and without signal.
public struct CrossValidatedArea: Equatable, Sendable, Codable {
  /// The plan's.
  public let name: String
  /// The AUC of each fold, folds of a repeat side by side; `nil` where a fold lacks an outcome, or its model could not be fitted.
  public let folds: [Double?]
  /// In a repeat; fewer than asked for where an outcome has fewer subjects.
  public let count: Int
  public let repeats: Int
  /// Folds whose model has no feature; their AUC is 0.5.
  public let empty: Int
  /// Rows and, of them, cases.
  public let rows: Int
  public let cases: Int

  /// Fits `folds * repeats` models.
  /// - Parameters:
  ///   - table: the cohort.
  ///   - training: rows of the table; subjects stay together, folds are balanced over outcomes.
  ///   - plan: the model that each fold fits, selection included.
  ///   - seed: the study's. Folds and fits have addresses that no replicate has.
  ///   - count: folds in a repeat, 2 to 1,000.
  ///   - repeats: 1 to 10,000.
  ///   - visit: is told of each model that was fitted, with the rows fitted to, those left out, and its address; `nil` for a fold
  ///     without a model.
  /// - Returns: `nil` where the rarer outcome has fewer than two subjects.
  /// - Throws: what `fitModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public init?(
    _ table: CohortTable, training: [Int], plan: ModelPlan, seed: UInt64, folds count: Int = 5,
    repeats: Int = 10,
    visit: (_ fold: (model: FittedModel, fitted: [Int], left: [Int], address: RandomAddress)?) -> Void = {
      _ in
    }
  ) throws(StatisticsError) {
    precondition(1...10_000 ~= repeats && 2...1_000 ~= count, "numbers of folds and repeats")
    var (areas, empty, used): ([Double?], Int, Int) = ([], 0, 0)
    for turn in 0..<repeats {
      let address = RandomAddress(seed: seed, replicate: Self.firstFolds + turn)
      guard let fold = Folds.stratified(count: count, of: training, in: table, address: address) else {
        return nil
      }
      used = (fold.max() ?? 0) + 1
      for index in 0..<used {
        let fitted = training.indices.filter { fold[$0] != index }.map { training[$0] }
        let left = training.indices.filter { fold[$0] == index }.map { training[$0] }
        let place = RandomAddress(seed: seed, replicate: Self.firstFit + turn * 1_000 + index)
        do throws(StatisticsError) {
          let model = try fitModel(table, rows: fitted, plan: plan, address: place)
          visit((model, fitted, left, place))
          if model.isEmpty { empty += 1 }
          areas.append(
            areaUnderCurve(
              model.probabilities(of: table, rows: left), positives: left.map { table.positives[$0] }))
        } catch {
          guard error.code.isPoverty else { throw error }
          visit(nil)
          areas.append(nil)
        }
      }
    }
    (name, folds, self.count, self.repeats, self.empty) = (plan.name, areas, used, repeats, empty)
    (rows, cases) = (training.count, training.count { table.positives[$0] })
  }

  /// Values of folds that were computed elsewhere.
  init(
    name: String, folds: [Double?], count: Int, repeats: Int, empty: Int, rows: Int, cases: Int
  ) {
    (self.name, self.folds, self.count, self.repeats) = (name, folds, count, repeats)
    (self.empty, self.rows, self.cases) = (empty, rows, cases)
  }

  /// Replicates are numbered below; the fit to the whole training part is the last number of all.
  static let (firstFolds, firstFit) = (0xE000_0000, 0xF000_0000)

  /// Mean of the folds' AUCs; `nil` where none is defined.
  public var value: Double? { mean(folds.compactMap(\.self)) }

  /// The corrected resampled t interval, cut to 0...1; `nil` with fewer than two folds that have an AUC.
  public func interval(confidence: Double = 0.95) -> Interval? {
    studentInterval(degrees: nil, confidence: confidence)
  }

  /// The same with other degrees of freedom, for comparison.
  package func studentInterval(degrees: Double?, confidence: Double = 0.95) -> Interval? {
    guard let error = Self.standardError(folds.compactMap(\.self), folds: count), let value else {
      return nil
    }
    let half =
      StudentDistribution.quantile(0.5 + 0.5 * confidence, degrees: degrees ?? error.degrees) * error.value
    return Interval(lower: max(0, value - half), upper: min(1, value + half))
  }

  /// Difference to another model over the same folds, first less second, with the interval and the two-sided p of the same t.
  public func difference(to other: CrossValidatedArea, confidence: Double = 0.95) -> (
    value: Double, interval: Interval, p: Double
  )? {
    precondition(folds.count == other.folds.count, "the same folds")
    let differences = zip(folds, other.folds).compactMap { first, second in
      first.flatMap { first in second.map { first - $0 } }
    }
    guard let value = mean(differences), let error = Self.standardError(differences, folds: count) else {
      return nil
    }
    let half = error.quantile(0.5 + 0.5 * confidence) * error.value
    let p = error.value > 0 ? error.twoSided(abs(value) / error.value) : value == 0 ? 1 : 0
    return (value, Interval(lower: value - half, upper: value + half), p)
  }

  private struct StandardError {
    let value: Double
    let degrees: Double

    func quantile(_ p: Double) -> Double { StudentDistribution.quantile(p, degrees: degrees) }
    func twoSided(_ t: Double) -> Double { StudentDistribution.twoSided(t, degrees: degrees) }
  }

  private static func standardError(_ values: [Double], folds: Int) -> StandardError? {
    guard values.count > 1, folds > 1, let middle = mean(values) else { return nil }
    let squares = values.map { ($0 - middle) * ($0 - middle) }
    let variance = squares.reduce(0, +) / Double(values.count - 1)
    let factor = 1 / Double(values.count) + 1 / Double(folds - 1)
    return StandardError(
      value: (variance * factor).squareRoot(), degrees: Double(min(values.count - 1, folds)))
  }
}
