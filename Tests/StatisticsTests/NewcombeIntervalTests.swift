import Statistics
import Testing

@Suite struct `Newcombe's interval of an AUC` {
  /// The limits solve `|θ - auc| = z √V(θ)`: a second implementation in Python, by halving 200 times.
  @Test(arguments: [
    (1, 6, 6, 0.6892305747304552, 1), (0.5, 6, 6, 0.22416146803762674, 0.7758385319623733),
    (0.9, 21, 24, 0.7577599166286922, 0.9600798209362239),
    (0.75, 10, 20, 0.5276564701191551, 0.8835614517634814),
  ])
  func `has the limits of a second implementation`(
    auc: Double, cases: Int, controls: Int, lower: Double, upper: Double
  ) throws {
    let interval = try #require(Interval(newcombeOf: auc, cases: cases, controls: controls))
    #expect(abs(interval.lower - lower) < 1e-12 && abs(interval.upper - upper) < 1e-12)
    let other = try #require(Interval(newcombeOf: 1 - auc, cases: cases, controls: controls))
    #expect(abs(other.lower - (1 - upper)) < 1e-12 && abs(other.upper - (1 - lower)) < 1e-12)
  }

  @Test func `is not defined without cases or controls`() {
    #expect(Interval(newcombeOf: 0.5, cases: 0, controls: 4) == nil)
    #expect(Interval(newcombeOf: 0.5, cases: 4, controls: 0) == nil)
    #expect(Interval(newcombeOf: .nan, cases: 4, controls: 4) == nil)
  }
}
