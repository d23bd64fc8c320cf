import StudyPlan

/// A region of a patient whom a model did not know, with all that models may need of it.
package struct NewCase: Sendable {
  /// What results call it.
  package var name: String
  package var subject: String
  /// Empty where nobody says it.
  package var site: String
  package var part: ImagePart
  /// Further columns of its table, as texts.
  package var columns: [String: String]
  /// Features by their names. A feature that is not here was not measured; one that is not finite is undefined.
  package var values: [String: Double]

  package init(
    name: String, subject: String, site: String, part: ImagePart = ImagePart([:]),
    columns: [String: String] = [:], values: [String: Double]
  ) {
    (self.name, self.subject, self.site, self.part) = (name, subject, site, part)
    (self.columns, self.values) = (columns, values)
  }
}

/// What a reader of predictions should know.
package struct PredictionWarning: Codable, Equatable, Sendable {
  /// Short and stable, for programs.
  package let code: String
  package let model: String
  package let message: String

  package init(code: String, model: String, message: String) {
    (self.code, self.model, self.message) = (code, model, message)
  }
}

/// What a model says of a patient.
package struct NewPrediction: Equatable, Sendable {
  package let name: String
  package let subject: String
  package let site: String
  /// Of the model's predictors, in their order; NaN where one is undefined or missing.
  package let values: [Double]
  /// Of a Cox model the risk by its last horizon.
  package let probability: Double
  /// What a Cox model says; `nil` of a logistic model.
  package let survival: Survival?
  /// Further columns of the patient's first image.
  package let columns: [String: String]
}
