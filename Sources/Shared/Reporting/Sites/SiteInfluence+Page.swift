import Modelling

extension Page {
  struct SiteInfluenceSection {
    /// `AUC`, or Harrell's C.
    var measure: String
    /// The last thing that is made again.
    var last: String
    var groups: [SiteInfluenceGroup]
    var meaning: String
    var features: [SiteFeatureRow]
  }

  struct SiteInfluenceGroup {
    var heading: String
    var rows: [SiteInfluenceRow]
  }

  struct SiteInfluenceRow {
    var site: String
    var cases: String
    var aucOfOthers: String
    var aucWithout: String
    var change: String
    var features: String
    var reason: String
  }

  struct SiteFeatureRow {
    var feature: String
    var models: String
    var site: String
    var auc: String
    var aucElsewhere: String
    var p: String
    var adjustedP: String
  }
}

extension Page.SiteInfluenceSection {
  init(_ influence: StudyReport.SiteInfluence) {
    let isOfTimes = influence.models.contains { $0.measure == .harrellC }
    measure = isOfTimes ? Measure.harrellC.label : Measure.auc.label
    last = isOfTimes ? "coefficients" : "cut-off"
    groups = influence.models.map { model in
      Page.SiteInfluenceGroup(
        heading:
          "\(model.model), \((model.measure ?? .auc).label) \(PageNumber.fixed(model.auc)) (\(PageText.heading(of: model.cohort).lowercased()))",
        rows: model.sites.map { Page.SiteInfluenceRow($0) })
    }
    meaning =
      isOfTimes
      ? "Whether a single feature’s relation to the outcome differs at one site is not tested where the outcome is a time."
      : Self.meaning(of: influence)
    features = influence.features.map { feature in
      Page.SiteFeatureRow(
        feature: feature.feature,
        models: feature.models.isEmpty ? "none" : feature.models.joined(separator: ", "), site: feature.site,
        auc: PageNumber.fixed(feature.auc), aucElsewhere: PageNumber.fixed(feature.aucElsewhere),
        p: PageNumber.pValue(feature.p), adjustedP: PageNumber.pValue(feature.adjustedP))
    }
  }

  private static func meaning(of influence: StudyReport.SiteInfluence) -> String {
    guard influence.testedSites.count > 1 else {
      return
        "Whether a feature’s relation to the outcome differs at one site could not be tested: fewer than two "
        + "sites have four subjects of each outcome."
    }
    let found = influence.features.filter { $0.isSignificant && !$0.models.isEmpty }.count
    let tests = PageNumber.count(influence.selectedTests + influence.otherTests, "test")
    return
      "Each feature’s AUC at each of \(influence.testedSites.count) sites was compared with that at the others (Hanley and "
      + "McNeil’s variances, Holm’s correction for \(tests), half of the level for the features that models selected). Beyond chance are \(found) of the features that models selected and "
      + "\(PageNumber.count(influence.otherFeatures)) of the others."
  }
}

extension Page.SiteInfluenceRow {
  init(_ site: StudyReport.SiteInfluence.Site) {
    self.init(
      site: site.site, cases: PageNumber.count(site.cases), aucOfOthers: PageNumber.fixed(site.aucOfOthers),
      aucWithout: PageNumber.fixed(site.aucWithout), change: PageNumber.fixed(site.change),
      features: site.features.map { PageNumber.count($0.count) } ?? PageNumber.undefined,
      reason: site.reason ?? "")
  }
}

extension PageTemplates {
  /// What each site makes of the models, and features that differ at one.
  static let siteInfluence = """
    {{#siteInfluence}}
    <h3 id="site-influence">What does each site make of the result?</h3>
    <p>Every model was made again without each site, from selection to {{last}}. The {{measure}} of the study’s model is given over \
    the cases of the other sites, and beside it that of the model made without the site, over the same cases; the change \
    is from the {{measure}} that the study reports.</p>
    <div class="scroll" role="region" aria-label="Influence of each site" tabindex="0">
    <table class="performance">
    <caption>{{measure}} without each site.</caption>
    <thead>
    <tr><th scope="col">Without</th><th scope="col">Cases of the others</th><th scope="col">{{measure}} of the others</th>\
    <th scope="col">{{measure}}, made without</th><th scope="col">Change</th><th scope="col">Features</th></tr>
    </thead>
    {{#groups}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="6">{{heading}}</th></tr>
    {{#rows}}
    <tr><th scope="row">{{site}}</th><td>{{cases}}</td><td>{{aucOfOthers}}</td>\
    <td>{{aucWithout}}{{^empty(reason)}} ({{reason}}){{/empty(reason)}}</td><td>{{change}}</td><td>{{features}}</td></tr>
    {{/rows}}
    </tbody>
    {{/groups}}
    </table>
    </div>
    <p>{{meaning}}</p>
    {{^empty(features)}}
    <details>
    <summary>Features at the site where each differs most</summary>
    <div class="scroll" role="region" aria-label="Features that differ between sites" tabindex="0">
    <table class="performance">
    <caption>AUC of single features at a site and at the others, by p; adjusted p below 0.05 is beyond chance.</caption>
    <thead>
    <tr><th scope="col" class="name">Feature</th><th scope="col" class="name">Selected by</th>\
    <th scope="col">Site</th><th scope="col">AUC there</th><th scope="col">AUC elsewhere</th><th scope="col">p</th>\
    <th scope="col">Adjusted p</th></tr>
    </thead>
    <tbody>
    {{#features}}
    <tr><th scope="row" class="name">{{feature}}</th><td class="name">{{models}}</td><td>{{site}}</td><td>{{auc}}</td>\
    <td>{{aucElsewhere}}</td><td>{{p}}</td><td>{{adjustedP}}</td></tr>
    {{/features}}
    </tbody>
    </table>
    </div>
    </details>
    {{/empty(features)}}
    {{/siteInfluence}}
    """
}
