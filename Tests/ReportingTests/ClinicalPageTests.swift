import Foundation
import Statistics
import Testing

@testable import Reporting

@Suite struct `Odds ratios on the page` {
  /// Two columns together; of the first neither test nor interval could be had.
  private static let clinical = """
    {"columns": [], "characteristics": [], "equations": [], "logistic": {"univariable": [], "multivariable": [
      {"variable": "Age", "odds_ratio": 2.5, "count": 20, "cases": 9, "profile_fault": "an end that is not finite",
       "likelihood_ratio_fault": "without the column: collinear columns"},
      {"variable": "Sex", "level": "F", "odds_ratio": 1.5, "count": 20, "cases": 9, "likelihood_ratio_p": 0.2,
       "profile": {"lower": 1, "upper": 2}}]}}
    """

  @Test func `say which column has no test and which no interval of the profile, and why`() throws {
    let clinical = try JSONDecoder().decode(StudyReport.Clinical.self, from: Data(Self.clinical.utf8))
    let section = Page.ClinicalSection(clinical)
    #expect(
      section.oddsNote == "Categories are compared with the level in parentheses. "
        + "Age has no likelihood-ratio test (without the column: collinear columns). "
        + "Age has no profile interval (an end that is not finite).")
  }
}
