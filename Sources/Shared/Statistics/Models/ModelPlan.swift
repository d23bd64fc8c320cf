/// One step of feature selection; every step is fitted on training rows only.
package enum SelectionStep: Equatable, Sendable, Codable {
  package enum Adjustment: String, Sendable, Codable, CaseIterable {
    case none
    case benjaminiHochberg = "bh"
  }

  /// Keeps features whose intraclass correlation between repeat segmentations, or the lower end of its 95 %
  /// interval, is at least the minimum.
  case reliability(
    IntraclassCorrelation.Kind, minimum: Double = 0.75, bound: RepeatedFeatures.Bound = .estimate)
  /// Drops features that are nearly constant.
  case nearZeroVariance(NearZeroVariance = .init())
  /// Keeps features whose variance (n - 1) exceeds the threshold.
  case variance(threshold: Double)
  /// Keeps features with p below the bound.
  case mannWhitney(maximumP: Double, adjustment: Adjustment = .none)
  case tTest(maximumP: Double, variances: StudentTest.Variances = .unequal, adjustment: Adjustment = .none)
  /// Drops the less significant of two features that correlate more strongly than the bound.
  case correlation(Correlation.Kind, maximum: Double)
  /// Minimum redundancy, maximum relevance: keeps this many.
  case minimumRedundancy(count: Int)
  /// Elastic-net logistic regression, λ by cross-validation; `alpha` 1 is the LASSO.
  case lasso(
    folds: Int = 10, rule: CrossValidatedPath.Rule = .minimum,
    convention: CrossValidatedPath.Convention = .ownPath,
    alpha: Double = 1)

  /// The step's name in traces and reports.
  package var name: String {
    switch self {
    case .reliability(.agreement, _, _): "ICC(2,1)"
    case .reliability(.consistency, _, _): "ICC(3,1)"
    case .nearZeroVariance: "near-zero variance"
    case .variance: "variance"
    case .mannWhitney: "Mann-Whitney"
    case .tTest: "t test"
    case .correlation(.spearman, _): "Spearman"
    case .correlation(.pearson, _): "Pearson"
    case .minimumRedundancy: "mRMR"
    case .lasso(_, _, _, let alpha): alpha == 1 ? "LASSO" : "elastic net"
    }
  }
}

/// How the coefficients of the selected features are fitted, on z-scores.
package enum Refit: Equatable, Sendable, Codable {
  /// Unpenalised; separation is reported.
  case none
  /// Ridge with a fixed penalty (`penalty/2 Σ β²` beside the log-likelihood; 1 is scikit-learn's `C = 1`).
  case ridge(penalty: Double = 1)
  /// Ridge, the penalty chosen by cross-validated deviance among powers of two.
  case crossValidatedRidge(folds: Int = 10)
  case firth
  /// The coefficients of the last LASSO step itself.
  case lassoScore
}

/// Which features of a table a model may use.
package enum FeatureChoice: Equatable, Sendable, Codable {
  case all
  case prefixed([String])
  case notPrefixed([String])
  case named([String])

  package func includes(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .prefixed(let prefixes): prefixes.contains { name.hasPrefix($0) }
    case .notPrefixed(let prefixes): !prefixes.contains { name.hasPrefix($0) }
    case .named(let names): names.contains(name)
    }
  }
}

/// What is done with values that are NaN or infinite.
package enum MissingPolicy: Equatable, Sendable, Codable {
  /// Cases with any such value leave the table before it is split (`CohortTable.completeRows`), so that none is
  /// left for fitting.
  case dropCase
  /// A feature with any such value in the training rows is dropped.
  case dropFeature
  /// A feature is dropped above this share of such training rows; below it they take the training median.
  case medianImpute(maximumShare: Double)
}

/// A model to fit: from which features, by which steps, with which coefficients.
package struct ModelPlan: Equatable, Sendable, Codable {
  package var name: String
  package var features: FeatureChoice
  package var missing: MissingPolicy
  package var steps: [SelectionStep]
  package var refit: Refit
  /// Sites' effects taken from the features before selection, fitted to the same rows; `nil` leaves them.
  package var harmonisation: CombatSettings?
  /// `nil` for Youden's, so that a plan without a choice is encoded as before there was one.
  private var cutoffRule: CutoffRule?

  /// How the cut-off is chosen on the training rows.
  package var cutoff: CutoffRule {
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
    case cutoffRule = "cutoff"
  }

  package init(
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
