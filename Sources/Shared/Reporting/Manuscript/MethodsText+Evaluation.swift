import Modelling

// MARK: How performance was estimated

extension MethodsText {
  var evaluation: [Sentence] {
    [
      areas, shares, resampled, calibration, decision, crossValidation, pipeline, twoStage, comparisons,
      pooling,
    ]
    .compactMap(\.self)
  }

  private var metrics: [StudyReport.Metric] { report.models.flatMap(\.metrics) }

  /// Whether an interval of the measures was made by a method.
  private func uses(_ method: String, for measures: [Measure]? = nil) -> Bool {
    metrics.contains {
      $0.lower != nil && $0.method.hasPrefix(method) && (measures?.contains($0.name) ?? true)
    }
  }

  private var isClustered: Bool { metrics.contains { $0.method.contains(IntervalMethod.obuchowski) } }

  private var areas: Sentence? {
    guard uses("DeLong", for: [.auc]) else { return nil }
    let scale = uses("DeLong, logit", for: [.auc]) ? ", on the logit scale" : ""
    let clusters: Sentence =
      isClustered ? " and Obuchowski’s for several images of a subject\(cite: .clusteredCurves)" : ""
    return """
      Confidence intervals (95 %) of areas under the receiver operating characteristic curve (AUC) were made with DeLong’s \
      variance\(cite: .deLong, .midranks)\(clusters)\(scale).
      """
  }

  private var shares: Sentence? {
    let all: [Measure] = [
      .sensitivity, .specificity, .positivePredictiveValue, .negativePredictiveValue, .accuracy,
    ]
    let told = all.filter { uses("Wilson", for: [$0]) }.map { $0.label.lowercased() }
    guard !told.isEmpty else { return nil }
    return "Those of \(Sentence.list(told)) were Wilson’s\(cite: .wilson)."
  }

  private var resampled: Sentence? {
    let all: [Measure] = [.averagePrecision, .f1, .mcc, .brier]
    let told = all.filter { uses("stratified bootstrap", for: [$0]) || uses("cluster bootstrap", for: [$0]) }
    guard !told.isEmpty else { return nil }
    let proper: [Measure: String] = [.mcc: "Matthews’s correlation", .f1: "F1", .brier: "the Brier score"]
    let names = told.map { proper[$0] ?? $0.label.lowercased() }
    return "Those of \(Sentence.list(names)) were made by a bootstrap of 2,000 resamples within the outcome."
  }

  private var calibration: Sentence? {
    guard uses("", for: [.calibrationSlope]) else { return nil }
    return
      "Calibration was described by intercept and slope of a logistic recalibration\(cite: .recalibration)."
  }

  private var decision: Sentence? {
    guard report.models.contains(where: { !$0.decision.isEmpty }) else { return nil }
    return "Net benefit was shown by decision curves\(cite: .decisionCurves)."
  }

  private var crossValidation: Sentence? { crossValidation(of: "the AUC") }

  /// - Parameter measure: `the AUC`, `C`.
  func crossValidation(of measure: String) -> Sentence? {
    guard let metric = metrics.first(where: { $0.cohort == .crossValidated && $0.estimate != nil }) else {
      return nil
    }
    return """
      The whole pipeline was cross-validated on the training part, and the interval of \(measure) allows for the overlap of \
      training folds\(cite: .correctedResampled) (\(metric.method)).
      """
  }

  private var pipeline: Sentence? {
    report.models.lazy.compactMap(\.bootstrap).first.map { optimism(replicates: $0.replicates, "the AUC") }
  }

  /// - Parameter measure: as of `crossValidation(of:)`.
  func optimism(replicates: Int, _ measure: String) -> Sentence {
    let steps = [
      report.models.contains { $0.pipeline?.harmonisation != nil } ? "harmonisation" : nil, "selection",
      "fit",
    ].compactMap(\.self)
    return """
      To correct for optimism, all of \(Sentence.list(steps)) was repeated in \
      \(PageNumber.count(replicates, "bootstrap replicate")) of the training subjects, and \(measure) estimated by \
      the .632+ rule\(cite: .bootstrap632).
      """
  }

  private var twoStage: Sentence? {
    guard let stages = report.models.lazy.compactMap({ $0.pipeline?.twoStage }).first else { return nil }
    return """
      The interval of that estimate was made by a two-stage bootstrap of \(stages.outer) outer resamples with \
      \(PageNumber.count(stages.inner, "replicate")) each\(cite: .twoStage).
      """
  }

  private var comparisons: Sentence? {
    let rows = report.comparisons.filter { $0.metric == .auc }
    guard let row = rows.first(where: { $0.method.contains("DeLong") }) else { return nil }
    let kind = row.method.contains("unpaired") ? "unpaired" : "paired"
    let correction: Sentence =
      row.method.contains("Holm") ? ", corrected after Holm\(cite: .holm) over all pairs" : ""
    return "AUCs of models were compared by DeLong’s \(kind) test\(cite: .deLong)\(correction)."
  }

  private var pooling: Sentence? {
    let leftOut = report.models.contains { $0.pipeline?.leaveOneSiteOut?.pooled.estimate != nil }
    guard leftOut || report.models.contains(where: { $0.pooling.contains { !$0.pooled.isEmpty } }) else {
      return nil
    }
    return poolingOfSites("AUCs of sites were")
  }

  /// - Parameter pooled: `AUCs of sites were`, `C of sites was`.
  func poolingOfSites(_ pooled: String) -> Sentence {
    """
    \(pooled) pooled on the logit scale by a random-effects model\(cite: .poolingOfModels) (restricted maximum \
    likelihood, Hartung and Knapp’s interval\(cite: .pooling)).
    """
  }
}
