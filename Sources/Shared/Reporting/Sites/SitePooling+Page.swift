import Modelling

extension Page {
  struct PoolingRow {
    var measure: String
    var model: String
    var method: String
    var sites: String
    var estimate: EstimateCell
    var prediction: String
    var tau2: String
    var i2: String
    var pValue: String
  }

  struct PoolingGroup {
    var heading: String
    var rows: [PoolingRow]
  }
}

extension Page.PoolingGroup {
  /// One group a cohort: each measure of each model by the first method, or by the others.
  static func all(of report: StudyReport, byFirstMethod: Bool) -> [Self] {
    EvaluationOrder.cohorts.compactMap { cohort in
      let rows = report.models.flatMap { model in
        model.pooling.filter { $0.cohort == cohort }.flatMap { pooling in
          (byFirstMethod ? pooling.pooled.prefix(1) : pooling.pooled.dropFirst()).map {
            Page.PoolingRow($0, of: pooling, model: model.name)
          }
        }
      }
      return rows.isEmpty ? nil : Self(heading: PageText.heading(of: cohort), rows: rows)
    }
  }
}

extension Page.PoolingRow {
  init(
    _ estimate: StudyReport.SitePooling.Estimate, of pooling: StudyReport.SitePooling, model: String
  ) {
    let pooled = pooling.sites.count { $0.isPooled }
    self.init(
      measure: pooling.measure.label, model: model, method: estimate.method,
      sites: "\(pooled) of \(pooling.sites.count)" + (pooling.hasFewSites ? " (few)" : ""),
      estimate: Page.EstimateCell(
        StudyReport.Interval(estimate: estimate.estimate, lower: estimate.lower, upper: estimate.upper)),
      prediction: PageNumber.range(estimate.predictionLower, estimate.predictionUpper),
      tau2: PageNumber.fixed(estimate.tau2),
      i2: estimate.i2.map { PageNumber.percent($0 / 100) } ?? PageNumber.undefined,
      pValue: PageNumber.pValue(estimate.heterogeneityP))
  }
}

extension PageTemplates {
  static let sites = """
    {{#hasSites}}
    <section aria-labelledby="sites">
    <h2 id="sites">Across sites</h2>
    {{> leftOut}}
    {{^empty(pooling)}}
    <p>{{poolingNote}} Sites are averaged by a random-effects model: the AUC on the logit scale, observed over expected on the \
    logarithmic scale, the calibration slope as it is. A new site is expected, with a nominal probability of 95 %, \
    within the prediction interval, which takes the variance between sites as known and so is somewhat too narrow. \
    “Few” marks fewer than five sites, whose differences are hardly known.</p>
    <div class="scroll" role="region" aria-label="Measures pooled over sites" tabindex="0">
    <table class="performance">
    <caption>Measures pooled over sites (REML, modified Hartung-Knapp), with 95 % confidence and prediction intervals, \
    and the p-value of no difference between sites.</caption>
    <thead>
    <tr><th scope="col">Measure</th><th scope="col" class="name">Model</th>\
    <th scope="col">Sites</th><th scope="col">Pooled</th>\
    <th scope="col">New site</th><th scope="col">τ²</th><th scope="col">I²</th>\
    <th scope="col">p</th></tr>
    </thead>
    {{#pooling}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="8">{{heading}}</th></tr>
    {{#rows}}
    <tr><th scope="row">{{measure}}</th><td class="name">{{model}}</td>\
    <td>{{sites}}</td>{{#estimate}}{{> cell}}{{/estimate}}\
    <td>{{prediction}}</td><td>{{tau2}}</td><td>{{i2}}</td><td>{{pValue}}</td></tr>
    {{/rows}}
    </tbody>
    {{/pooling}}
    </table>
    </div>
    <details>
    <summary>Pooled by other methods</summary>
    <div class="scroll" role="region" aria-label="Measures pooled by other methods" tabindex="0">
    <table class="performance">
    <caption>Measures pooled over sites by other methods.</caption>
    <thead>
    <tr><th scope="col">Measure</th><th scope="col" class="name">Model</th>\
    <th scope="col" class="name">Method</th><th scope="col">Sites</th><th scope="col">Pooled</th>\
    <th scope="col">New site</th><th scope="col">τ²</th><th scope="col">I²</th>\
    <th scope="col">p</th></tr>
    </thead>
    {{#otherPooling}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="9">{{heading}}</th></tr>
    {{#rows}}
    <tr><th scope="row">{{measure}}</th><td class="name">{{model}}</td>\
    <td class="name">{{method}}</td><td>{{sites}}</td>{{#estimate}}{{> cell}}{{/estimate}}\
    <td>{{prediction}}</td><td>{{tau2}}</td><td>{{i2}}</td><td>{{pValue}}</td></tr>
    {{/rows}}
    </tbody>
    {{/otherPooling}}
    </table>
    </div>
    </details>
    {{/empty(pooling)}}
    {{> siteCheck}}
    {{> siteInfluence}}
    </section>
    {{/hasSites}}
    """
}
