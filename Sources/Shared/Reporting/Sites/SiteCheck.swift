import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// Whether the features tell the sites apart.
  package struct SiteCheck: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var subjects: Int
      /// Cross-validated, of the site against all others.
      @FiniteOrNull package var auc: Double?
    }

    package var sites: [Site]
    /// Mean over sites.
    package var auc: Double
    package var permutations: Int
    package var p: Double
  }
}

extension ReportAssembly {
  /// Whether the features tell the sites apart; `nil` with one site, too few subjects, or without models.
  func siteCheck() -> StudyReport.SiteCheck? {
    guard !plan.models.isEmpty else { return nil }
    return SiteCheck(study.table, rows: Array(0..<study.table.rowCount), seed: plan.seed).map { check in
      StudyReport.SiteCheck(
        sites: check.sites.map { .init(site: $0.name, subjects: $0.subjects, auc: $0.auc) }, auc: check.auc,
        permutations: check.permutations, p: check.p)
    }
  }
}

extension StudyReport.Warning {
  /// The features know where a case comes from.
  /// - Parameters:
  ///   - harmonised: names of the models that harmonise their features, of all `models`.
  package static func sitesRecognisable(
    auc: Double, p: Double, harmonised: [String], of models: [String]
  ) -> Self {
    Self(
      code: "sites_recognisable",
      message:
        "The features tell the sites apart (cross-validated AUC \(PageNumber.fixed(auc)), permutation p = "
        + "\(PageNumber.significant(p))): where sites differ in outcome, a model may learn the site. "
        + siteRemedy(harmonised: harmonised, of: models))
  }

  /// What to do about features that know the site: the check sees them as measured, before any harmonisation.
  static func siteRemedy(harmonised: [String], of models: [String]) -> String {
    guard !harmonised.isEmpty else {
      return "Harmonise, and judge by estimates at sites left out (split: leave-one-site-out)."
    }
    let who = harmonised.count == models.count ? "The models" : harmonised.joined(separator: ", ")
    let others = harmonised.count == models.count ? "" : ", the others do not"
    let verb = who == "The models" || harmonised.count > 1 ? "harmonise" : "harmonises"
    return
      "\(who) \(verb) them\(others). The check sees features as measured and cannot tell what that achieved: "
      + "judge by estimates at sites left out (split: leave-one-site-out)."
  }
}

extension Page {
  struct SiteCheckSection {
    var summary: String
    var meaning: String
    var rows: [SiteCheckRow]
  }

  struct SiteCheckRow {
    var site: String
    var subjects: String
    var auc: String
  }
}

extension Page.SiteCheckSection {
  init(_ check: StudyReport.SiteCheck, of report: StudyReport) {
    let harmonised = report.models.filter { $0.pipeline?.harmonisation != nil }.map(\.name)
    let remedy = StudyReport.Warning.siteRemedy(harmonised: harmonised, of: report.models.map(\.name))
    summary =
      "Each site was told from all others by ridge regression on the features, cross-validated over subjects. The "
      + "mean AUC is \(PageNumber.fixed(check.auc)), with p \(PageNumber.equality(check.p)) by "
      + "\(PageNumber.count(check.permutations, "permutation")) of the subjects’ sites."
    meaning =
      check.p < 0.05
      ? "The features carry the mark of the site. Where sites also differ in outcome, a model may have learnt the "
        + "site instead of the disease. \(remedy)"
      : "The features do not tell the sites apart more than chance would. That does not prove that sites are alike: "
        + "a small study may miss a difference."
    rows = check.sites.map { site in
      Page.SiteCheckRow(
        site: site.site, subjects: PageNumber.count(site.subjects), auc: PageNumber.fixed(site.auc))
    }
  }
}

extension PageTemplates {
  /// Whether the features know where a case comes from.
  static let siteCheck = """
    {{#siteCheck}}
    <h3 id="site-check">Do the features know the site?</h3>
    <p>{{summary}} {{meaning}}</p>
    <div class="scroll" role="region" aria-label="Recognition of sites" tabindex="0">
    <table>
    <caption>Cross-validated AUC of each site against all others; 0.5 is chance.</caption>
    <thead>
    <tr><th scope="col">Site</th><th scope="col">Subjects</th><th scope="col">AUC</th></tr>
    </thead>
    <tbody>
    {{#rows}}
    <tr><th scope="row">{{site}}</th><td>{{subjects}}</td><td>{{auc}}</td></tr>
    {{/rows}}
    </tbody>
    </table>
    </div>
    {{/siteCheck}}
    """
}
