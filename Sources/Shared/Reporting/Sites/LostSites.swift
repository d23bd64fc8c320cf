import Modelling
import StudyPlan

extension ReportAssembly {
  /// Sites of which no case is left: because what did not fail was excluded, or because the rest has no outcome or lacks values.
  /// The study is one of the other sites. A site that people left out on purpose is not lost.
  func lostSites() -> [StudyReport.Warning] {
    let failing = study.cohort.lostSites
    return failing.map { site in
      let cases = study.cohort.cases.filter { $0.site == site }
      let failed = cases.filter { $0.state == .failed }
      let codes = Dictionary(grouping: failed.compactMap { $0.loss?.code }) { $0 }.mapValues(\.count)
      let commonest = codes.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
      return .lostSite(site, cases: cases.count, failed: failed.count, code: commonest)
    } + unusableSites(beside: Set(failing))
  }

  /// What no person decided: the data of these cases do not serve.
  private static let unusable: Set<String> = [
    "outcome-unknown", "missing-values", "no-values", "other-dimensions",
  ]

  private func unusableSites(beside known: Set<String>) -> [StudyReport.Warning] {
    guard !models.isEmpty else { return [] }
    let used = modelled
    let bySite = Dictionary(grouping: study.cohort.cases, by: \.site).filter { site, cases in
      !known.contains(site) && !cases.contains { used.contains($0.id) }
    }
    return bySite.sorted { $0.key < $1.key }.compactMap { site, cases in
      let losses = cases.map { ($0.loss ?? .outcomeUnknown).code }
      let codes = Dictionary(grouping: losses) { $0 }.mapValues(\.count)
      guard losses.contains(where: Self.unusable.contains),
        let commonest = codes.min(by: { ($1.value, $0.key) < ($0.value, $1.key) })?.key
      else { return nil }
      return .unusableSite(site, cases: cases.count, code: commonest)
    }
  }
}

extension StudyReport.Warning {
  /// No case of a site serves a model, though not all failed.
  static func unusableSite(_ site: String, cases: Int, code: String) -> Self {
    Self(
      code: "site_lost",
      message:
        "Site \(site) is missing: none of its \(PageNumber.count(cases, "case")) could be used (most often \(code)). All results "
        + "are of the other sites alone; complete its data before you use them.")
  }

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
