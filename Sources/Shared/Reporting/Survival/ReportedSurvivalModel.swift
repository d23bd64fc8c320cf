import Modelling
import Statistics
import StudyPlan

/// A final Cox model with its evaluations, as the report tells it.
struct ReportedSurvivalModel {
  let result: FinalSurvivalModel
  let outcome: SurvivalOutcome
  /// Training, then test where there is one, or all cases as predicted without their sites.
  let evaluations: [(part: SurvivalPart, found: SurvivalEvaluation)]
  let metrics: [StudyReport.Metric]
  let perSite: [StudyReport.Metric]

  /// Resamples of each interval.
  static let resamples = 1_000

  /// - Throws: as `PreparedStudy.parts`.
  init(_ result: FinalSurvivalModel, of study: PreparedStudy, _ survival: SurvivalStudy) throws {
    let outcome = survival.outcome
    (self.result, self.outcome) = (result, outcome)
    let training = survival.cohort.survival.selecting(study.split.training)
    let parts = try study.parts(of: result, survival)
    evaluations = parts.map { part in
      let made = SurvivalPredictions(
        model: result.fitted.name, survival: part.survival, predictors: part.predictors, scores: part.scores,
        risks: outcome.horizons.indices.map { place in part.risks.map { $0[place] } }, groups: part.groups,
        clusters: part.clusters)
      return (
        part,
        SurvivalEvaluation(
          made, censoring: CensoringCurve(training), times: outcome.horizons,
          seed: study.cohort.study.seed, replicates: Self.resamples)
      )
    }
    metrics = evaluations.flatMap { Self.metrics($0.part, $0.found, outcome) } + Self.crossValidated(result)
    perSite = parts.flatMap { Self.perSite($0) }
  }

  var name: String { result.fitted.name }
}

// MARK: Metrics

extension ReportedSurvivalModel {
  private static func metrics(
    _ part: SurvivalPart, _ found: SurvivalEvaluation, _ outcome: SurvivalOutcome
  ) -> [StudyReport.Metric] {
    func metric(
      _ name: Measure, _ estimate: Double?, _ interval: Interval? = nil, by method: String,
      orElse reason: String, at horizon: Double? = nil
    ) -> StudyReport.Metric {
      StudyReport.Metric(
        name: name, cohort: part.cohort, estimate: estimate, lower: interval?.lower, upper: interval?.upper,
        method: (horizon.map { "\(outcome.place($0)): " } ?? "") + method, count: found.rows,
        positives: found.events, undefinedReason: estimate == nil ? reason : nil, horizon: horizon)
    }
    let percentile = "percentile of \(resamples) resamples"
    let noPairs = "no two cases can be compared"
    let last = outcome.mainHorizon
    var metrics = [
      metric(.harrellC, found.harrell?.estimate, found.harrellInterval, by: percentile, orElse: noPairs),
      metric(.unoC, found.uno?.estimate, found.unoInterval, by: percentile, orElse: noPairs, at: last),
    ]
    for horizon in found.horizons {
      let time = horizon.time
      metrics.append(
        metric(
          .areaAtTime, horizon.roc?.area, horizon.areaInterval, by: percentile,
          orElse: "nobody had the event by then, or nobody was observed beyond", at: time))
      metrics.append(
        metric(
          .brierAtTime, horizon.brier, horizon.brierInterval, by: percentile,
          orElse: "nobody was observed beyond", at: time))
      metrics.append(
        metric(
          .observedOverExpectedAtTime, horizon.calibration?.observedToExpected, by: "Kaplan-Meier",
          orElse: "no event was expected", at: time))
    }
    metrics.append(
      metric(
        .integratedBrier, found.brier?.integrated, by: "trapezia over the horizons",
        orElse: outcome.horizons.count < 2 ? "it takes two horizons" : "a horizon has no score"))
    let calibration = found.horizons.last?.calibration
    metrics.append(
      metric(
        .hazardSlope, calibration?.slope, calibration?.slopeInterval(), by: "Cox regression, Wald",
        orElse: calibration?.slopeUndefinedReason ?? "there are no cases"))
    metrics.append(
      metric(
        .logRankP, found.logRank?.p, by: "groups of risk cut at the training median",
        orElse: "there are not two groups at risk of an event"))
    return metrics
  }

  private static func perSite(_ part: SurvivalPart) -> [StudyReport.Metric] {
    let sites = part.bySite
    guard sites.count > 1 else { return [] }
    return sites.map { site, part in
      let found = Concordance(part.scores, part.survival, clusters: part.clusters)
      let interval = found.flatMap { $0.logitInterval() ?? $0.interval() }
      return StudyReport.Metric(
        name: .harrellC, cohort: part.cohort, site: site, estimate: found?.estimate, lower: interval?.lower,
        upper: interval?.upper, method: "infinitesimal jackknife, logit", count: part.survival.count,
        positives: part.survival.eventCount,
        undefinedReason: found == nil ? "no two cases can be compared" : nil)
    }
  }

  private static func crossValidated(_ result: FinalSurvivalModel) -> [StudyReport.Metric] {
    guard let found = result.crossValidated else { return [] }
    let interval = found.interval()
    return [
      StudyReport.Metric(
        name: .harrellC, cohort: .crossValidated, estimate: found.value, lower: interval?.lower,
        upper: interval?.upper,
        method: "\(found.count)-fold cross-validation, \(found.repeats) repeats, corrected resampled t",
        count: found.rows, positives: found.cases,
        undefinedReason: found.value == nil ? "no fold has two cases that can be compared" : nil)
    ]
  }

  /// Rows of the table `metric`.
  var metricRows: [MetricRow] {
    func row(_ metric: StudyReport.Metric) -> MetricRow {
      MetricRow(
        model: name, cohort: metric.cohort.rawValue, site: metric.site, name: metric.name.key,
        estimate: metric.estimate, lower: metric.lower, upper: metric.upper, method: metric.method,
        n: metric.count)
    }
    let bootstrap = result.bootstrap.map(StudyReport.SurvivalBootstrapReport.rows) ?? []
    return (metrics + perSite).map(row)
      + bootstrap.map { key, interval in
        MetricRow(
          model: name, cohort: EvaluationCohort.bootstrap.rawValue, site: nil, name: key,
          estimate: interval.estimate, lower: interval.lower, upper: interval.upper,
          method: interval.method, n: result.bootstrap?.replicates.count ?? 0)
      } + pooledRow
  }

  private var pooledRow: [MetricRow] {
    guard let pooled = result.leaveOneSiteOut?.pooled else { return [] }
    return [
      MetricRow(
        model: name, cohort: EvaluationCohort.leftOut.rawValue, site: nil, name: Measure.harrellC.key,
        estimate: pooled.concordance, lower: pooled.interval.lower, upper: pooled.interval.upper,
        method: "REML, Hartung-Knapp", n: evaluations.first { $0.part.cohort == .leftOut }?.found.rows ?? 0)
    ]
  }
}

extension StudyReport.SurvivalBootstrapReport {
  /// Estimates over replicates, under their keys.
  static func rows(_ bootstrap: SurvivalBootstrap) -> [(String, StudyReport.Interval)] {
    let found = bootstrap.estimates
    let all = "whole-pipeline bootstrap"
    return [
      ("c_optimism_corrected", .init(estimate: found?.optimismCorrected, method: all)),
      (
        "c_out_of_bag",
        .init(
          estimate: found?.outOfBag, lower: found?.outOfBagSpread?.lower,
          upper: found?.outOfBagSpread?.upper, method: ReportedModel.spreadOfReplicates)
      ),
      ("c_632", .init(estimate: found?.point632, method: all)),
      ("c_632_plus", .init(estimate: found?.point632Plus, method: all)),
      ("c_apparent", .init(estimate: found?.apparent, method: all)),
    ]
  }

  /// - Parameter name: of a predictor by its place.
  init(_ bootstrap: SurvivalBootstrap, name: (Int) -> String) {
    let found = bootstrap.estimates
    let replicates = bootstrap.replicates
    let counts = bootstrap.selectionCounts.enumerated().filter { $0.element > 0 }.sorted {
      $0.element == $1.element ? $0.offset < $1.offset : $0.element > $1.element
    }
    self.init(
      replicates: replicates.count, undefined: replicates.count { $0.outOfBag == nil },
      emptySelections: replicates.count { $0.failure == nil && $0.features.isEmpty },
      apparent: found?.apparent, optimismCorrected: found?.optimismCorrected, point632: found?.point632,
      point632Plus: found?.point632Plus,
      outOfBag: .init(
        estimate: found?.outOfBag, lower: found?.outOfBagSpread?.lower, upper: found?.outOfBagSpread?.upper,
        method: ReportedModel.spreadOfReplicates),
      selectionFrequencies: counts.prefix(50).map {
        .init(feature: name($0.offset), frequency: Double($0.element) / Double(replicates.count))
      })
  }
}

// MARK: The model

extension ReportedSurvivalModel {
  /// The model as the report tells it.
  /// - Throws: `no-risk-cut` of a model without one.
  func reported(_ study: PreparedStudy) throws(StudyTaskError) -> StudyReport.Model {
    let fitted = result.fitted
    let features = features
    return StudyReport.Model(
      name: fitted.name,
      sources: StudyReport.Model.sources(result.definition, isTable: study.cohort.study.table != nil),
      selection: steps, features: features, intercept: 0, lassoLambda: fitted.lambda, refit: refit,
      formula: hazardFormula(features: features), cutoff: nil, warnings: warnings(study), metrics: metrics,
      perSite: perSite,
      roc: [], decision: [], calibration: [], bootstrap: nil,
      pipeline: StudyReport.Pipeline(
        missing: result.plan.missing.sentence,
        harmonisation: fitted.harmonisation.map {
          StudyReport.Harmonisation($0, settings: result.plan.harmonisation ?? CombatSettings())
        },
        mergedStrata: result.strata.merged.map {
          .init(site: study.table.siteNames[$0.site], outcome: $0.isPositive ? 1 : 0)
        }), precisionRecall: [], smoothCalibration: [], scores: [], pooling: [], lassoPath: nil,
      survival: try survival(study))
  }

  private var steps: [StudyReport.SelectionStep] {
    StudyReport.SelectionStep.trace(
      result.fitted.steps, rules: result.plan.steps.map { ($0.name, $0.detail) })
  }

  private var features: [StudyReport.ModelFeature] {
    let fitted = result.fitted
    return fitted.features.indices.map { index in
      StudyReport.ModelFeature(
        name: fitted.featureNames[index], coefficient: fitted.coefficients[index], mean: fitted.means[index],
        standardDeviation: fitted.deviations[index],
        selectionFrequency: result.bootstrap.map {
          Double($0.selectionCounts[fitted.features[index]]) / Double($0.replicates.count)
        })
    }
  }

  private var refit: StudyReport.Refit {
    switch result.plan.refit {
    case .none: .init(method: "none", detail: "partial likelihood, ties by Efron")
    case .ridge(let penalty):
      .init(
        method: "ridge", lambda: penalty, detail: "partial likelihood with a fixed penalty, ties by Efron")
    case .lassoScore:
      .init(
        method: "lasso", lambda: result.fitted.lambda,
        detail: "the coefficients of the LASSO itself, ties by Breslow")
    }
  }

  private func survival(_ study: PreparedStudy) throws(StudyTaskError) -> StudyReport.SurvivalModel {
    let fitted = result.fitted
    return StudyReport.SurvivalModel(
      baselineSurvival: outcome.horizons.map { fitted.baseline.survival(at: $0, linearPredictor: 0) },
      riskCut: try fitted.riskCut(),
      curves: evaluations.map { StudyReport.RiskCurves($0.part, $0.found, outcome) },
      calibration: evaluations.flatMap { part, found in
        found.horizons.compactMap { horizon in
          horizon.calibration.map { StudyReport.SurvivalCalibrationCurve($0, cohort: part.cohort) }
        }
      },
      roc: evaluations.flatMap { part, found in
        found.horizons.compactMap { horizon in
          horizon.roc.map { StudyReport.ROCCurveAtTime($0, cohort: part.cohort) }
        }
      },
      bootstrap: result.bootstrap.map {
        StudyReport.SurvivalBootstrapReport($0) { study.table.columnName($0, of: result.plan.common) }
      },
      leaveOneSiteOut: result.leaveOneSiteOut.map { StudyReport.SurvivalSites($0, table: study.table) })
  }
}

extension SurvivalPlan.Step {
  /// The condition for keeping a feature, with its numbers.
  var detail: String {
    switch self {
    case .outcomeFree(let step): step.detail
    case .coxScore(let p, let adjustment):
      "p < \(p)" + (adjustment == .benjaminiHochberg ? ", Benjamini-Hochberg" : "")
    case .coxNet(let folds, let rule, _, let alpha):
      "\(folds)-fold cross-validation of the partial likelihood, lambda.\(rule.rawValue)"
        + (alpha == 1 ? "" : ", alpha \(alpha)")
    }
  }

  /// Folds of the step's cross-validation; `nil` for a step without.
  var folds: Int? {
    switch self {
    case .outcomeFree(let step): step.folds
    case .coxScore: nil
    case .coxNet(let folds, _, _, _): folds
    }
  }
}

// MARK: Curves

extension StudyReport.RiskCurves {
  init(_ part: SurvivalPart, _ found: SurvivalEvaluation, _ outcome: SurvivalOutcome) {
    let times = Self.times(until: max(outcome.mainHorizon, part.survival.times.max() ?? 0))
    var (ratio, fault): (StudyReport.Interval?, UnivariableCox.Fault?) = (nil, nil)
    do throws(UnivariableCox.Fault) { ratio = try Self.hazardRatio(part) } catch { fault = error }
    self.init(
      cohort: part.cohort, times: times,
      groups: found.groups.map { group in
        Group(
          name: group.number == 0 ? "low" : "high", cases: group.count, events: group.events,
          median: group.curve.time(ofShare: 0.5), atRisk: times.map { group.curve.atRisk(at: $0) },
          points: group.curve.points.filter { $0.events > 0 || $0.censored > 0 }.map { point in
            let interval = point.interval()
            return Point(
              time: point.time, survival: point.survival, lower: interval?.lower, upper: interval?.upper,
              censored: point.censored)
          })
      }, logRankStatistic: found.logRank?.statistic, logRankP: found.logRank?.p,
      hazardRatio: ratio,
      hazardRatioUndefinedReason: fault.map {
        $0 == .constant ? "all cases are in one group of risk" : $0.reason
      })
  }

  /// Five or six round times from 0 on.
  static func times(until last: Double) -> [Double] {
    guard last > 0, last.isFinite else { return [0] }
    var step = 1.0
    while step * 6 < last { step *= 10 }
    while step * 6 > last * 10 { step /= 10 }
    for factor in [0.2, 0.25, 0.5, 1] where step * factor * 6 >= last {
      step *= factor
      break
    }
    return stride(from: 0, through: last, by: step).map { $0 }
  }

  /// Of the higher group over the lower, ties by Efron.
  private static func hazardRatio(_ part: SurvivalPart) throws(UnivariableCox.Fault) -> StudyReport.Interval {
    let ratio = try RiskGroupHazard(part.survival, groups: part.groups)
    return StudyReport.Interval(
      estimate: ratio.value, lower: ratio.interval.lower, upper: ratio.interval.upper, method: "Wald")
  }
}

extension StudyReport.SurvivalCalibrationCurve {
  init(_ found: SurvivalCalibration, cohort: EvaluationCohort) {
    self.init(
      cohort: cohort, horizon: found.time, expected: found.expected, observed: found.observed,
      groups: found.groups.map {
        Point(
          cases: $0.count, predicted: $0.predicted, observed: $0.observed, lower: $0.interval?.lower,
          upper: $0.interval?.upper)
      })
  }
}

extension StudyReport.ROCCurveAtTime {
  init(_ found: TimeDependentROC, cohort: EvaluationCohort) {
    self.init(
      cohort: cohort, horizon: found.time, cases: found.cases, controls: found.controls,
      points: found.points.map {
        Point(falsePositiveRate: 1 - $0.specificity, truePositiveRate: $0.sensitivity)
      })
  }
}

extension StudyReport.SurvivalSites {
  init(_ found: SurvivalLeaveOneSiteOut, table: CohortTable) {
    self.init(
      sites: found.folds.enumerated().map { index, fold in
        let rows = Split(leavingOut: index, of: table).test
        let interval = fold.concordance.flatMap { $0.logitInterval() ?? $0.interval() }
        return Site(
          site: fold.site, cases: rows.count, events: rows.count { table.positives[$0] },
          features: fold.model.featureNames,
          concordance: .init(
            estimate: fold.concordance?.estimate, lower: interval?.lower, upper: interval?.upper,
            method: "infinitesimal jackknife, logit"))
      },
      pooled: found.pooled.map {
        .init(
          estimate: $0.concordance, lower: $0.interval.lower, upper: $0.interval.upper,
          method: "REML, Hartung-Knapp")
      },
      predictionInterval: found.pooled.map {
        .init(
          estimate: $0.concordance, lower: $0.predictionInterval.lower, upper: $0.predictionInterval.upper,
          method: "prediction interval of a new site")
      })
  }
}
