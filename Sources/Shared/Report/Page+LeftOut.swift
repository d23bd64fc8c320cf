/// Sites that were predicted by models which did not know them, and whether features know the sites.
extension Page {
  struct LeftOutGroup {
    var heading: String
    var rows: [LeftOutRow]
    var pooled: EstimateCell
    var prediction: String
    var total: String
    /// How many sites could be pooled.
    var pooledSites: String
    var unseenSite: String
  }

  struct LeftOutRow {
    var site: String
    var count: String
    var features: String
    var cutoff: String
    var auc: EstimateCell
    var sensitivity: String
    var specificity: String
  }

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

extension Page.LeftOutGroup {
  /// One group a model; none unless the study leaves each site out.
  static func all(of report: StudyReport) -> [Self] {
    report.models.compactMap { model in
      model.pipeline?.leaveOneSiteOut.map { Self($0, model: model.name) }
    }
  }

  private init(_ result: StudyReport.LeaveOneSiteOut, model: String) {
    heading = model
    rows = result.sites.map { Page.LeftOutRow($0) }
    pooled = Page.EstimateCell(result.pooled)
    if result.pooled.estimate == nil { pooled.reason = "fewer than two sites can be pooled" }
    prediction = PageNumber.range(result.predictionInterval.lower, result.predictionInterval.upper)
    let (cases, positives) = result.sites.reduce((0, 0)) { ($0.0 + $1.cases, $0.1 + $1.positives) }
    total = "\(PageNumber.count(cases)) (\(PageNumber.count(positives)))"
    pooledSites = "\(result.sites.count { $0.isPooled }) of \(result.sites.count)"
    unseenSite = result.unseenSite
  }

  /// `0.812 (95 % CI 0.744 to 0.865) at sites that the model did not know (pooled over 4 of 4), …`
  static func headline(_ result: StudyReport.LeaveOneSiteOut) -> String {
    let sites = "\(result.sites.count { $0.isPooled }) of \(PageNumber.count(result.sites.count, "site"))"
    guard result.pooled.estimate != nil else {
      return "each site predicted without it, too few of them to pool (\(sites))"
    }
    let new = PageNumber.range(result.predictionInterval.lower, result.predictionInterval.upper)
    return
      "AUC \(PageNumber.interval(result.pooled)) at sites that the model did not know (pooled over \(sites))"
      + (new.isEmpty ? "" : ", a new site expected within \(new)")
  }
}

extension Page.LeftOutRow {
  init(_ site: StudyReport.LeaveOneSiteOut.Site) {
    self.init(
      site: site.site, count: "\(PageNumber.count(site.cases)) (\(PageNumber.count(site.positives)))",
      features: PageNumber.count(site.features.count), cutoff: PageNumber.fixed(site.cutoff),
      auc: Page.EstimateCell(site.auc), sensitivity: PageNumber.fixed(site.sensitivity),
      specificity: PageNumber.fixed(site.specificity))
    if site.auc.estimate == nil {
      auc.reason = "too few of an outcome"
    } else if !site.isPooled {
      auc.reason = "not pooled: no variance"
    }
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
