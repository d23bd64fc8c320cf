/// How the coefficients of the selected features are fitted, on z-scores.
public enum Refit: Equatable, Sendable, Codable {
  /// Unpenalised; separation is reported.
  case none
  /// Ridge with a fixed penalty (`penalty/2 Σ β²` beside the log-likelihood; 1 is scikit-learn's `C = 1`).
  case ridge(penalty: Double = 1)
  /// Ridge, the penalty chosen by cross-validated deviance among powers of two.
  case crossValidatedRidge(folds: Int = 10)
  /// Firth's penalised likelihood, finite under separation.
  case firth
  /// The coefficients of the last LASSO step itself.
  case lassoScore
}
