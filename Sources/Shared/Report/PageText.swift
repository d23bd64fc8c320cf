/// Words of the page that stand for values of the report.
enum PageText {
  static func heading(of cohort: StudyReport.EvaluationCohort) -> String {
    switch cohort {
    case .training: "Training part"
    case .test: "Test part"
    case .leftOut: "Sites left out"
    case .all: "All cases"
    case .bootstrap: "Bootstrap, out of bag"
    }
  }

  /// Headings of the sections by their identifiers.
  static let sectionNames = [
    "summary": "Summary", "participants": "Participants", "performance": "Performance",
    "sites": "Across sites", "figures": "Figures", "models": "Models", "audit": "Leakage audit",
    "checklists": "Reporting guidelines", "methods": "Methods and software",
  ]

  static func label(of metric: StudyReport.MetricName) -> String {
    switch metric {
    case .auc: "AUC"
    case .sensitivity: "Sensitivity"
    case .specificity: "Specificity"
    case .accuracy: "Accuracy"
    case .f1: "F1 score"
    case .mcc: "Matthews correlation"
    case .brier: "Brier score"
    case .positivePredictiveValue: "Positive predictive value"
    case .negativePredictiveValue: "Negative predictive value"
    case .noInformationRate: "No-information rate"
    case .averagePrecision: "Average precision"
    case .scaledBrier: "Scaled Brier score"
    case .expectedCalibrationError: "Expected calibration error"
    case .calibrationIntercept: "Calibration intercept"
    case .calibrationSlope: "Calibration slope"
    case .hosmerLemeshowP: "Hosmer-Lemeshow p"
    case .noInformationP: "Accuracy above no-information rate, p"
    case .observedOverExpected: "Observed over expected"
    case .hosmerLemeshowStatistic: "Hosmer-Lemeshow χ²"
    case .spiegelhalterZ: "Spiegelhalter z"
    case .spiegelhalterP: "Spiegelhalter p"
    case .netReclassification: "Net reclassification"
    case .integratedDiscrimination: "Integrated discrimination"
    }
  }

  /// `ridge, λ = 0.1 (5-fold cross-validation)`
  static func text(of refit: StudyReport.Refit) -> String {
    let lambda = refit.lambda.map { ", λ = \(PageNumber.significant($0))" } ?? ""
    return refit.method + lambda + (refit.detail.isEmpty ? "" : " (\(refit.detail))")
  }
}
