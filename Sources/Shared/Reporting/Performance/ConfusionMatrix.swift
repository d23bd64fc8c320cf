import Modelling

extension StudyReport {
  /// Calls at a model's cut-off against what is true, in one part.
  ///
  /// The counts follow from the shares of the report: each is a whole number over a whole number of cases.
  package struct ConfusionMatrix: Equatable, Sendable {
    package var model: String
    package var cohort: EvaluationCohort
    package var truePositives: Int
    package var falseNegatives: Int
    package var falsePositives: Int
    package var trueNegatives: Int
    /// `nil` where each site has its own.
    package var cutoff: Double?
  }
}

extension StudyReport.ConfusionMatrix {
  /// - Returns: `nil` where the part has no calls, or more cases than can be counted.
  package init?(_ model: StudyReport.Model, in cohort: EvaluationCohort) {
    guard let sensitivity = model.metric(.sensitivity, in: cohort),
      let specificity = model.metric(.specificity, in: cohort),
      0...1_000_000_000 ~= sensitivity.count, 0...sensitivity.count ~= sensitivity.positives
    else { return nil }
    let (cases, controls) = (sensitivity.positives, sensitivity.count - sensitivity.positives)
    guard let found = Self.count(sensitivity.estimate, of: cases),
      let refused = Self.count(specificity.estimate, of: controls)
    else { return nil }
    self.init(
      model: model.name, cohort: cohort, truePositives: found, falseNegatives: cases - found,
      falsePositives: controls - refused, trueNegatives: refused,
      cutoff: cohort == .leftOut ? nil : model.cutoff?.probability)
  }

  /// How many of some cases a share is; a share of none is not defined.
  private static func count(_ share: Double?, of cases: Int) -> Int? {
    guard cases > 0 else { return 0 }
    guard let share, 0...1 ~= share else { return nil }
    return Int((share * Double(cases)).rounded())
  }

  /// Of all models, by part.
  package static func all(of report: StudyReport) -> [Self] {
    EvaluationOrder.cohorts.flatMap { cohort in report.models.compactMap { Self($0, in: cohort) } }
  }
}

/// Columns and rows of `confusion.csv`.
enum ConfusionTable {
  static let columns = [
    "Cohort", "Model", "Cutoff", "TruePositives", "FalseNegatives", "FalsePositives", "TrueNegatives",
  ]

  static func rows(of report: StudyReport) -> [[String]] {
    StudyReport.ConfusionMatrix.all(of: report).map { matrix in
      [
        matrix.cohort.rawValue, matrix.model, matrix.cutoff.map { "\($0)" } ?? "",
        "\(matrix.truePositives)", "\(matrix.falseNegatives)", "\(matrix.falsePositives)",
        "\(matrix.trueNegatives)",
      ]
    }
  }
}
