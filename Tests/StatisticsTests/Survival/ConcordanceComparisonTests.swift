import LinearAlgebra
import Statistics
import TestSupport
import Testing

/// R's survival 3.5: `concordance` of two models on the same rows; written by `Benchmarks/reference/survival.R`.
@Suite struct `Two scores on the same rows` {
  @Test(arguments: ["tied", "untied"]) func `differ in C as in R, with its error`(kind: String) throws {
    let data = try GeneratedSurvival(rows: 120, columns: 4, seed: 7, whole: kind == "tied")
    let reference = try ReferenceJSON.stored("survival.json")[kind].concordance
    let first = (0..<120).map { row -> Double in
      (data.features[row, 0] * 8).rounded(.toNearestOrEven)
        - (data.features[row, 1] * 6).rounded(.toNearestOrEven)
    }
    let second = (0..<120).map { (data.features[$0, 0] * 4).rounded(.toNearestOrEven) }
    let clusters = try #require(Clusters((0..<120).map { $0 / 2 }))
    let found = try #require(ConcordanceComparison(first, minus: second, data.survival))
    let clustered = try #require(
      ConcordanceComparison(first, minus: second, data.survival, clusters: clusters))
    var tally = Tally("survival.json", "difference in C, \(kind) (survival)")
    tally.check(found.difference, reference.difference.double, relative: 1e-12)
    tally.check(found.standardError, reference.differenceError.double, relative: 1e-11)
    tally.check(clustered.standardError, reference.clusteredDifferenceError.double, relative: 1e-11)
    tally.report()
    let other = try #require(ConcordanceComparison(second, minus: first, data.survival))
    #expect(other.difference == -found.difference && other.p == found.p)
    #expect(isNear(other.interval.lower, -found.interval.upper, within: 1e-15))
  }

  /// Five rows with the event, of three subjects: R's `qt(0.975, 4)` and `qt(0.975, 2)`.
  @Test func `have an interval by Student's t, as events are few`() throws {
    let survival = try SurvivalTimes(
      times: [1, 2, 3, 4, 5, 6], events: [true, true, true, true, true, false])
    let (first, second) = ([6.0, 3, 5, 4, 1, 2], [2.0, 6, 1, 5, 3, 4])
    let found = try #require(ConcordanceComparison(first, minus: second, survival))
    #expect(
      isNear((found.interval.upper - found.difference) / found.standardError, 2.776445105, within: 1e-8))
    let clusters = Clusters([0, 0, 1, 1, 2, 2])
    let clustered = try #require(ConcordanceComparison(first, minus: second, survival, clusters: clusters))
    #expect(
      isNear(
        (clustered.interval.upper - clustered.difference) / clustered.standardError, 4.302652730, within: 1e-8
      ))
    #expect(found.interval.lower <= 0 && found.p > 0.05)
  }

  @Test func `that put rows in one order do not differ`() throws {
    let data = try GeneratedSurvival(rows: 40, columns: 2, seed: 3, whole: false)
    let score = (0..<40).map { data.features[$0, 0] }
    let same = try #require(ConcordanceComparison(score, minus: score.map { 2 * $0 + 1 }, data.survival))
    #expect(same.difference == 0 && same.standardError == 0 && same.p == 1)
    let censored = try SurvivalTimes(times: [1, 2], events: [false, false])
    #expect(ConcordanceComparison([1, 2], minus: [2, 1], censored) == nil)
  }
}

@Suite struct `A Cox regression on one column` {
  private static func fault(_ column: [Double], _ times: [Double], _ events: [Bool]) throws
    -> UnivariableCox.Fault?
  {
    let survival = try SurvivalTimes(times: times, events: events)
    do throws(UnivariableCox.Fault) {
      _ = try UnivariableCox(column, survival)
      return nil
    } catch {
      return error
    }
  }

  @Test func `says why it has no coefficient`() throws {
    let times = [1.0, 2, 3, 4, 5, 6]
    let events = [true, true, false, true, false, true]
    #expect(try Self.fault([2, 2, 2, 2, 2, 2], times, events) == .constant)
    #expect(try Self.fault([], [], []) == .constant)
    #expect(try Self.fault([1, 2, 3, 4, 5, 6], times, times.map { _ in false }) == .noEvent)
    #expect(try Self.fault([6, 5, 4, 3, 2, 1], times, events) == .monotone)
    // Only those whose observation ended before the first event differ.
    #expect(
      try Self.fault([7, 3, 1, 1, 1, 1], times, [false, false, true, true, false, true]) == .constantAtRisk)
    #expect(try Self.fault([1, 0, 1, 0, 1, 1], times, events) == nil)
  }

  @Test func `is the hazard of groups of risk, and the slope of a calibration`() throws {
    let data = try GeneratedSurvival(rows: 60, columns: 2, seed: 5, whole: false)
    let column = (0..<60).map { data.features[$0, 0] }
    let fit = try UnivariableCox(column, data.survival)
    let calibration = try #require(
      SurvivalCalibration(risks: column.map { 0.2 + $0 / 10 }, predictors: column, data.survival, at: 10))
    #expect(calibration.slope == fit.coefficient && calibration.slopeUndefinedReason == nil)
    let flat = try #require(
      SurvivalCalibration(
        risks: column.map { _ in 0.2 }, predictors: column.map { _ in 1 }, data.survival, at: 10))
    #expect(flat.slope == nil && flat.slopeUndefinedReason == "linear predictors: all values are equal")
    #expect(throws: UnivariableCox.Fault.constant) {
      try RiskGroupHazard(data.survival, groups: [Int](repeating: 1, count: 60))
    }
  }
}
