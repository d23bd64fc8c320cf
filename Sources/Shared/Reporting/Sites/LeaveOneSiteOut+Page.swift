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

extension PageTemplates {
  /// Each site as predicted by a model that was fitted to all others.
  static let leftOut = """
    {{^empty(leftOut)}}
    <p>Every site was predicted by a model that was fitted to all others: selection, scaling, fit and cut-off were \
    repeated without it. Sites’ AUCs are pooled on the logit scale (REML, modified Hartung-Knapp); the AUC of a new site is \
    expected, with a nominal probability of 95 %, within the prediction interval, which takes the variance between sites as \
    known and so is somewhat too narrow.</p>
    <div class="scroll" role="region" aria-label="Sites left out in turn" tabindex="0">
    <table class="performance">
    <caption>Each site as predicted without it, with 95 % confidence intervals (DeLong, on the logit scale); sensitivity and \
    specificity at the cut-off of the model that did not know the site.</caption>
    <thead>
    <tr><th scope="col">Site left out</th><th scope="col">Cases (positive)</th><th scope="col">Features</th>\
    <th scope="col">Cut-off</th><th scope="col">AUC</th><th scope="col">Sensitivity</th>\
    <th scope="col">Specificity</th></tr>
    </thead>
    {{#leftOut}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="7">{{heading}} (harmonisation: {{unseenSite}})</th></tr>
    {{#rows}}
    <tr><th scope="row">{{site}}</th><td>{{count}}</td><td>{{features}}</td><td>{{cutoff}}</td>\
    {{#auc}}{{> cell}}{{/auc}}<td>{{sensitivity}}</td><td>{{specificity}}</td></tr>
    {{/rows}}
    <tr class="headline"><th scope="row">Pooled, {{pooledSites}} sites</th><td>{{total}}</td><td></td><td></td>\
    {{#pooled}}{{> cell}}{{/pooled}}<td></td><td></td></tr>
    {{^empty(prediction)}}
    <tr><th scope="row">New site, prediction interval</th><td></td><td></td><td></td><td>{{prediction}}</td>\
    <td></td><td></td></tr>
    {{/empty(prediction)}}
    </tbody>
    {{/leftOut}}
    </table>
    </div>
    {{/empty(leftOut)}}
    """
}
