import Modelling
import StudyPlan

extension ReportAssembly {
  /// Sites of which no case is left, because what did not fail was excluded: the study is one of the other sites.
  func lostSites() -> [StudyReport.Warning] {
    study.cohort.lostSites.map { site in
      let cases = study.cohort.cases.filter { $0.site == site }
      let failed = cases.filter { $0.state == .failed }
      let codes = Dictionary(grouping: failed.compactMap { $0.loss?.code }) { $0 }.mapValues(\.count)
      let commonest = codes.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
      return .lostSite(site, cases: cases.count, failed: failed.count, code: commonest)
    }
  }
}

extension StudyReport.Warning {
  /// No case of a site could be used.
  package static func lostSite(_ site: String, cases: Int, failed: Int, code: String?) -> Self {
    let cause = code.map { " (most often \($0))" } ?? ""
    return Self(
      code: "site_lost",
      message:
        "Site \(site) is missing: \(PageNumber.count(failed)) of its \(PageNumber.count(cases, "case")) failed\(cause), and no "
        + "other is left. All results are of the other sites alone; mend the cause and try the failed cases again before "
        + "you use them.")
  }
}
