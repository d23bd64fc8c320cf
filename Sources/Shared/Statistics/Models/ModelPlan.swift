/// A model to fit: from which features, by which steps, with which coefficients.
public struct ModelPlan: Equatable, Sendable, Codable {
  /// Unique among the plans of a study.
  public var name: String
  /// Which of the table's features may be used.
  public var features: FeatureChoice
  /// What is done with values that are not finite.
  public var missing: MissingPolicy
  /// In order; each sees what the one before has left.
  public var steps: [SelectionStep]
  /// How the selected features get their coefficients.
  public var refit: Refit
  /// Sites' effects taken from the features before selection, fitted to the same rows; `nil` leaves them.
  public var harmonisation: CombatSettings?
  /// Clinical columns beside the features; `nil` without any.
  public var clinical: ClinicalPredictors? = nil
  /// Scores of other models as predictors; `nil` without any.
  public var scores: ModelScores? = nil
  /// `nil` for Youden's, so that a plan without a choice is encoded as before there was one.
  private var cutoffRule: CutoffRule?

  /// How the cut-off is chosen on the training rows.
  public var cutoff: CutoffRule {
    get { cutoffRule ?? .youden }
    set { cutoffRule = newValue == .youden ? nil : newValue }
  }

  private enum CodingKeys: String, CodingKey {
    case name
    case features
    case missing
    case steps
    case refit
    case harmonisation
    case clinical
    case scores
    case cutoffRule = "cutoff"
  }

  /// A plan; without steps every usable feature is in the model.
  public init(
    name: String, features: FeatureChoice = .all, missing: MissingPolicy = .dropFeature,
    steps: [SelectionStep],
    refit: Refit = .ridge(), harmonisation: CombatSettings? = nil, cutoff: CutoffRule = .youden
  ) {
    self.name = name
    self.features = features
    self.missing = missing
    self.steps = steps
    self.refit = refit
    self.harmonisation = harmonisation
    cutoffRule = cutoff == .youden ? nil : cutoff
  }
}

extension ModelPlan {
  /// Numbers of folds that fitting the plan deals its subjects to, ascending, each once; empty without cross-validation.
  package var folds: [Int] {
    var counts = Set(steps.compactMap(\.folds))
    if case .crossValidatedRidge(let folds) = refit { counts.insert(folds) }
    return counts.sorted()
  }
}
