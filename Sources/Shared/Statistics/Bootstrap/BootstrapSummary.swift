/// What the replicates of the whole-pipeline bootstrap say about one model.
///
/// .632 and .632+ (Efron 1983, doi:10.1080/01621459.1983.10477973; Efron and Tibshirani 1997,
/// doi:10.1080/01621459.1997.10474007), optimism (Harrell 2015, doi:10.1007/978-3-319-19425-7), the shifted interval
/// (Noma et al. 2021, arXiv:2005.01457), stability (Nogueira, Sechidis and Brown 2018, JMLR 18(174)).
public struct BootstrapSummary: Equatable, Sendable, Codable {
  /// Estimates of one measure of performance on new subjects.
  public struct Estimates: Equatable, Sendable, Codable {
    /// On the rows that the final model was fitted to.
    public let apparent: Double
    /// Mean on the resamples, and on the full training part, of the models fitted to the resamples.
    public let bag: Double
    /// Mean on the full training part.
    public let training: Double
    /// Mean on subjects not drawn.
    public let outOfBag: Double
    /// Apparent less optimism, `apparent - (bag - training)` (Harrell); too good by far where features outnumber rows.
    public let optimismCorrected: Double
    /// `0.368 apparent + 0.632 left out` (Efron 1983).
    public let point632: Double
    /// The .632+ estimate (Efron and Tibshirani 1997).
    public let point632Plus: Double
    /// Its weight of what was left out, and the relative overfitting that the weight follows from.
    public let weight: Double
    /// 0 where new subjects are predicted as well as those fitted to, 1 where no better than without
    /// information.
    public let relativeOverfitting: Double
    /// Value without information: 0.5 for the AUC, the mean over all pairs of prediction and outcome for errors.
    public let noInformation: Double
  }

  /// The model's.
  public let name: String
  /// Number of replicates, those that could not be used included.
  public let replicates: Int
  /// Replicates whose subjects not drawn lack an outcome: no AUC, and not in its means.
  public let undefined: Int
  /// Why, in the order of `UndefinedReason`, without those that did not occur.
  public let undefinedReasons: [UndefinedCount]
  /// Replicates that selected nothing: their AUC is 0.5, and counts.
  public let empty: Int
  /// Replicates whose unpenalised coefficients were separated.
  public let separated: Int
  /// `nil` when every replicate is undefined.
  public let auc: Estimates?
  /// Of the Brier score; `nil` where every replicate is undefined.
  public let brier: Estimates?
  /// Of the share of rows on the wrong side of probability 0.5; `nil` where every replicate is undefined.
  public let error: Estimates?
  /// Mean calibration slope on the training part of the models fitted to resamples.
  public let calibrationSlope: Double?
  /// Percentiles of the out-of-bag AUC.
  public let outOfBagInterval: Interval?
  /// Percentiles of the bag's AUC less mean optimism (Noma et al. 2021, one stage).
  public let shiftedInterval: Interval?
  /// How often each feature was chosen; features never chosen are left out.
  public let selected: [SelectedFeature]
  /// Stability of selection (Nogueira, Sechidis and Brown 2018): 1 when always the same, 0 as by chance.
  public let stability: Double?
  /// More features than training rows: the optimism-corrected estimate is not to be trusted.
  public let hasMoreFeaturesThanRows: Bool

  /// Why a replicate has no out-of-bag AUC.
  public enum UndefinedReason: String, Sendable, Codable, CaseIterable {
    /// Every subject was drawn.
    case nobodyOutOfBag
    /// The subjects not drawn have one outcome only.
    case oneClassOutOfBag
    /// The resample had one outcome only, or too few subjects or too much collinearity for the plan.
    case notFitted
  }

  /// A reason and how many replicates it holds for.
  public struct UndefinedCount: Equatable, Sendable, Codable {
    /// Why there is no value.
    public let reason: UndefinedReason
    /// Number of replicates, above 0.
    public let count: Int
  }

  /// A feature and how many replicates chose it.
  public struct SelectedFeature: Equatable, Sendable, Codable {
    /// Index into the table's features.
    public let feature: Int
    /// Number of replicates, above 0.
    public let count: Int
  }
}

extension BootstrapSummary {
  /// Sums up the replicates for one of their models.
  /// - Parameters:
  ///   - replicates: in order of number, without gaps or repeats from the first on.
  ///   - index: the model's place among the plans.
  ///   - final: the model fitted to the whole training part.
  ///   - table: the cohort that the replicates were drawn from.
  ///   - training: the rows that they were drawn from.
  ///   - candidates: number of features that the plan could choose from.
  /// - Throws: `incompleteReplicates` where numbers are missing or out of order.
  public init(
    of replicates: [BootstrapReplicate], model index: Int, final: FittedModel, table: CohortTable,
    training: [Int],
    candidates: Int
  ) throws(StatisticsError) {
    for (place, replicate) in replicates.enumerated() where replicate.number != replicates[0].number + place {
      throw StatisticsError(
        .incompleteReplicates,
        "bootstrap summary: replicate \(replicate.number) at place \(place); expected "
          + "\(replicates[0].number + place). Give all replicates, each once, in order")
    }
    let all = replicates.map { $0.models[index] }
    let models = all.filter { $0.failure == nil }
    let rows = training.sorted()
    let positives = rows.map { table.positives[$0] }
    let probabilities = final.probabilities(of: table, rows: rows)
    let apparent = Performance(probabilities, positives: positives, cutoff: final.cutoff)
    let leftOut = LeaveOneOutErrors(models, table: table)
    let defined = models.filter { $0.outOfBag?.auc != nil }

    name = final.name
    self.replicates = all.count
    undefined = all.count - defined.count
    undefinedReasons = Self.undefinedReasons(all)
    empty = models.count { $0.features.isEmpty }
    separated = models.count { model in
      model.warnings.contains { if case .separation = $0 { true } else { false } }
    }
    auc = Estimates(aucOf: defined, apparent: apparent.auc)
    brier = Estimates(
      errorOf: models, measure: \.brier, apparent: apparent.brier, leftOut: leftOut?.brier,
      noInformation: NoInformation.brier(probabilities, positives: positives))
    error = Estimates(
      errorOf: models, measure: \.error, apparent: apparent.error, leftOut: leftOut?.error,
      noInformation: NoInformation.error(probabilities, positives: positives))
    calibrationSlope = mean(models.compactMap { $0.training.calibration?.slope })
    outOfBagInterval = Interval(percentilesOf: defined.compactMap { $0.outOfBag?.auc })
    let optimism = auc.map { $0.bag - $0.training }
    shiftedInterval = optimism.flatMap { shift in
      Interval(percentilesOf: defined.compactMap { $0.bag.auc.map { $0 - shift } })
    }
    selected = Self.counts(models)
    stability = Self.stability(models, candidates: candidates)
    hasMoreFeaturesThanRows = candidates > rows.count
  }

  private static func undefinedReasons(_ models: [BootstrapReplicate.ModelReplicate]) -> [UndefinedCount] {
    let reasons = models.compactMap { model -> UndefinedReason? in
      if model.failure != nil { return .notFitted }
      guard let outOfBag = model.outOfBag else { return .nobodyOutOfBag }
      return outOfBag.auc == nil ? .oneClassOutOfBag : nil
    }
    return UndefinedReason.allCases.compactMap { reason in
      let count = reasons.count { $0 == reason }
      return count > 0 ? UndefinedCount(reason: reason, count: count) : nil
    }
  }

  private static func counts(_ models: [BootstrapReplicate.ModelReplicate]) -> [SelectedFeature] {
    var counts: [Int: Int] = [:]
    for feature in models.flatMap(\.features) { counts[feature, default: 0] += 1 }
    return counts.keys.sorted().map { SelectedFeature(feature: $0, count: counts[$0, default: 0]) }
  }

  /// `1 - (1/p Σ s²) / (k̄/p (1 - k̄/p))` with the unbiased variance `s²` of each feature's selection; `nil` with fewer
  /// than two replicates, or where always nothing or always everything is chosen.
  private static func stability(_ models: [BootstrapReplicate.ModelReplicate], candidates: Int) -> Double? {
    let (m, p) = (Double(models.count), Double(candidates))
    guard models.count > 1, candidates > 0 else { return nil }
    let share = Double(models.reduce(0) { $0 + $1.features.count }) / m / p
    guard share > 0, share < 1 else { return nil }
    let variances = counts(models).reduce(0.0) { total, feature in
      let frequency = Double(feature.count) / m
      return total + m / (m - 1) * frequency * (1 - frequency)
    }
    return 1 - variances / p / (share * (1 - share))
  }
}
