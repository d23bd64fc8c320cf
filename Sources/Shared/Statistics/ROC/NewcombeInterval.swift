extension Interval {
  /// Newcombe's interval of an AUC from its value and the numbers of cases and controls (2006, doi:10.1002/sim.2324, method 5): all
  /// AUCs `θ` with `|θ - auc| ≤ z √V(θ)` and Hanley and McNeil's variance
  /// `V(θ) = θ (1 - θ) (1 + N (1 - θ)/(2 - θ) + N θ/(1 + θ))/(cases · controls)`, `N = (cases + controls)/2 - 1`.
  ///
  /// It needs no variance of placements, and so exists where every case lies above every control, or all scores are equal.
  /// - Returns: `nil` without a case or a control, or for an AUC outside 0 to 1.
  public init?(newcombeOf auc: Double, cases: Int, controls: Int, confidence: Double = 0.95) {
    guard cases > 0, controls > 0, (0...1).contains(auc) else { return nil }
    let z = NormalDistribution.quantile(0.5 + 0.5 * confidence)
    let (pairs, n) = (Double(cases) * Double(controls), 0.5 * (Double(cases) + Double(controls)) - 1)
    func lower(_ auc: Double) -> Double {
      guard auc > 0 else { return 0 }
      return bisection(from: 0, to: auc) { theta in
        let spread = 1 + n * (1 - theta) / (2 - theta) + n * theta / (1 + theta)
        return auc - theta > z * (theta * (1 - theta) * spread / pairs).squareRoot()
      }
    }
    // The variance is the same at θ and 1 - θ.
    self.init(lower: lower(auc), upper: 1 - lower(1 - auc))
  }
}
