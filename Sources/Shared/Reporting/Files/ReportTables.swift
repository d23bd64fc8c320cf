import DelimitedText
import Modelling
import StudyPlan

/// What one model says of one case.
package struct PredictionRow: Equatable, Sendable {
  package var caseID: String
  package var subject: String
  package var site: String
  /// `training` or `test`.
  package var split: String
  /// 0 or 1.
  package var outcome: Int
  package var model: String
  package var probability: Double
  /// What a Cox model says, and the time of observation; `nil` of a logistic model.
  package var survival: SurvivalTable.Values? = nil

  /// A study's predictions with what is known of their cases: model after model, and the cases of each in the order of the cohort, which
  /// does not depend on when they were ingested.
  /// - Throws: `outcome-missing`, as `StudyCase.modelledOutcome`.
  package static func rows(of predictions: [AggregateResult.Prediction], in cohort: StudyCohort)
    throws(StudyTaskError) -> [Self]
  {
    let names = cohort.rowNames
    var models: [String] = []
    for prediction in predictions where models.last != prediction.model { models.append(prediction.model) }
    let byModel = Dictionary(grouping: predictions, by: \.model)
    var rows: [Self] = []
    for model in models {
      let found = Dictionary(uniqueKeysWithValues: (byModel[model] ?? []).map { ($0.caseID, $0) })
      for item in cohort.cases {
        guard let prediction = found[item.id], let name = names[item.id] else { continue }
        rows.append(
          PredictionRow(
            caseID: name, subject: item.subject, site: item.site, split: prediction.part,
            outcome: try item.modelledOutcome(), model: model, probability: prediction.probability))
      }
    }
    return rows
  }
}

/// Columns and rows of `predictions.csv`; `coordinator evaluate` reads it back.
package enum PredictionTable {
  package static let columns = ["ID", "Subject", "Site", "Split", "Outcome", "Model", "Probability"]

  package static func fields(_ row: PredictionRow) -> [String] {
    [
      row.caseID, row.subject, row.site, row.split, String(row.outcome), row.model,
      DelimitedWriter.field(row.probability),
    ]
  }
}

/// Columns and rows of `failures.csv`.
package enum FailureTable {
  package static let columns = ["ID", "Subject", "Site", "Kind", "Code", "Reason", "Remedy"]

  package static func fields(_ row: StudyReport.Exclusion) -> [String] {
    [row.caseID, row.subject, row.site, row.kind.rawValue, row.code, row.sentence, row.remedy]
  }
}

/// Columns and rows of `features.csv`, one row a case and one column a feature.
package struct FeatureTable: Sendable {
  package let columns: [String]
  private let featureCount: Int

  /// - Parameters:
  ///   - features: names in the order in which rows give their values.
  ///   - extraColumns: columns of the manifest that pass through, between the fixed columns and the features.
  package init(features: [String], extraColumns: [String] = []) {
    columns = ["ID", "Site", "Outcome", "Split"] + extraColumns + features
    featureCount = features.count
  }

  /// Fields of a case; an undefined value is empty.
  package func fields(
    caseID: String, site: String, outcome: String, split: String, extra: [String] = [], values: [Double]
  ) -> [String] {
    precondition(values.count == featureCount, "one value for each feature of the table")
    return [caseID, site, outcome, split] + extra + values.map { DelimitedWriter.field($0) }
  }
}

/// Columns and rows of `metrics.csv`: every estimate of a report, one a row.
package enum MetricTable {
  package static let columns = [
    "Model", "Cohort", "Site", "Metric", "Estimate", "Lower", "Upper", "Method", "N", "Positives",
    "Undefined",
  ]

  package static func rows(of report: StudyReport) -> [[String]] {
    report.models.flatMap { model in
      (model.metrics + model.perSite).map { fields($0, of: model.name) }
        + (model.bootstrap.map { bootstrap in
          self.bootstrap(bootstrap, of: model.name)
        } ?? []) + (model.survival?.bootstrap.map { SurvivalTable.bootstrap($0, of: model.name) } ?? [])
    }
  }

  private static func fields(_ metric: StudyReport.Metric, of model: String) -> [String] {
    [
      model, metric.cohort.rawValue, metric.site ?? "", metric.name.key,
      DelimitedWriter.field(metric.estimate), DelimitedWriter.field(metric.lower),
      DelimitedWriter.field(metric.upper), metric.method, String(metric.count), String(metric.positives),
      metric.undefinedReason ?? "",
    ]
  }

  /// Estimates over replicates, under their keys in `report.json`; they count replicates, not cases.
  private static func bootstrap(_ bootstrap: StudyReport.Bootstrap, of model: String) -> [[String]] {
    let percentile = bootstrap.auc632PlusPercentile.map { [("auc_632_plus", $0)] } ?? []
    let estimates =
      [("auc_632_plus", bootstrap.auc632Plus)] + percentile + [
        ("auc_out_of_bag", bootstrap.outOfBag),
        ("auc_632", bootstrap.auc632), ("auc_harrell", bootstrap.harrell),
        ("auc_apparent", bootstrap.apparent),
      ]
    return estimates.map { name, interval in
      [
        model, EvaluationCohort.bootstrap.rawValue, "", name,
        DelimitedWriter.field(interval.estimate), DelimitedWriter.field(interval.lower),
        DelimitedWriter.field(interval.upper), interval.method, "", "", "",
      ]
    }
  }
}
