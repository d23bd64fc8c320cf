import CohortSynthesis
import Foundation
import Testing

@Suite struct `A synthetic clinic` {
  private static let records = (0..<20_000).map {
    (isCase: $0 % 2 == 1, record: ClinicalRecord(of: $0, hasLesion: $0 % 2 == 1, seed: 5))
  }

  /// Odds ratio of a level against another, from counts.
  private static func oddsRatio(_ value: (ClinicalRecord) -> String?, _ level: String, _ reference: String)
    -> Double
  {
    func count(_ wanted: String, _ isCase: Bool) -> Double {
      Double(records.count { $0.isCase == isCase && value($0.record) == wanted })
    }
    return count(level, true) * count(reference, false) / (count(level, false) * count(reference, true))
  }

  /// The logarithm of an odds ratio of 20,000 people has a standard error of 0.03 to 0.05 here.
  @Test func `has the odds ratios that it tells, in counts`() {
    #expect(abs(log(Self.oddsRatio(\.sex, "male", "female") / ClinicalTruth.oddsRatioOfMen)) < 0.12)
    for (level, truth) in zip(["mild", "severe"], ClinicalTruth.oddsRatiosOfPain) {
      #expect(abs(log(Self.oddsRatio(\.pain, level, "none") / truth)) < 0.16)
    }
    #expect(abs(ClinicalTruth.oddsRatioOfMen - 7.0 / 3) < 1e-12)
  }

  /// Of two normal distributions of one spread the slope of the log odds is the difference of means by the variance.
  @Test func `has the odds ratio of ten years, by means and variance`() {
    func ages(_ isCase: Bool) -> [Double] {
      Self.records.filter { $0.isCase == isCase }.compactMap { $0.record.age.map(Double.init) }
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let (cases, others) = (ages(true), ages(false))
    let squares =
      cases.map { pow($0 - mean(cases), 2) }.reduce(0, +)
      + others.map { pow($0 - mean(others), 2) }.reduce(0, +)
    let slope = (mean(cases) - mean(others)) * Double(cases.count + others.count) / squares
    #expect(abs(10 * slope - log(ClinicalTruth.oddsRatioOfTenYears)) < 0.05)
    #expect((cases + others).allSatisfy { (18...90).contains($0) })
  }

  @Test func `lacks three values in a hundred of each column, at random`() {
    let lacks: [(ClinicalRecord) -> Bool] = [{ $0.age == nil }, { $0.sex == nil }, { $0.pain == nil }]
    for isMissing in lacks {
      for isCase in [true, false] {
        let own = Self.records.filter { $0.isCase == isCase }
        #expect(abs(Double(own.count { isMissing($0.record) }) / Double(own.count) - 0.03) < 0.01)
      }
    }
  }
}
