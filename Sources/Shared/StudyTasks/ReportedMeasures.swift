import Report
import Statistics

/// The measures of one evaluation in the words of a report, each with its interval and denominator.
struct ReportedMeasures {
  private let part: PartPredictions
  private let evaluation: Evaluation
  private let classification: Classification
  private let resampled: ResampledMeasures?
  private let site: String?

  /// - Parameter resampled: intervals over resamples; `nil` leaves them out.
  init(
    _ part: PartPredictions, cutoff: Double, site: String?, seed: UInt64, resampled: ResampledMeasures?
  ) {
    self.part = part
    self.site = site
    self.resampled = resampled
    evaluation = Evaluation(
      part.probabilities, positives: part.positives, cutoff: cutoff, name: "", seed: seed,
      replicates: resampled == nil ? 0 : 2_000)
    // Intervals come from the resamples above, which are the same.
    classification = Classification(
      part.probabilities, positives: part.positives, cutoff: cutoff, seed: seed, replicates: 0)
  }

  private static let percentile = "stratified bootstrap, percentile"

  private func metric(
    _ name: StudyReport.MetricName, _ estimate: Double?, _ interval: Interval?, method: String, reason: String
  ) -> StudyReport.Metric {
    StudyReport.Metric(
      name, cohort: part.cohort, site: site, estimate: estimate, lower: interval?.lower,
      upper: interval?.upper, method: method, count: evaluation.rows, positives: evaluation.cases,
      undefinedReason: estimate == nil ? reason : nil)
  }

  private var gap: String {
    switch evaluation.gap {
    case .noRows: "there are no cases"
    case .noCases: "no case has the outcome"
    case .noControls: "every case has the outcome"
    case nil: "undefined"
    }
  }

  /// DeLong's interval as it is and on the logit scale, and the bootstrap's two; average precision.
  ///
  /// An AUC of 0 or 1, or of scores that are all equal, has no interval by these methods: DeLong's variance and
  /// the resamples do not vary.
  var areaUnderCurve: [StudyReport.Metric] {
    let auc = evaluation.auc
    let precision = PrecisionRecall(part.probabilities, positives: part.positives)?.averagePrecision
    let (percentile, accelerated) =
      hasVaryingArea ? (auc?.percentile, auc?.accelerated) : (nil, nil)
    return deLong + [
      metric(.auc, auc?.value, percentile, method: Self.percentile, reason: gap),
      metric(.auc, auc?.value, accelerated, method: "stratified bootstrap, BCa", reason: gap),
      metric(
        .averagePrecision, precision, resampled?.averagePrecision, method: Self.percentile, reason: gap),
    ]
  }

  private var hasVaryingArea: Bool {
    let isConstant = Set(part.probabilities).count < 2
    return evaluation.auc.map { !isConstant && $0.value > 0 && $0.value < 1 } ?? false
  }

  /// The interval on the logit scale comes first where the other had to be cut at 1.
  private var deLong: [StudyReport.Metric] {
    let auc = evaluation.auc
    guard hasVaryingArea else {
      return [metric(.auc, auc?.value, nil, method: "DeLong (no variance)", reason: gap)]
    }
    let plain = metric(.auc, auc?.value, auc?.deLong, method: "DeLong", reason: gap)
    guard let logit = auc?.logitDeLong else { return [plain] }
    let transformed = metric(.auc, auc?.value, logit, method: "DeLong, logit", reason: gap)
    return (auc?.deLong?.upper ?? 0) < 1 ? [plain, transformed] : [transformed, plain]
  }

  /// Shares at the cut-off with Wilson's interval, Clopper and Pearson's, and the bootstrap's.
  var proportions: [StudyReport.Metric] {
    shares.flatMap { share in
      [
        metric(
          share.name, share.proportion.estimate, share.proportion.wilsonInterval(), method: "Wilson",
          reason: share.reason),
        metric(
          share.name, share.proportion.estimate, share.proportion.exactInterval(), method: "Clopper-Pearson",
          reason: share.reason),
        metric(
          share.name, share.proportion.estimate, share.resampled, method: Self.percentile,
          reason: share.reason),
      ]
    }
  }

  private struct Share {
    var name: StudyReport.MetricName
    var proportion: Proportion
    var resampled: Interval?
    var reason: String
  }

  private var shares: [Share] {
    let matrix = evaluation.confusion
    return [
      Share(
        name: .sensitivity, proportion: matrix.sensitivity, resampled: resampled?.sensitivity,
        reason: "no case has the outcome"),
      Share(
        name: .specificity, proportion: matrix.specificity, resampled: resampled?.specificity,
        reason: "every case has the outcome"),
      Share(
        name: .positivePredictiveValue, proportion: matrix.positivePredictiveValue,
        resampled: resampled?.positivePredictiveValue, reason: "no case is called positive"),
      Share(
        name: .negativePredictiveValue, proportion: matrix.negativePredictiveValue,
        resampled: resampled?.negativePredictiveValue, reason: "no case is called negative"),
      Share(
        name: .accuracy, proportion: matrix.accuracy, resampled: resampled?.accuracy,
        reason: "there are no cases"),
    ]
  }

  /// Other measures of the calls at the cut-off.
  var calls: [StudyReport.Metric] {
    let rate = classification.noInformationRate
    return [
      metric(
        .noInformationRate, rate, nil, method: "share of the commoner outcome", reason: "there are no cases"),
      metric(
        .noInformationP, classification.noInformationP, nil, method: "exact binomial, one-sided",
        reason: "there are no cases"),
      metric(
        .f1, classification.f1, resampled?.f1, method: Self.percentile,
        reason: "nothing is, or is called, positive"),
      metric(
        .mcc, classification.matthews, resampled?.matthews, method: Self.percentile,
        reason: "outcome or call is constant"),
    ]
  }

  var calibration: [StudyReport.Metric] {
    let (p, positives) = (part.probabilities, part.positives)
    let test = HosmerLemeshow(p, positives: positives)
    let spiegelhalter = SpiegelhalterTest(p, positives: positives)
    let groups = "the predictions make fewer than three groups"
    return [
      metric(.brier, evaluation.brier, resampled?.brier, method: Self.percentile, reason: gap),
      metric(
        .scaledBrier, scaledBrierScore(p, positives: positives), resampled?.scaledBrier,
        method: Self.percentile, reason: gap),
      metric(
        .expectedCalibrationError, expectedCalibrationError(p, positives: positives),
        resampled?.calibrationError, method: "10 bins of equal width; " + Self.percentile, reason: gap),
    ] + recalibration + [
      metric(
        .hosmerLemeshowStatistic, test?.statistic, nil,
        method: "\(test?.groups.count ?? 10) groups, \(Int(test?.degrees ?? 8)) degrees of freedom",
        reason: groups),
      metric(.hosmerLemeshowP, test?.p, nil, method: "χ²", reason: groups),
      metric(.spiegelhalterZ, spiegelhalter?.z, nil, method: "", reason: "every prediction is 0, 0.5 or 1"),
      metric(
        .spiegelhalterP, spiegelhalter?.p, nil, method: "normal", reason: "every prediction is 0, 0.5 or 1"),
    ]
  }

  /// Intercept in the large, slope, observed over expected.
  private var recalibration: [StudyReport.Metric] {
    let fit = evaluation.calibration
    let reason = "the calibration model cannot be fitted"
    let ratio = CalibrationPooling.Measure.observedOverExpected.site(
      "", part.probabilities, positives: part.positives)
    return [
      metric(
        .calibrationIntercept, fit?.inTheLarge, fit.map { wald($0.inTheLarge, $0.inTheLargeStandardError) },
        method: "in the large, Wald", reason: reason),
      metric(
        .calibrationSlope, fit?.slope, fit.map { wald($0.slope, $0.slopeStandardError) },
        method: "logistic recalibration, Wald", reason: reason),
      metric(
        .observedOverExpected, ratio.estimate, ratio.interval,
        method: "normal on the log scale", reason: gap),
    ]
  }

  private func wald(_ estimate: Double, _ error: Double) -> Interval {
    let half = NormalDistribution.quantile(0.975) * error
    return Interval(lower: estimate - half, upper: estimate + half)
  }

  /// One interval for each measure that a site's numbers allow.
  var ofSite: [StudyReport.Metric] {
    let wilson = shares.map { share in
      metric(
        share.name, share.proportion.estimate, share.proportion.wilsonInterval(), method: "Wilson",
        reason: share.reason)
    }
    return [deLong[0]] + wilson + [metric(.brier, evaluation.brier, nil, method: "", reason: gap)]
      + recalibration
  }
}
