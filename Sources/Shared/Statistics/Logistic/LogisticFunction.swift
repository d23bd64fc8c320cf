import ElementaryFunctions

/// The logistic function `1/(1 + e^-η)`, 0 to 1: `plogis` of R.
public func logistic(_ eta: Double) -> Double {
  1 / (1 + Elementary.exp(-eta))
}

/// Its inverse `ln(p/(1 - p))`, `qlogis` of R; infinite at 0 and 1.
public func logit(_ p: Double) -> Double {
  Elementary.log(p) - Elementary.log1p(-p)
}

/// `ln(1 + e^η)` without overflow.
func logOfOnePlusExp(_ eta: Double) -> Double {
  eta > 0 ? eta + Elementary.log1p(Elementary.exp(-eta)) : Elementary.log1p(Elementary.exp(eta))
}
