import Testing

@testable import Verification

@Suite struct `A reference value` {
  private func agreed(_ value: Double, _ tolerance: Double) -> ReferenceValue.Agreed {
    ReferenceValue.Agreed(value: value, tolerance: tolerance)
  }

  @Test(arguments: [
    // Within the tolerance; beyond it, where that is no smaller than half of the third digit.
    (556, 4, 559.9, true, true), (556, 4, 560.1, false, false),
    // Tolerance 0: what rounds to 0.698 is from 0.6975 to 0.6985.
    (0.698, 0, 0.698, true, true), (0.698, 0, 0.6984, false, true), (0.698, 0, 0.6986, false, false),
    (0.698, 0, 0.6976, false, true), (0.698, 0, 0.6974, false, false),
    // Below 0, and large: what rounds to 1,340 is from 1,335 to 1,345.
    (-0.155, 0, -0.1546, false, true), (1340, 0, 1344.9, false, true), (1340, 0, 1345.1, false, false),
  ])
  func `is met by its tolerance, or by what rounds to its three digits`(
    value: Double, tolerance: Double, found: Double, byTolerance: Bool, byDigits: Bool
  ) {
    let reference = agreed(value, tolerance)
    #expect(reference.isWithinTolerance(found) == byTolerance)
    #expect(reference.isMet(by: found, .tolerance) == byTolerance)
    #expect(reference.isMet(by: found, .toleranceOrDigits) == byDigits)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `is not met by what is not finite`(found: Double) {
    #expect(!agreed(1, 1e300).isMet(by: found, .toleranceOrDigits))
    let check = ReferenceValue(tag: "stat_mean", agreed: agreed(1, 1)).check(found, .tolerance)
    #expect(check.outcome == .failed && check.found == nil && check.isWithinTolerance == false)
  }

  @Test func `of a feature that was not computed is not met`() {
    #expect(ReferenceValue(tag: "stat_mean", agreed: agreed(1, 1)).check(nil, .tolerance).outcome == .failed)
  }

  @Test func `on which nobody agreed is listed and cannot fail`() {
    for found in [nil, 3.5, .nan] {
      let check = ReferenceValue(tag: "ivh_auc", agreed: nil).check(found, .tolerance)
      #expect(check.outcome == .listed && check.isWithinTolerance == nil)
    }
  }
}
