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

  /// A plan; without steps every usable feature is in the model.
  public init(
    name: String, features: FeatureChoice = .all, missing: MissingPolicy = .dropFeature, steps: [Step],
    refit: Refit = .ridge(), harmonisation: CombatSettings? = nil
  ) {
    (self.name, self.features, self.missing) = (name, features, missing)
    (self.steps, self.refit, self.harmonisation) = (steps, refit, harmonisation)
  }

  /// What is the same for a logistic model.
  var common: ModelPlan {
    ModelPlan(name: name, features: features, missing: missing, steps: [], harmonisation: harmonisation)
  }
}

extension SurvivalPlan.Step {
  /// True of steps whose own coefficients may be the model's.
  public var givesCoefficients: Bool { if case .coxNet = self { true } else { false } }
}
