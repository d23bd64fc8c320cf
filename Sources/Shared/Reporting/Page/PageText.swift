import Modelling

/// Words of the page that stand for values of the report.
enum PageText {
  static func heading(of cohort: EvaluationCohort) -> String {
    switch cohort {
    case .training: "Training part"
    case .test: "Test part"
    case .leftOut: "Sites left out"
    case .external: "External cohort"
    case .crossValidated: "Training part, cross-validated"
    case .all: "All cases"
    case .bootstrap: "Bootstrap, out of bag"
    }
  }

  /// Headings of the sections by their identifiers.
  static let sectionNames = [
    "summary": "Summary", "participants": "Participants", "clinical": "Clinical columns",
    "performance": "Performance",
    "sites": "Across sites", "figures": "Figures", "paper": "Text for a paper", "models": "Models",
    "audit": "Leakage audit",
    "checklists": "Reporting guidelines", "methods": "Methods and software",
  ]

  /// `ridge, λ = 0.1 (5-fold cross-validation)`
  static func text(of refit: StudyReport.Refit) -> String {
    let lambda = refit.lambda.map { ", λ = \(PageNumber.significant($0))" } ?? ""
    return refit.method + lambda + (refit.detail.isEmpty ? "" : " (\(refit.detail))")
  }
}
