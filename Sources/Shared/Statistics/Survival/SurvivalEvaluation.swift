/// What a survival model does on rows that it was not fitted to (or, for comparison, on those that it was): what a report
/// prints of one part of a cohort.
///
/// Gathers ``Concordance``, ``TimeDependentROC``, ``SurvivalCalibration``, ``IntegratedBrierScore``, ``KaplanMeier`` and
/// ``LogRankTest``, which name their sources.
public struct SurvivalEvaluation: Equatable, Sendable {
  /// At one of the times asked for.
  public struct Horizon: Equatable, Sendable {
    /// In the unit of the data.
    public let time: Double
    /// Who had the event by then against who had not; `nil` where one of them is missing.
    public let roc: TimeDependentROC?
    /// Percentiles of its area over resamples.
    public let areaInterval: Interval?
    /// Predicted against observed.
    public let calibration: SurvivalCalibration?
    /// Lower is better; `nil` where nobody is observed beyond the time.
    public let brier: Double?
    /// Percentiles of the Brier score over resamples.
    public let brierInterval: Interval?
  }

  /// Rows of one risk group.
  public struct RiskGroup: Equatable, Sendable {
    /// 0 for the lowest.
    public let number: Int
    /// Rows.
    public let count: Int
    /// Events.
    public let events: Int
    /// Its survival.
    public let curve: KaplanMeier
  }

  /// The model's name.
  public let model: String
  /// Number of rows.
  public let rows: Int
  /// How many of them have the event.
  public let events: Int
  /// Harrell's; `nil` where no pair can be compared.
  public let harrell: Concordance?
  /// Percentiles of Harrell's C over resamples.
  public let harrellInterval: Interval?
  /// Uno's, until the last time asked for.
  public let uno: Concordance?
  /// Percentiles of Uno's C over resamples.
  public let unoInterval: Interval?
  /// In the order asked for.
  public let horizons: [Horizon]
  /// Over the times asked for; `nil` with fewer than two.
  public let brier: IntegratedBrierScore?
  /// Cut by the model's `riskCuts`, without groups that have no row here.
  public let groups: [RiskGroup]
  /// Of the groups; `nil` with fewer than two at risk of an event.
  public let logRank: LogRankTest?

  /// Applies a model to rows of a cohort, allowing for subjects with several rows.
  /// - Parameters:
  ///   - model: fitted elsewhere.
  ///   - cohort: with the features of the model.
  ///   - rows: to evaluate on.
  ///   - training: rows whose ends of observation weigh events; those that the model was fitted to.
  ///   - times: ascending, within what was observed.
  ///   - seed: of the resamples.
  ///   - replicates: number of resamples.
  public init(
    _ model: FittedSurvivalModel, cohort: SurvivalCohort, rows: [Int], training: [Int], times: [Double],
    seed: UInt64, replicates: Int = 2_000
  ) {
    let predictors = model.linearPredictor(of: cohort.table, rows: rows)
    self.init(
      SurvivalPredictions(
        model: model.name, survival: cohort.survival.selecting(rows), predictors: predictors,
        scores: predictors,
        risks: times.map { time in
          predictors.map { 1 - model.baseline.survival(at: time, linearPredictor: $0) }
        },
        groups: model.riskGroups(predictors), clusters: cohort.table.clusters(rows)),
      censoring: CensoringCurve(cohort.survival.selecting(training)), times: times, seed: seed,
      replicates: replicates)
  }

  /// Judges predictions that were made elsewhere.
  /// - Parameters:
  ///   - made: predictions and what became of their rows.
  ///   - censoring: of the rows that weigh events.
  ///   - times: ascending; those of the predicted risks.
  ///   - seed: of the resamples.
  ///   - replicates: number of resamples.
  public init(
    _ made: SurvivalPredictions, censoring: CensoringCurve, times: [Double], seed: UInt64,
    replicates: Int = 2_000
  ) {
    let (survival, scores, clusters) = (made.survival, made.scores, made.clusters)
    func interval(_ statistic: (SurvivalTimes, [Int]) -> Double?) -> Interval? {
      Interval(resampling: survival, clusters: clusters, seed: seed, replicates: replicates) { drawn in
        statistic(survival.selecting(drawn), drawn)
      }
    }
    model = made.model
    rows = survival.count
    events = survival.eventCount
    harrell = Concordance(scores, survival, clusters: clusters)
    harrellInterval = interval { Concordance($1.map { scores[$0] }, $0)?.estimate }
    uno = Concordance(scores, survival, weightedBy: censoring, until: times.last, clusters: clusters)
    unoInterval = interval {
      Concordance($1.map { scores[$0] }, $0, weightedBy: censoring, until: times.last)?.estimate
    }
    horizons = zip(times, made.risks).map { time, risks in
      let shares = risks.map { 1 - $0 }
      return Horizon(
        time: time, roc: TimeDependentROC(scores, survival, at: time, censoring: censoring),
        areaInterval: interval {
          TimeDependentROC($1.map { scores[$0] }, $0, at: time, censoring: censoring)?.area
        },
        calibration: SurvivalCalibration(
          risks: risks, predictors: made.predictors, survival, at: time),
        brier: survivalBrierScore(shares, survival, at: time, censoring: censoring),
        brierInterval: interval {
          survivalBrierScore($1.map { shares[$0] }, $0, at: time, censoring: censoring)
        })
    }
    let risksAt = Dictionary(zip(times, made.risks)) { first, _ in first }
    brier = IntegratedBrierScore(times: times, survival, censoring: censoring) { time in
      (risksAt[time] ?? []).map { 1 - $0 }
    }
    let numbers = made.groups
    groups = Set(numbers).sorted().map { number in
      let members = numbers.indices.filter { numbers[$0] == number }
      return RiskGroup(
        number: number, count: members.count, events: members.count { survival.events[$0] },
        curve: KaplanMeier(survival, rows: members))
    }
    logRank = LogRankTest(survival, groups: numbers)
  }
}

/// What one model, or one for each site, says of some rows, and what became of them.
public struct SurvivalPredictions: Equatable, Sendable {
  /// The model's name.
  public let model: String
  /// Times and events.
  public let survival: SurvivalTimes
  /// Linear predictors, which a calibration slope is of.
  public let predictors: [Double]
  /// What rows are ranked by: higher for earlier events. The linear predictors of one model; of several models a risk.
  public let scores: [Double]
  /// For each time that is asked for, the probability of each row to have the event until and with it.
  public let risks: [[Double]]
  /// Group of each row, 0 the lowest risk.
  public let groups: [Int]
  /// Rows that belong together; `nil` where each is of another subject.
  public let clusters: Clusters?

  /// One entry a row in every list.
  public init(
    model: String, survival: SurvivalTimes, predictors: [Double], scores: [Double], risks: [[Double]],
    groups: [Int], clusters: Clusters?
  ) {
    precondition(
      ([predictors.count, scores.count, groups.count] + risks.map(\.count)).allSatisfy {
        $0 == survival.count
      })
    (self.model, self.survival, self.predictors, self.scores) = (model, survival, predictors, scores)
    (self.risks, self.groups, self.clusters) = (risks, groups, clusters)
  }
}
