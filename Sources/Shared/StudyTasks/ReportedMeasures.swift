import Report
import Statistics

/// The measures of one evaluation in the words of a report, each with its interval and denominator.
struct ReportedMeasures {
  private let part: PartPredictions
  private let clusters: Clusters?
  private let evaluation: Evaluation
  private let classification: Classification
  private let resampled: ResampledMeasures?
  private let site: String?

  /// - Parameter resampled: intervals over resamples; `nil` leaves them out.
  init(
    _ part: PartPredictions, site: String?, seed: UInt64, resampled: ResampledMeasures?
  ) {
    self.part = part
    let clusters = part.clusters
    self.clusters = clusters
    self.site = site
    self.resampled = resampled
    evaluation = Evaluation(
      part.probabilities, positives: part.positives, calls: part.calls, name: "", clusters: clusters,
      seed: seed, replicates: resampled == nil ? 0 : 2_000)
    // Intervals come from the resamples above, which are the same.
    classification = Classification(
      calls: part.calls, positives: part.positives, clusters: clusters, seed: seed, replicates: 0)
  }

  private var percentile: String { IntervalMethod.bootstrap("percentile", clusters) }
  private var accelerated: String { IntervalMethod.bootstrap("BCa", clusters) }

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

  /// DeLong's interval on the logit scale and as it is, and the bootstrap's two; average precision.
  ///
  /// The logit's comes first: of the two it holds what it promises at a high AUC, too, and it stays within 0 and 1.
  /// An AUC of 0 or 1, or of scores that are all equal, has no interval by these methods: DeLong's variance and
  /// the resamples do not vary.
  var areaUnderCurve: [StudyReport.Metric] {
    let auc = evaluation.auc
    let precision = PrecisionRecall(part.probabilities, positives: part.positives)?.averagePrecision
    let intervals = hasVaryingArea ? (auc?.percentile, auc?.accelerated) : (nil, nil)
    return deLong + [
      metric(.auc, auc?.value, intervals.0, method: percentile, reason: gap),
      metric(.auc, auc?.value, intervals.1, method: accelerated, reason: gap),
      metric(
        .averagePrecision, precision, resampled?.averagePrecision, method: accelerated, reason: gap),
    ]
  }

  private var hasVaryingArea: Bool {
    let isConstant = Set(part.probabilities).count < 2
    return evaluation.auc.map { !isConstant && $0.value > 0 && $0.value < 1 } ?? false
  }

  private var deLong: [StudyReport.Metric] {
    let auc = evaluation.auc
    guard hasVaryingArea else {
      return [metric(.auc, auc?.value, nil, method: "DeLong (no variance)", reason: gap)]
    }
    return [(auc?.logitDeLong, true), (auc?.deLong, false)].map { interval, onLogit in
      metric(
        .auc, auc?.value, interval, method: IntervalMethod.deLong(clusters, onLogit: onLogit), reason: gap)
    }
  }

  /// Shares at the cut-off with Wilson's interval, Clopper and Pearson's, and the bootstrap's.
  var proportions: [StudyReport.Metric] {
    shares.flatMap { share in
      [
        wilson(share),
        metric(
          share.name, share.proportion.estimate,
          share.clustered?.exactInterval() ?? share.proportion.exactInterval(),
          method: "Clopper-Pearson" + (share.clustered == nil ? "" : ", effective numbers (Rao-Scott)"),
          reason: share.reason),
        metric(
          share.name, share.proportion.estimate, share.resampled, method: percentile,
          reason: share.reason),
      ]
    }
  }

  private func wilson(_ share: Share) -> StudyReport.Metric {
    metric(
      share.name, share.proportion.estimate,
      share.clustered?.wilsonInterval() ?? share.proportion.wilsonInterval(),
      method: "Wilson" + (share.clustered == nil ? "" : ", clustered (Rao-Scott)"), reason: share.reason)
  }

  private struct Share {
    var name: StudyReport.MetricName
    var proportion: Proportion
    /// `nil` where no two of the cases that it counts are of one subject.
    var clustered: ClusteredProportion?
    var resampled: Interval?
    var reason: String
  }

  /// The share of cases that are called as they are, among those that a condition picks.
  private func clustered(_ isCounted: (_ call: Bool, _ positive: Bool) -> Bool) -> ClusteredProportion? {
    guard let clusters else { return nil }
    let rows = part.calls.indices.filter { isCounted(part.calls[$0], part.positives[$0]) }
    return ClusteredProportion(
      rows.map { part.calls[$0] == part.positives[$0] }, clusters: clusters.selecting(rows))
  }

  private var shares: [Share] {
    let matrix = evaluation.confusion
    return [
      Share(
        name: .sensitivity, proportion: matrix.sensitivity, clustered: clustered { $1 },
        resampled: resampled?.sensitivity,
        reason: "no case has the outcome"),
      Share(
        name: .specificity, proportion: matrix.specificity, clustered: clustered { !$1 },
        resampled: resampled?.specificity,
        reason: "every case has the outcome"),
      Share(
        name: .positivePredictiveValue, proportion: matrix.positivePredictiveValue,
        clustered: clustered { call, _ in call }, resampled: resampled?.positivePredictiveValue,
        reason: "no case is called positive"),
      Share(
        name: .negativePredictiveValue, proportion: matrix.negativePredictiveValue,
        clustered: clustered { call, _ in !call }, resampled: resampled?.negativePredictiveValue,
        reason: "no case is called negative"),
      Share(
        name: .accuracy, proportion: matrix.accuracy, clustered: clustered { _, _ in true },
        resampled: resampled?.accuracy,
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
        .noInformationP, classification.noInformationP, nil,
        method: "exact binomial, one-sided" + (clusters == nil ? "" : ", effective numbers (Rao-Scott)"),
        reason: "there are no cases"),
      metric(
        .f1, classification.f1, resampled?.f1, method: percentile,
        reason: "nothing is, or is called, positive"),
      metric(
        .mcc, classification.matthews, resampled?.matthews, method: percentile,
        reason: "outcome or call is constant"),
    ]
  }

  var calibration: [StudyReport.Metric] {
    let (p, positives) = (part.probabilities, part.positives)
    let test = HosmerLemeshow(p, positives: positives)
    let spiegelhalter = SpiegelhalterTest(p, positives: positives)
    let groups = "the predictions make fewer than three groups"
    return [
      metric(.brier, evaluation.brier, resampled?.brier, method: accelerated, reason: gap),
      metric(
        .scaledBrier, scaledBrierScore(p, positives: positives), resampled?.scaledBrier,
        method: accelerated, reason: gap),
      metric(
        .expectedCalibrationError, expectedCalibrationError(p, positives: positives), nil,
        method: "10 bins of equal width", reason: gap),
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
      "", part.probabilities, positives: part.positives, clusters: clusters)
    return [
      metric(
        .calibrationIntercept, fit?.inTheLarge, fit.map { wald($0.inTheLarge, $0.inTheLargeStandardError) },
        method: IntervalMethod.sandwich("in the large, Wald", clusters), reason: reason),
      metric(
        .calibrationSlope, fit?.slope, fit.map { wald($0.slope, $0.slopeStandardError) },
        method: IntervalMethod.sandwich("logistic recalibration, Wald", clusters), reason: reason),
      metric(
        .observedOverExpected, ratio.estimate, ratio.interval,
        method: IntervalMethod.sandwich("normal on the log scale", clusters), reason: gap),
    ]
  }

  private func wald(_ estimate: Double, _ error: Double) -> Interval {
    let half = NormalDistribution.quantile(0.975) * error
    return Interval(lower: estimate - half, upper: estimate + half)
  }

  /// One interval for each measure that a site's numbers allow.
  var ofSite: [StudyReport.Metric] {
    [deLong[0]] + shares.map(wilson) + [metric(.brier, evaluation.brier, nil, method: "", reason: gap)]
      + recalibration
  }
}

/// Names of methods; those that allow for several images of a subject say so.
enum IntervalMethod {
  static let obuchowski = "clustered (Obuchowski)"

  static func deLong(_ clusters: Clusters?, onLogit: Bool) -> String {
    "DeLong" + (onLogit ? ", logit" : "") + (clusters == nil ? "" : ", \(obuchowski)")
  }

  static func bootstrap(_ kind: String, _ clusters: Clusters?) -> String {
    (clusters == nil ? "stratified bootstrap, " : "cluster bootstrap, ") + kind
  }

  static func sandwich(_ method: String, _ clusters: Clusters?) -> String {
    method + (clusters == nil ? "" : ", sandwich over subjects")
  }
}
