/// A Cox model to fit: from which features, by which steps, with which coefficients.
public struct SurvivalPlan: Equatable, Sendable, Codable {
  /// One step of selection, fitted on training rows only.
  public enum Step: Equatable, Sendable, Codable {
    /// A step that knows no outcome, such as variance, correlation or the ICC.
    case outcomeFree(SelectionStep)
    /// Keeps features whose score test in a Cox regression of that feature alone has `p` below the bound; the p-values
    /// order later correlation steps.
    case coxScore(maximumP: Double, adjustment: SelectionStep.Adjustment = .none)
    /// Keeps the features with a coefficient in an elastic-net Cox regression whose λ is chosen by cross-validation.
    case coxNet(
      folds: Int = 10, rule: CrossValidatedPath.Rule = .minimum,
      convention: CrossValidatedPath.Convention = .ownPath, alpha: Double = 1)

    /// Its name in traces and reports.
    public var name: String {
      switch self {
      case .outcomeFree(let step): step.name
      case .coxScore: "Cox score test"
      case .coxNet(_, _, _, let alpha): alpha == 1 ? "LASSO Cox" : "elastic-net Cox"
      }
    }
  }

  /// How the selected features get their coefficients.
  public enum Refit: Equatable, Sendable, Codable {
    /// Cox regression, ties by Efron; a monotone likelihood is reported.
    case none
    /// With `penalty/2 Σ β²` on z-scores.
    case ridge(penalty: Double = 1)
    /// The coefficients of the last elastic-net step.
    case lassoScore
  }

  /// Unique among the plans of a study.
  public var name: String
  /// Which of the table's features may be used.
  public var features: FeatureChoice
  /// What is done with values that are not finite.
  public var missing: MissingPolicy
  /// In order; each sees what the one before has left.
  public var steps: [Step]
  /// How the selected features get their coefficients.
  public var refit: Refit
  /// Sites' effects taken from the features before selection, fitted to the same rows; `nil` leaves them.
  public var harmonisation: CombatSettings?
  /// Clinical columns beside the features; `nil` without any.
  public var clinical: ClinicalPredictors? = nil
  /// Scores of other Cox models as predictors; `nil` without any.
  public var scores: SurvivalScores? = nil

  /// A plan; without steps every usable feature is in the model.
  public init(
    name: String, features: FeatureChoice = .all, missing: MissingPolicy = .dropFeature, steps: [Step],
    refit: Refit = .ridge(), harmonisation: CombatSettings? = nil
  ) {
    (self.name, self.features, self.missing) = (name, features, missing)
    (self.steps, self.refit, self.harmonisation) = (steps, refit, harmonisation)
  }

  /// What is the same for a logistic model.
  package var common: ModelPlan {
    var plan = ModelPlan(
      name: name, features: features, missing: missing, steps: [], harmonisation: harmonisation)
    plan.clinical = clinical
    plan.scores = scores.map { ModelScores(plans: $0.plans.map(\.common), folds: $0.folds) }
    return plan
  }
}

/// Linear predictors of other Cox models as predictors: ``ModelScores`` of times to an event.
public struct SurvivalScores: Equatable, Sendable, Codable {
  /// The models below, which have no scores themselves.
  public var plans: [SurvivalPlan]
  /// So many folds of unique training subjects, balanced over events: a subject's score is that of models that were fitted
  /// without it.
  public var folds: Int

  /// Scores of some models.
  public init(plans: [SurvivalPlan], folds: Int = 10) {
    self.plans = plans
    self.folds = folds
  }
}

extension SurvivalPlan.Step {
  /// True of steps whose own coefficients may be the model's.
  public var givesCoefficients: Bool { if case .coxNet = self { true } else { false } }
}
