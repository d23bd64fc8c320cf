import ElementaryFunctions
import LinearAlgebra

/// A way to learn beside the penalised logistic model, for comparison: it is fitted to the same predictors of the same rows, and
/// is never the model.
///
/// The settings are published defaults, and nothing is tuned. Scores rank rows; they are no probabilities.
public enum Learner: String, Codable, Sendable, CaseIterable {
  /// C-SVC with a radial kernel, as e1071's `svm` has it: cost 1, γ one over the number of predictors, tolerance 0.001, shrinking, all
  /// outcomes with the same weight (Cortes and Vapnik 1995, doi:10.1007/BF00994018; Chang and Lin 2011,
  /// doi:10.1145/1961189.1961199).
  case supportVectorMachine = "svm"
  /// 500 trees, each of 63.2 % of the rows, grown until no split gains, with ⌊√p⌋ of p predictors tried at each split, as randomForest
  /// has it without replacement (Breiman 2001, doi:10.1023/A:1010933404324).
  case randomForest = "random-forest"
  /// 100 rounds with XGBoost's defaults: learning rate 0.3, depth 6, λ 1, least curvature of a leaf 1 (Chen and Guestrin 2016,
  /// doi:10.1145/2939672.2939785).
  case gradientBoosting = "gradient-boosting"

  /// As people read it.
  public var label: String {
    switch self {
    case .supportVectorMachine: "support vector machine"
    case .randomForest: "random forest"
    case .gradientBoosting: "gradient boosting"
    }
  }

  /// What fits it.
  public var library: LearnerLibrary { self == .supportVectorMachine ? .libsvm : .xgboost }

  /// Most rows that it is fitted to: memory for a support vector machine grows with their square.
  public static let mostRows = 3_000

  /// Fits to some rows, and scores others; a larger score speaks for a case.
  /// - Parameters:
  ///   - rows: predictors of the rows fitted to, one that counts twice standing there twice.
  ///   - positives: outcome of each of them.
  ///   - others: rows with the same predictors.
  ///   - address: what random numbers come from.
  /// - Returns: `nil` where there are more than `mostRows` rows, or where the library is not there or refuses the values. Without
  ///   predictors, or without both outcomes, every score is 0.
  public func scores(
    fittedTo rows: LearnerRows, positives: [Bool], of others: LearnerRows, address: RandomAddress
  ) -> [Double]? {
    precondition(rows.count == positives.count && rows.columns == others.columns, "the same predictors")
    guard rows.columns > 0, positives.contains(true), positives.contains(false) else {
      return [Double](repeating: 0, count: others.count)
    }
    guard rows.count <= Self.mostRows else { return nil }
    return switch self {
    case .supportVectorMachine: supportVectorScores(rows, positives, others)
    case .randomForest: forestScores(rows, positives, others, address)
    case .gradientBoosting: boostedScores(rows, positives, others, address)
    }
  }
}

/// Predictors of some rows, as a model sees them: z-scores of the rows that it was fitted to.
public struct LearnerRows: Equatable, Sendable {
  public let count: Int
  public let columns: Int
  /// Row by row.
  public let values: [Double]

  public init(count: Int, columns: Int, values: [Double]) {
    precondition(values.count == count * columns, "one value for each row and column")
    (self.count, self.columns, self.values) = (count, columns, values)
  }
}

extension FittedModel {
  /// The predictors of some rows as the model multiplies them: harmonised, filled in and standardised with what it learned.
  public func standardised(_ table: CohortTable, rows: [Int]) -> LearnerRows {
    var values = [Double](repeating: 0, count: rows.count * features.count)
    forEachScore(of: table, rows: rows) { row, place, score in values[row * features.count + place] = score }
    return LearnerRows(count: rows.count, columns: features.count, values: values)
  }

  /// Scores of a learner that is fitted to what the model was: the same predictors of the same rows.
  /// - Returns: `nil` where the learner cannot be fitted, see ``Learner``.
  public func scores(
    of learner: Learner, _ table: CohortTable, fittedTo rows: [Int],
    on evaluated: (table: CohortTable, rows: [Int]), address: RandomAddress
  ) -> [Double]? {
    learner.scores(
      fittedTo: standardised(table, rows: rows), positives: rows.map { table.positives[$0] },
      of: standardised(evaluated.table, rows: evaluated.rows), address: address)
  }
}
