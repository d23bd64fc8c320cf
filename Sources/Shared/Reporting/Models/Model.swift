extension StudyReport {
  /// One fitted model: how its features were chosen, its equation, and how well it does.
  package struct Model: Codable, Equatable, Sendable {
    /// `Rad`, `DL` or `DLR` as a rule.
    package var name: String
    /// Which features it could choose from: `handcrafted`, `deep`, or `feature table` where they were read from one.
    package var sources: [String]
    package var selection: [SelectionStep] = []
    /// Features of the equation; empty where selection kept none, and every case then has the same
    /// probability.
    package var features: [ModelFeature]
    package var intercept: Double
    /// Penalty at which LASSO chose the features; `nil` where it was not used.
    @FiniteOrNull package var lassoLambda: Double? = nil
    package var refit: Refit
    /// The equation as text, with six significant digits.
    package var formula: String
    @ValueOrNull package var cutoff: Cutoff? = nil
    package var warnings: [Warning] = []
    /// Estimates over a whole cohort; `site` is `nil` in all of them.
    package var metrics: [Metric]
    /// Estimates within one site each; `site` is never `nil`.
    package var perSite: [Metric]
    package var roc: [ROCCurve]
    package var decision: [DecisionCurve]
    package var calibration: [CalibrationCurve]
    @ValueOrNull package var bootstrap: Bootstrap? = nil
    @ValueOrNull package var pipeline: Pipeline? = nil
    package var precisionRecall: [PrecisionRecallCurve]
    package var smoothCalibration: [SmoothCalibration]
    package var scores: [ScoreDistribution]
    /// Measures at the sites and pooled over them.
    package var pooling: [SitePooling]
    /// `nil` where LASSO was not used.
    @ValueOrNull package var lassoPath: LassoPath? = nil
    /// What a Cox model has in place of probabilities; absent of a logistic model.
    package var survival: SurvivalModel? = nil

    private enum CodingKeys: String, CodingKey {
      case name, sources, selection, features, intercept
      case lassoLambda = "lasso_lambda"
      case refit, formula, cutoff, warnings, metrics
      case perSite = "per_site"
      case roc
      case decision = "decision_curve"
      case calibration, bootstrap, pipeline
      case precisionRecall = "precision_recall"
      case smoothCalibration = "calibration_smooth"
      case scores, pooling, survival
      case lassoPath = "lasso_path"
    }
  }

  /// One step of selection on the training part.
  package struct SelectionStep: Codable, Equatable, Sendable {
    /// `Mann-Whitney`, `Spearman`, `LASSO`.
    package var step: String
    /// Features left after the step.
    package var kept: Int
    /// The rule with its numbers: `p < 0.05`.
    package var detail: String
  }

  /// One term of the equation: `coefficient * (value - mean) / sd`.
  package struct ModelFeature: Codable, Equatable, Sendable {
    package var name: String
    /// Change of the log odds for one standard deviation of the feature.
    package var coefficient: Double
    /// Mean and standard deviation of the training part, after harmonisation if there was any.
    package var mean: Double
    package var standardDeviation: Double
    /// Share of bootstrap replicates that chose the feature; `nil` without a bootstrap.
    @FiniteOrNull package var selectionFrequency: Double? = nil

    private enum CodingKeys: String, CodingKey {
      case name, coefficient, mean
      case standardDeviation = "sd"
      case selectionFrequency = "selection_frequency"
    }
  }

  /// How the coefficients were fitted once the features were chosen.
  package struct Refit: Codable, Equatable, Sendable {
    /// `ridge`, `firth`, `none` (maximum likelihood) or `lasso` (the selection's own coefficients).
    package var method: String
    /// Penalty; `nil` for a method that has none.
    @FiniteOrNull package var lambda: Double? = nil
    /// How the penalty was chosen, or what else is to be said.
    package var detail: String = ""
  }

  /// Probability from which on a case is called positive, chosen on training data.
  package struct Cutoff: Codable, Equatable, Sendable {
    package var probability: Double
    /// `Youden's J on the training part`.
    package var rule: String
  }
}
