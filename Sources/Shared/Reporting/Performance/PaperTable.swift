import Modelling

/// The table that a paper prints: models in rows, part by part, with what its readers compare.
struct PaperTable {
  struct Row {
    var cohort: EvaluationCohort
    var model: String
    var cases: String
    /// As `measures`.
    var estimates: [StudyReport.Metric?]
    var p: String
  }

  static let measures: [Measure] = [
    .auc, .sensitivity, .specificity, .positivePredictiveValue, .negativePredictiveValue, .accuracy, .f1,
  ]
  static let headings = ["AUC", "Sensitivity", "Specificity", "PPV", "NPV", "Accuracy", "F1"]

  let rows: [Row]
  /// The model that the others are tested against; `nil` without tests.
  let reference: String?

  init(_ report: StudyReport) {
    let judged = report.primary?.model ?? report.models.last?.name
    let tests = report.comparisons.filter { $0.metric == .auc && $0.method.contains("DeLong") }
    reference = tests.contains { $0.first == judged || $0.second == judged } ? judged : nil
    rows = EvaluationOrder.cohorts.flatMap { cohort in
      report.models.compactMap { model -> Row? in
        guard let auc = model.metric(.auc, in: cohort) else { return nil }
        let test = tests.first { test in
          test.cohort == cohort
            && ((test.first == model.name && test.second == judged)
              || (test.first == judged && test.second == model.name))
        }
        return Row(
          cohort: cohort, model: model.name,
          cases: "\(PageNumber.count(auc.count)) (\(PageNumber.count(auc.positives)))",
          estimates: Self.measures.map { model.metric($0, in: cohort) },
          p: test.map { PageNumber.pValue($0.adjustedPValue ?? $0.pValue) } ?? PageNumber.undefined)
      }
    }
  }
}

extension PaperTable {
  /// Columns of `performance.csv`.
  static var columns: [String] {
    ["Part", "Model", "Cases (positive)"] + headings.map { "\($0) (95 % CI)" } + ["p (DeLong)"]
  }

  /// Rows of `performance.csv`, as printed.
  var fields: [[String]] {
    rows.map { row in
      [PageText.heading(of: row.cohort), row.model, row.cases]
        + row.estimates.map { PageNumber.compactInterval($0?.interval) } + [row.p]
    }
  }
}
