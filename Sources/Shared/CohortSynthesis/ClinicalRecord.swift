import ElementaryFunctions
import LinearAlgebra

/// What a clinic knows of a synthetic subject: age, sex and pain, drawn given the outcome and independently of each other.
///
/// Ages are normal with one spread for both outcomes, and the others are categories; then the log odds of the outcome are a sum of one
/// term for each column (Bayes' rule), and the coefficients that a logistic model estimates are known: those of `ClinicalTruth`. Ages
/// are rounded to years and kept within 18 to 90, which moves the coefficient of age by less than one part in a hundred.
package struct ClinicalRecord: Equatable, Sendable {
  /// In years; `nil` where it was not noted.
  package let age: Int?
  package let sex: String?
  package let pain: String?

  /// - Parameter subject: its number, which has random numbers of its own.
  package init(of subject: Int, hasLesion: Bool, seed: UInt64) {
    var stream = RandomTopic.clinical.stream(seed, subject)
    let (years, sex, pain) = (stream.normal(), stream.uniform(), stream.uniform())
    let (noAge, noSex, noPain) = (stream.uniform(), stream.uniform(), stream.uniform())
    let mean = ClinicalTruth.meanAge + (hasLesion ? ClinicalTruth.yearsOlder : 0)
    age =
      noAge < ClinicalTruth.missingShare
      ? nil : Int(min(max((mean + ClinicalTruth.spreadOfAge * years).rounded(), 18), 90))
    self.sex =
      noSex < ClinicalTruth.missingShare
      ? nil : sex < (hasLesion ? ClinicalTruth.menWithLesion : ClinicalTruth.menWithout) ? "male" : "female"
    let shares = hasLesion ? ClinicalTruth.painWithLesion : ClinicalTruth.painWithout
    let level = pain < shares[0] ? 0 : pain < shares[0] + shares[1] ? 1 : 2
    self.pain = noPain < ClinicalTruth.missingShare ? nil : ClinicalTruth.painLevels[level]
  }

  /// `50,female,mild`
  var fields: String { [age.map(String.init) ?? "", sex ?? "", pain ?? ""].joined(separator: ",") }
}

/// How the columns of a synthetic clinic depend on the outcome, and what a logistic model of them all has for coefficients.
package enum ClinicalTruth {
  static let (meanAge, yearsOlder, spreadOfAge) = (50.0, 5.0, 10.0)
  static let (menWithout, menWithLesion) = (0.5, 0.7)
  static let painLevels = ["none", "mild", "severe"]
  static let (painWithout, painWithLesion) = ([0.5, 0.35, 0.15], [0.25, 0.4, 0.35])
  /// Of each column, independently of everything.
  static let missingShare = 0.03

  /// Odds ratio of ten years of age: `exp(10 * difference of means / variance)`, 1.65.
  package static var oddsRatioOfTenYears: Double {
    Elementary.exp(10 * yearsOlder / (spreadOfAge * spreadOfAge))
  }
  /// Odds ratio of men, 2.33.
  package static var oddsRatioOfMen: Double {
    menWithLesion / (1 - menWithLesion) / (menWithout / (1 - menWithout))
  }
  /// Odds ratios of mild and of severe pain against none, 2.29 and 4.67.
  package static var oddsRatiosOfPain: [Double] {
    (1...2).map { painWithLesion[$0] / painWithLesion[0] / (painWithout[$0] / painWithout[0]) }
  }
}
