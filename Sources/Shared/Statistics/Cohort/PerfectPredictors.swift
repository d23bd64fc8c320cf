import LinearAlgebra

/// Columns that tell the outcome better than what is measured before it tells it: the outcome under another name, with
/// noise, by its time, or by where values are missing. Kaufman et al. (2012), doi:10.1145/2382577.2382579, call it leakage.
///
/// A column is named where its AUC, in whichever direction, is at least ``leastAUC`` in the training rows and, in the same
/// direction, in the test rows; without test rows, in the training rows alone. By chance that happens to a column of a
/// table with probability below ``chance`` over all features and clinical columns (Mann and Whitney's test, Bonferroni's
/// bound), else nothing is said: five and five subjects part by chance.
public struct PerfectPredictor: Equatable, Sendable {
  /// From this AUC on, in training and in test, a predictor is called too good. Documentation/statistics-evidence.md
  /// counts how often honest columns reach it.
  public static let leastAUC = 0.99
  /// Largest probability, over all columns, that chance alone does it.
  public static let chance = 0.01

  /// What of the column tells the outcome.
  public enum Sign: String, Equatable, Sendable {
    /// Its values.
    case values
    /// Where they are missing.
    case missing
  }

  /// Index into the table's features and, after them, its clinical columns.
  public let feature: Int
  /// What tells.
  public let sign: Sign
  /// Of the training rows, 0.5 to 1.
  public let training: Double
  /// Of the test rows in the direction of the training rows; `nil` without test rows.
  public let test: Double?
}

extension PerfectPredictor {
  /// Whether scores are too good, and by how much.
  /// - Parameters:
  ///   - training, test: one score for each row of the parts; `test` is empty without a test part.
  ///   - columns: how many had the chance.
  /// - Returns: both AUCs in the direction of the training part; `nil` where they are plausible.
  package static func areas(
    training: ArraySlice<Double>, _ trainingOutcomes: [Bool], test: ArraySlice<Double>,
    _ testOutcomes: [Bool], columns: Int
  ) -> (training: Double, test: Double?)? {
    guard let raw = areaUnderCurve(Array(training), positives: trainingOutcomes) else { return nil }
    let first = max(raw, 1 - raw)
    guard first >= leastAUC else { return nil }
    var second: Double?
    if !test.isEmpty, let area = areaUnderCurve(Array(test), positives: testOutcomes) {
      second = raw < 0.5 ? 1 - area : area
    }
    if let second, second < leastAUC { return nil }
    guard
      let whole = MannWhitney(Array(training) + Array(test), positives: trainingOutcomes + testOutcomes),
      whole.p * Double(columns) < chance
    else { return nil }
    return (first, second)
  }
}

extension CohortTable {
  /// Columns that are too good to be measured before the outcome, see ``PerfectPredictor``.
  ///
  /// Undefined values are left out of a column's AUC; a column that is undefined in at least one row is also asked whether
  /// being undefined tells the outcome.
  public func perfectPredictors(in split: Split) -> [PerfectPredictor] {
    (0..<(featureCount + clinical.count)).flatMap { feature -> [PerfectPredictor] in
      let column =
        feature < featureCount ? features.column(feature) : clinical[feature - featureCount].values
      let training = split.training.filter { column[$0].isFinite }
      let test = split.test.filter { column[$0].isFinite }
      var found: [PerfectPredictor] = []
      if let areas = areas(training, test, scores: { column[$0] }) {
        found.append(
          PerfectPredictor(feature: feature, sign: .values, training: areas.training, test: areas.test))
      }
      if training.count + test.count < split.training.count + split.test.count,
        let areas = areas(split.training, split.test, scores: { column[$0].isFinite ? 0 : 1 })
      {
        found.append(
          PerfectPredictor(feature: feature, sign: .missing, training: areas.training, test: areas.test))
      }
      return found
    }
  }

  private func areas(_ training: [Int], _ test: [Int], scores: (Int) -> Double) -> (
    training: Double, test: Double?
  )? {
    PerfectPredictor.areas(
      training: training.map(scores)[...], training.map { positives[$0] }, test: test.map(scores)[...],
      test.map { positives[$0] }, columns: featureCount + clinical.count)
  }
}
