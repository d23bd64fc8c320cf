import Statistics
import StudyPlan

/// A Cox model as the database stores it: the fit, and what it says of each case.
package struct StoredSurvivalModel: Codable, Sendable {
  package struct Prediction: Codable, Sendable {
    package var caseID: Int64
    /// `training`, `test` or `external`; `test` for a case of a site that was left out.
    package var part: String
    package var linearPredictor: Double
    /// 0 the lower, 1 the higher risk.
    package var riskGroup: Int
    /// Of the event by each horizon of the study.
    package var risks: [Double]
  }

  /// Tells it from a logistic model.
  package static let kind = "survival"

  package var kind = StoredSurvivalModel.kind
  package var name: String
  /// A Cox model has none; the database compares it with the report's.
  package var intercept = 0.0
  package var featureNames: [String]
  package var coefficients: [Double]
  package var fitted: FittedSurvivalModel
  package var predictions: [Prediction]

  /// Where every site is left out once, a case is predicted by the model which did not know its site.
  package init(_ model: FinalSurvivalModel, parts: [SurvivalPart]) {
    name = model.fitted.name
    (featureNames, coefficients) = (model.fitted.featureNames, model.fitted.coefficients)
    fitted = model.fitted
    let isLeftOut = parts.contains { $0.cohort == .leftOut }
    predictions = parts.filter { !isLeftOut || [.leftOut, .external].contains($0.cohort) }.flatMap { part in
      part.caseIDs.indices.map { row in
        Prediction(
          caseID: part.caseIDs[row], part: part.cohort == .leftOut ? "test" : part.cohort.rawValue,
          linearPredictor: part.predictors[row], riskGroup: part.groups[row], risks: part.risks[row])
      }
    }
  }

  /// Whether a stored model is one of these.
  package static func isOne(_ body: String) -> Bool {
    struct Kind: Decodable { var kind: String? }
    return (try? CanonicalJSON.decode(Kind.self, from: Array(body.utf8)))?.kind == kind
  }
}
