import Statistics
import Testing

@Suite struct `A model against exchanged outcomes` {
  private static let permuted = (0..<40).map { Optional(0.5 + 0.01 * Double($0 - 20)) } + [nil, nil]

  @Test func `has the percentiles of the test where these reach further than its own interval`() throws {
    let found = try #require(
      PermutationDifference(0.8, Interval(lower: 0.75, upper: 0.85), over: Self.permuted))
    // The permutations run from 0.3 to 0.69; type 7 at 2.5 % of 40 numbers is 0.975 steps from the end.
    #expect(abs(found.mean - 0.495) < 1e-12 && abs(found.value - 0.305) < 1e-12 && found.permutations == 40)
    #expect(abs(found.interval.lower - (0.8 - 0.69 + 0.00975)) < 1e-12)
    #expect(abs(found.interval.upper - (0.8 - 0.3 - 0.00975)) < 1e-12)
  }

  @Test func `is not taken for certain where every permutation ranks alike`() throws {
    let same = [Double?](repeating: 0.5, count: 40)
    let found = try #require(PermutationDifference(0.62, Interval(lower: 0.44, upper: 0.77), over: same))
    #expect(abs(found.interval.lower + 0.06) < 1e-12 && abs(found.interval.upper - 0.27) < 1e-12)
    let alone = try #require(PermutationDifference(0.62, nil, over: same))
    #expect(abs(alone.interval.lower - 0.12) < 1e-12 && abs(alone.interval.upper - 0.12) < 1e-12)
  }

  @Test func `needs ten permutations that could be fitted`() {
    let few = [Double?](repeating: 0.5, count: 9) + [nil, nil, nil]
    #expect(PermutationDifference(0.6, nil, over: few) == nil)
  }
}
