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
    <caption>Measures pooled over sites (REML, Hartung-Knapp), with 95 % confidence and prediction intervals, \
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
    </section>
    {{/hasSites}}
    """

  /// Each site as predicted by a model that was fitted to all others.
  static let leftOut = """
    {{^empty(leftOut)}}
    <p>Every site was predicted by a model that was fitted to all others: selection, scaling, fit and cut-off were \
    repeated without it. Sites’ AUCs are pooled on the logit scale (REML, Hartung-Knapp); the AUC of a new site is \
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
