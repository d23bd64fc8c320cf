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
    let survival = cohort.survival.selecting(rows)
    let predictors = model.linearPredictor(of: cohort.table, rows: rows)
    let censoring = CensoringCurve(cohort.survival.selecting(training))
    let clusters = cohort.table.clusters(rows)
    func interval(_ statistic: (SurvivalTimes, [Int]) -> Double?) -> Interval? {
      Interval(resampling: survival, clusters: clusters, seed: seed, replicates: replicates) { drawn in
        statistic(survival.selecting(drawn), drawn)
      }
    }
    self.model = model.name
    self.rows = rows.count
    events = survival.eventCount
    harrell = Concordance(predictors, survival, clusters: clusters)
    harrellInterval = interval { Concordance($1.map { predictors[$0] }, $0)?.estimate }
    uno = Concordance(predictors, survival, weightedBy: censoring, until: times.last, clusters: clusters)
    unoInterval = interval {
      Concordance($1.map { predictors[$0] }, $0, weightedBy: censoring, until: times.last)?.estimate
    }
    func predicted(_ time: Double) -> [Double] {
      predictors.map { model.baseline.survival(at: time, linearPredictor: $0) }
    }
    horizons = times.map { time in
      let shares = predicted(time)
      return Horizon(
        time: time, roc: TimeDependentROC(predictors, survival, at: time, censoring: censoring),
        areaInterval: interval {
          TimeDependentROC($1.map { predictors[$0] }, $0, at: time, censoring: censoring)?.area
        },
        calibration: SurvivalCalibration(
          risks: shares.map { 1 - $0 }, predictors: predictors, survival, at: time),
        brier: survivalBrierScore(shares, survival, at: time, censoring: censoring),
        brierInterval: interval {
          survivalBrierScore($1.map { shares[$0] }, $0, at: time, censoring: censoring)
        })
    }
    brier = IntegratedBrierScore(times: times, survival, censoring: censoring, predicted: predicted)
    let numbers = model.riskGroups(predictors)
    groups = Set(numbers).sorted().map { number in
      let members = numbers.indices.filter { numbers[$0] == number }
      return RiskGroup(
        number: number, count: members.count, events: members.count { survival.events[$0] },
        curve: KaplanMeier(survival, rows: members))
    }
    logRank = LogRankTest(survival, groups: numbers)
  }
}
