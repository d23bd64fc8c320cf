import Statistics
import Testing

@Suite struct `The sample size of Riley and others` {
  /// Riley et al. 2020 (doi:10.1136/bmj.m441), their example of foot ulcers' like: pmsampsize's help has
  /// `pmsampsize(type = "b", csrsquared = 0.288, parameters = 24, prevalence = 0.174)`: 623, 662, 221 and so 662.
  @Test func `is that of the published example`() throws {
    let size = try #require(SampleSize(parameters: 24, prevalence: 0.174, rSquared: 0.288))
    #expect(size.forShrinkage.rounded(.up) == 623)
    #expect(size.forOptimism.rounded(.up) == 662)
    #expect(size.forRisk.rounded(.up) == 221)
    #expect(size.subjects == 662)
    // Events for each parameter, as printed: 4.8.
    let events: Double = size.subjects * 0.174 / 24
    #expect(abs(events - 4.8) < 0.05)
  }

  /// The largest R² of Cox and Snell by prevalence, as Riley et al. print it: 0.75, 0.48, 0.33 for 0.5, 0.1, 0.05.
  @Test(arguments: [(0.5, 0.75), (0.1, 0.48), (0.05, 0.33)])
  func `takes the largest explained variation from the prevalence`(prevalence: Double, largest: Double) {
    #expect(abs(SampleSize.largestRSquared(prevalence: prevalence) - largest) < 0.005)
  }

  @Test func `grows with the candidates, and is turned into candidates again`() throws {
    let few = try #require(SampleSize(parameters: 10, prevalence: 0.4))
    let many = try #require(SampleSize(parameters: 1_197, prevalence: 0.4))
    #expect(abs(many.forShrinkage / few.forShrinkage - 119.7) < 1e-9 && many.forRisk == few.forRisk)
    let carried = SampleSize.parameters(for: 1_000, prevalence: 0.4)
    #expect(try #require(SampleSize(parameters: carried, prevalence: 0.4)).subjects <= 1_000)
    #expect(try #require(SampleSize(parameters: carried + 1, prevalence: 0.4)).subjects > 1_000)
    #expect(SampleSize.parameters(for: 100, prevalence: 0.5) == 0)
  }

  @Test func `is not defined where nothing can be predicted`() {
    #expect(SampleSize(parameters: 0, prevalence: 0.5) == nil)
    #expect(
      SampleSize(parameters: 5, prevalence: 0) == nil && SampleSize(parameters: 5, prevalence: 1) == nil)
    #expect(SampleSize(parameters: 5, prevalence: 0.5, rSquared: 0.8) == nil)
  }
}
