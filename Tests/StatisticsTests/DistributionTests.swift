import Statistics
import Testing

@Suite struct `Distributions` {
  /// R's qnorm, qt, qchisq, 15 digits.
  @Test func `quantiles have the published values`() {
    #expect(abs(NormalDistribution.quantile(0.975) - 1.959963984540054) < 1e-14)
    #expect(abs(NormalDistribution.quantile(1e-10) + 6.361340902404056) < 1e-13)
    #expect(abs(StudentDistribution.quantile(0.975, degrees: 5) - 2.570581835636314) < 1e-12)
    #expect(abs(StudentDistribution.quantile(0.025, degrees: 5) + 2.570581835636314) < 1e-12)
    #expect(abs(ChiSquaredDistribution.quantile(0.95, degrees: 3) - 7.814727903251178) < 1e-12)
  }

  @Test(arguments: [1e-300, 1e-12, 0.001, 0.3, 0.5, 0.9, 0.9999])
  func `the normal quantile undoes the cumulative distribution`(p: Double) {
    #expect(abs(NormalDistribution.cumulative(NormalDistribution.quantile(p)) - p) < 4e-13 * p)
  }

  /// t with 1 degree is Cauchy: P(|T| ≥ 1) = 1/2; χ² with 2 degrees is exponential; F(1, n) is t².
  @Test func `special cases have closed forms`() {
    #expect(abs(StudentDistribution.twoSided(1, degrees: 1) - 0.5) < 1e-14)
    #expect(abs(ChiSquaredDistribution.upperTail(3, degrees: 2) - 0.22313016014842982) < 1e-14)
    let t = StudentDistribution.twoSided(2.2, degrees: 7)
    #expect(abs(FisherDistribution.upperTail(2.2 * 2.2, d1: 1, d2: 7) - t) < 1e-14)
  }

  @Test func `quantiles end where probability does`() {
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
    #expect(NormalDistribution.quantile(1.5).isNaN)
    #expect(StudentDistribution.quantile(0, degrees: 3) == -.infinity)
    #expect(ChiSquaredDistribution.quantile(0, degrees: 3) == 0)
  }

  /// Type 7 by hand: position (n - 1) p.
  @Test func `sample quantiles interpolate between neighbours`() {
    #expect(quantile(ofSorted: [1, 2, 4, 8], 0.5) == 3)
    #expect(quantile(ofSorted: [1, 2, 4, 8], 1) == 8)
    #expect(abs(quantile(ofSorted: [1, 2, 4, 8], 0.1) - 1.3) < 1e-15)
    #expect(quantile(ofSorted: [], 0.5).isNaN)
    #expect(Interval(percentilesOf: []) == nil)
  }
}
