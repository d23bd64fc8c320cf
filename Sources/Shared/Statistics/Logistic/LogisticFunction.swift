import ElementaryFunctions

/// `1/(1 + e^-η)`.
public func logistic(_ eta: Double) -> Double {
  1 / (1 + Elementary.exp(-eta))
}

/// `ln(p/(1 - p))`; infinite at 0 and 1.
public func logit(_ p: Double) -> Double {
  Elementary.log(p) - Elementary.log1p(-p)
}

/// `ln(1 + e^η)` without overflow.
func logOfOnePlusExp(_ eta: Double) -> Double {
  eta > 0 ? eta + Elementary.log1p(Elementary.exp(-eta)) : Elementary.log1p(Elementary.exp(eta))
}
