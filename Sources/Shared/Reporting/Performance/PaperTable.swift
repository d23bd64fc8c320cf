import Modelling
import StudyPlan

/// The table that a paper prints: models in rows, part by part, with what its readers compare.
struct PaperTable {
  struct Row {
    var cohort: EvaluationCohort
    var model: String
    var cases: String
    /// As `headings`; `nil` for what is not known.
    var estimates: [StudyReport.Interval?]
    /// p values of tests within the part, as `tests`.
    var tested: [String]
    var p: String
  }

  /// What stands in parentheses behind the number of cases.
  let counted: String
  let headings: [String]
  /// Of columns of p values that need no other model.
  let tests: [String]
  /// The test that models are compared by.
  let test: String
  let rows: [Row]
  /// The model that the others are tested against; `nil` without tests.
  let reference: String?

  init(_ report: StudyReport) {
    if let survival = report.survival {
      self.init(report, survival)
    } else {
      self.init(
        report, measure: .auc, headings: Self.binary.map(\.heading), test: "DeLong",
        estimates: { model, cohort in
          Self.binary.map { model.metric($0.measure, in: cohort)?.interval }
        })
    }
  }

  private static let binary: [(measure: Measure, heading: String)] = [
    (.auc, "AUC"), (.sensitivity, "Sensitivity"), (.specificity, "Specificity"),
    (.positivePredictiveValue, "PPV"), (.negativePredictiveValue, "NPV"), (.accuracy, "Accuracy"),
    (.f1, "F1"),
  ]

  /// - Parameters:
  ///   - measure: by which models are compared; a part without it has no rows.
  ///   - test: what the method of their comparison is called.
  ///   - tests: headings of p values within a part, and these of a model there.
  private init(
    _ report: StudyReport, measure: Measure, counted: String = "positive", headings: [String], test: String,
    estimates: (StudyReport.Model, EvaluationCohort) -> [StudyReport.Interval?],
    tests: [String] = [], tested: (StudyReport.Model, EvaluationCohort) -> [Double?] = { _, _ in [] }
  ) {
    (self.counted, self.headings, self.test, self.tests) = (counted, headings, test, tests)
    let judged = report.primary?.model ?? report.models.last?.name
    let found = report.comparisons.filter { $0.metric == measure && $0.method.contains(test) }
    reference = found.contains { $0.first == judged || $0.second == judged } ? judged : nil
    rows = EvaluationOrder.cohorts.flatMap { cohort in
      report.models.compactMap { model -> Row? in
        guard let main = model.metric(measure, in: cohort) else { return nil }
        let comparison = found.first { test in
          test.cohort == cohort
            && ((test.first == model.name && test.second == judged)
              || (test.first == judged && test.second == model.name))
        }
        return Row(
          cohort: cohort, model: model.name,
          cases: "\(PageNumber.count(main.count)) (\(PageNumber.count(main.positives)))",
          estimates: estimates(model, cohort), tested: tested(model, cohort).map(PageNumber.pValue),
          p: comparison.map { PageNumber.pValue($0.adjustedPValue ?? $0.pValue) } ?? PageNumber.undefined)
      }
    }
  }
}

extension PaperTable {
  /// Of times to an event: C, the AUC at each horizon, and what parts the groups of risk.
  private init(_ report: StudyReport, _ survival: StudyReport.Survival) {
    func curves(_ model: StudyReport.Model, _ cohort: EvaluationCohort) -> StudyReport.RiskCurves? {
      model.survival?.curves.first { $0.cohort == cohort }
    }
    self.init(
      report, measure: .harrellC, counted: "events",
      headings: ["Harrell’s C", "Uno’s C"] + survival.horizons.map { "AUC \(survival.place($0))" }
        + ["Hazard ratio, high to low risk"],
      test: "jackknife",
      estimates: { model, cohort in
        [model.metric(.harrellC, in: cohort)?.interval, model.metric(.unoC, in: cohort)?.interval]
          + survival.horizons.map { horizon in
            model.metrics.first { $0.name == .areaAtTime && $0.cohort == cohort && $0.horizon == horizon }?
              .interval
          } + [curves(model, cohort)?.hazardRatio]
      }, tests: ["Log-rank p"], tested: { model, cohort in [curves(model, cohort)?.logRankP] })
  }
}

extension PaperTable {
  /// Columns of `performance.csv`.
  var columns: [String] {
    ["Part", "Model", "Cases (\(counted))"] + headings.map { "\($0) (95 % CI)" } + tests + ["p (\(test))"]
  }

  /// Rows of `performance.csv`, as printed.
  var fields: [[String]] {
    rows.map { row in
      [PageText.heading(of: row.cohort), row.model, row.cases]
        + row.estimates.map(PageNumber.compactInterval) + row.tested + [row.p]
    }
  }
}
