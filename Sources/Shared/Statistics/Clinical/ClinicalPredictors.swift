import LinearAlgebra

/// Clinical columns that a model uses beside its features, with what stands in for missing values.
public struct ClinicalPredictors: Equatable, Sendable, Codable {
  /// Columns of one clinical variable, which are missing together.
  public struct Group: Equatable, Sendable, Codable {
    /// Names among ``CohortTable/clinical``.
    public let columns: [String]
    /// Whether the columns are indicators of the levels of a category but its reference.
    public let isCategory: Bool

    /// Columns of one variable.
    public init(columns: [String], isCategory: Bool) {
      self.columns = columns
      self.isCategory = isCategory
    }
  }

  /// One for each variable. A missing number takes the median of the training rows, a missing category their most
  /// frequent level, both found anew in every fold and replicate.
  public var groups: [Group]
  /// Whether the columns are in the model whatever selection says; otherwise the steps choose among them as among features.
  public var areForced: Bool

  /// The columns of some variables.
  public init(groups: [Group], areForced: Bool = true) {
    self.groups = groups
    self.areForced = areForced
  }
}

/// Scores of other models as predictors: a model of models (stacking; Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1).
public struct ModelScores: Equatable, Sendable, Codable {
  /// The models below, which have no scores themselves.
  public var plans: [ModelPlan]
  /// So many folds of unique training subjects: a subject's score is that of models that were fitted without it, so that
  /// the model above does not see how well those below fit their own subjects.
  public var folds: Int

  /// Scores of some models.
  public init(plans: [ModelPlan], folds: Int = 10) {
    self.plans = plans
    self.folds = folds
  }

  /// What a model's score is called among predictors.
  public static func columnName(of model: String) -> String { "\(model) score" }
}

/// Columns that a plan adds to a table's features, for one fit.
struct AddedColumns {
  /// The table with the columns behind its features: all clinical ones, then the scores.
  let table: CohortTable
  /// Places of clinical columns that selection chooses among.
  let selectable: [Int]
  /// Places of those that are in the model whatever selection says.
  let forced: [Int]
  /// What stands in for a missing value, by place.
  let fills: [Int: Double]
  /// Features of the table itself, which the plan's choice of features is for.
  let featureCount: Int

  /// - Parameter scores: one column for each model below the plan's, in their order.
  init(_ table: CohortTable, rows: [Int], plan: ModelPlan, scores: [[Double]]) throws(StatisticsError) {
    featureCount = table.featureCount
    let names = (plan.scores?.plans ?? []).map { ModelScores.columnName(of: $0.name) }
    self.table = table.appending(
      table.clinical + zip(names, scores).map { CombatCovariate(name: $0, values: $1) })
    var (chosen, fills) = ([Int](), [Int: Double]())
    for group in plan.clinical?.groups ?? [] {
      let places = try group.columns.map { (name) throws(StatisticsError) in
        guard let place = table.clinical.firstIndex(where: { $0.name == name }) else {
          throw StatisticsError(
            .unknownFeature, "model \(plan.name): the table has no clinical column \(name); give it one")
        }
        return place
      }
      let values = places.map { place in rows.map { table.clinical[place].values[$0] } }
      for (place, fill) in zip(places, Self.fills(values, isCategory: group.isCategory)) {
        chosen.append(featureCount + place)
        fills[featureCount + place] = fill
      }
    }
    self.fills = fills
    let first = featureCount + table.clinical.count
    forced = (plan.clinical?.areForced == false ? [] : chosen) + scores.indices.map { first + $0 }
    selectable = plan.clinical?.areForced == false ? chosen : []
  }

  /// The median of a number, or the indicators of the most frequent level, the first among equals; NaN without values.
  private static func fills(_ columns: [[Double]], isCategory: Bool) -> [Double] {
    guard isCategory else {
      return columns.map { quantile(ofSorted: $0.filter(\.isFinite).sorted(), 0.5) }
    }
    let known = (columns.first ?? []).indices.filter { row in columns.allSatisfy { $0[row].isFinite } }
    guard !known.isEmpty else { return columns.map { _ in .nan } }
    let counts = columns.map { column in known.count { column[$0] == 1 } }
    let reference = known.count - counts.reduce(0, +)
    let most = max(reference, counts.max() ?? 0)
    let mode = reference == most ? nil : counts.firstIndex(of: most)
    return columns.indices.map { $0 == mode ? 1 : 0 }
  }
}

/// Models below a combined model, and what they say of the rows that it is fitted to.
struct CrossFittedScores {
  /// Fitted to all the rows, for new cases.
  let models: [FittedModel]
  /// One column a model, for the rows of the table; NaN for rows that were not drawn.
  let columns: [[Double]]

  /// - Throws: what `fitModel` throws; `tooFewSubjects` where the rarer outcome has a single subject.
  init(_ scores: ModelScores, table: CohortTable, rows: [Int], address: RandomAddress) throws(StatisticsError)
  {
    let unique = Set(rows).sorted()
    guard let folds = Folds.stratified(count: scores.folds, of: unique, in: table, address: address) else {
      throw StatisticsError(
        .tooFewSubjects,
        "combined model: the rarer outcome has fewer than two training subjects, so that no score can be cross-fitted"
      )
    }
    let foldOfRow = Dictionary(uniqueKeysWithValues: zip(unique, folds))
    models = try scores.plans.map { (plan) throws(StatisticsError) in
      try fitModel(table, rows: rows, plan: plan, address: address)
    }
    columns = try zip(scores.plans, models).map { (pair) throws(StatisticsError) in
      // What is the same for every new case must be so for those fitted to.
      guard !pair.1.isEmpty else { return table.column(of: unique) { _ in pair.1.intercept } }
      return try foldOfRow.column(of: table, drawn: rows) { (outside, inside) throws(StatisticsError) in
        try fitModel(table, rows: outside, plan: pair.0, address: address.ofFolds)
          .linearPredictor(of: table, rows: inside)
      }
    }
  }
}

extension CohortTable {
  /// A column with a value for some rows, NaN for the others.
  func column(of rows: [Int], _ value: (Int) -> Double) -> [Double] {
    var column = [Double](repeating: .nan, count: rowCount)
    for row in rows { column[row] = value(row) }
    return column
  }
}

/// The fold of each row that was drawn, from 0.
extension [Int: Int] {
  /// A column of a table that is cross-fitted: each row is predicted by a fit to the rows drawn that are of other folds.
  /// - Parameter predict: is given the rows to fit to, drawn several times where they were, and those to predict.
  func column(
    of table: CohortTable, drawn: [Int],
    _ predict: (_ outside: [Int], _ inside: [Int]) throws(StatisticsError) -> [Double]
  ) throws(StatisticsError) -> [Double] {
    var column = [Double](repeating: .nan, count: table.rowCount)
    for fold in Set(values).sorted() {
      let inside = keys.filter { self[$0] == fold }.sorted()
      let predicted = try predict(drawn.filter { self[$0] != fold }, inside)
      for (row, value) in zip(inside, predicted) { column[row] = value }
    }
    return column
  }
}

extension RandomAddress {
  /// Of fits to a part of the rows, which are never the final fit: that refuses sites that folds may have too few of.
  var ofFolds: RandomAddress {
    isFinalFit ? RandomAddress(seed: seed, replicate: replicate - 1) : self
  }
}

extension FittedModel {
  /// Values of the predictor at a place, as it is measured: of a feature, of a clinical column, or a model's score.
  package func predictorValues(at place: Int, of table: CohortTable, rows: [Int]) -> [Double] {
    let name = featureNames[place]
    let score = scores?.first { ModelScores.columnName(of: $0.name) == name }
    return table.predictorValues(features[place], named: name, rows: rows) {
      score?.linearPredictor(of: table, rows: rows)
    }
  }
}

extension CohortTable {
  /// Values of a model's predictor, as it is measured.
  /// - Parameters:
  ///   - index: of a feature; any behind them for a score or a clinical column, which are found by their name.
  ///   - score: of the rows, where the predictor is a score.
  func predictorValues(_ index: Int, named name: String, rows: [Int], orScore score: () -> [Double]?)
    -> [Double]
  {
    if index < featureCount {
      let start = index * rowCount
      return rows.map { features.values[start + $0] }
    }
    if let score = score() { return score }
    guard let column = clinical.first(where: { $0.name == name }) else { return rows.map { _ in .nan } }
    return rows.map { column.values[$0] }
  }
}

extension CohortTable {
  /// Name of a predictor of a plan's models by its index: a feature's, a clinical column's or a score's.
  package func columnName(_ index: Int, of plan: ModelPlan) -> String {
    if index < featureCount { return featureNames[index] }
    let place = index - featureCount
    if place < clinical.count { return clinical[place].name }
    let scores = plan.scores?.plans ?? []
    let score = place - clinical.count
    return score < scores.count ? ModelScores.columnName(of: scores[score].name) : ""
  }

  /// Number of predictors that a plan's models can have.
  package func candidateCount(of plan: ModelPlan) -> Int {
    featureNames.count { plan.features.includes($0) }
      + (plan.clinical?.groups ?? []).reduce(0) { $0 + $1.columns.count } + (plan.scores?.plans.count ?? 0)
  }
}
