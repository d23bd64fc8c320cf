import DelimitedText
import Foundation
import Modelling
import StudyPlan

/// Columns and rows of `predictions.csv` in a survival study. `coordinator evaluate` knows no times, and refuses them.
package enum SurvivalTable {
  /// What a Cox model says of a case.
  package struct Values: Equatable, Sendable {
    package var time: Double
    package var linearPredictor: Double
    /// 0 the lower, 1 the higher risk.
    package var riskGroup: Int
    package var risks: [Double]
  }

  /// `Risk_12`.
  package static func riskColumn(_ horizon: Double) -> String { "Risk_\(SurvivalOutcome.text(horizon))" }

  package static func groupName(_ group: Int) -> String { group == 0 ? "low" : "high" }

  private static let fixed = [
    "ID", "Subject", "Site", "Split", "Event", "Time", "Model", "LinearPredictor", "RiskGroup",
  ]

  package static func columns(_ outcome: SurvivalOutcome) -> [String] {
    fixed + outcome.horizons.map(riskColumn)
  }

  static func columns(_ outcome: StudyReport.Survival) -> [String] {
    fixed + outcome.horizons.map(riskColumn)
  }

  package static func fields(_ row: PredictionRow) -> [String] {
    guard let values = row.survival else { return [] }
    return [
      row.caseID, row.subject, row.site, row.split, String(row.outcome), DelimitedWriter.field(values.time),
      row.model, DelimitedWriter.field(values.linearPredictor), groupName(values.riskGroup),
    ] + values.risks.map { DelimitedWriter.field($0) }
  }

  /// A stored model's predictions with what is known of their cases.
  /// - Throws: `StudyTaskError` where another version wrote the model.
  package static func rows(storedModel: String, in cohort: StudyCohort, outcome: SurvivalOutcome) throws
    -> [PredictionRow]
  {
    let model: StoredSurvivalModel
    do {
      model = try CanonicalJSON.decode(StoredSurvivalModel.self, from: Array(storedModel.utf8))
    } catch {
      throw StudyTaskError(
        code: "bad-model", sentence: "The stored model cannot be read: \(error).",
        remedy: "Use the version that ran the study, or submit it again.")
    }
    let names = cohort.rowNames
    let cases = Dictionary(uniqueKeysWithValues: cohort.cases.map { ($0.id, $0) })
    return try model.predictions.compactMap { prediction in
      guard let item = cases[prediction.caseID], let name = names[prediction.caseID] else { return nil }
      return PredictionRow(
        caseID: name, subject: item.subject, site: item.site, split: prediction.part,
        outcome: try item.modelledOutcome(), model: model.name,
        probability: try riskByLastHorizon(prediction.risks),
        survival: Values(
          time: try outcome.time(of: item),
          linearPredictor: prediction.linearPredictor, riskGroup: prediction.riskGroup,
          risks: prediction.risks))
    }.sorted { ($0.site, $0.caseID) < ($1.site, $1.caseID) }
  }

  /// Estimates over replicates, under their keys in `report.json`; they count replicates, not cases.
  static func bootstrap(_ bootstrap: StudyReport.SurvivalBootstrapReport, of model: String) -> [[String]] {
    let plain: [(String, Double?)] = [
      ("c_optimism_corrected", bootstrap.optimismCorrected), ("c_632", bootstrap.point632),
      ("c_632_plus", bootstrap.point632Plus), ("c_apparent", bootstrap.apparent),
    ]
    let rows =
      plain.map { ($0.0, StudyReport.Interval(estimate: $0.1)) } + [("c_out_of_bag", bootstrap.outOfBag)]
    return rows.map { name, interval in
      [
        model, EvaluationCohort.bootstrap.rawValue, "", name, DelimitedWriter.field(interval.estimate),
        DelimitedWriter.field(interval.lower), DelimitedWriter.field(interval.upper), interval.method, "",
        "", "",
      ]
    }
  }
}
