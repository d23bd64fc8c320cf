extension PageTemplates {
  /// An estimate with its interval below it.
  static let cell = """
    <td>{{estimate}}{{^empty(interval)}} <span class="interval">{{interval}}</span>{{/empty(interval)}}\
    {{^empty(reason)}} <span class="reason">{{reason}}</span>{{/empty(reason)}}</td>
    """

  /// Head and body of a table of measures, a column a model.
  static let measureRows = """
    <thead>
    <tr><th scope="col">Measure</th>{{#modelNames}}<th scope="col">{{.}}</th>{{/modelNames}}</tr>
    </thead>
    {{#performance}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="{{columns}}">{{heading}}</th></tr>
    {{#rows}}
    <tr{{#isHeadline}} class="headline"{{/isHeadline}}><th scope="row">{{label}}</th>\
    {{#cells}}{{> cell}}{{/cells}}</tr>
    {{/rows}}
    </tbody>
    {{/performance}}
    """

  /// Differences between models, where there are some.
  static let comparisons = """
    <details>
    <summary>Differences between models, by every test</summary>
    <div class="scroll" role="region" aria-label="Differences between models" tabindex="0">
    <table class="comparisons">
    <caption>Differences between models on the same cases, the first less the second; {{comparisonTests}}. Where the two \
    disagree, there may be too few \
    cases for either.{{comparisonNote}}</caption>
    <thead>
    <tr><th scope="col">Models</th><th scope="col">Measure</th><th scope="col">Difference (95 % CI)</th>\
    <th scope="col">p</th><th scope="col">Adjusted p</th><th scope="col">Method</th></tr>
    </thead>
    <tbody>
    {{#comparisons}}
    <tr><th scope="row">{{models}}</th><td>{{cohort}}</td>{{#difference}}{{> cell}}{{/difference}}\
    <td>{{pValue}}</td><td>{{adjusted}}</td><td>{{method}}</td></tr>
    {{/comparisons}}
    </tbody>
    </table>
    </div>
    </details>

    """

  static let performance = """
    <section aria-labelledby="performance">
    <h2 id="performance">Performance</h2>
    {{^empty(performanceNote)}}
    <p>{{performanceNote}} <a href="#sites">See Across sites</a></p>
    {{/empty(performanceNote)}}
    {{#paperTable}}{{> paperTable}}{{> matrices}}{{/paperTable}}
    <details>
    <summary>Every measure</summary>
    <div class="scroll" role="region" aria-label="Performance of the models" tabindex="0">
    <table class="performance">
    <caption>Performance of the models, with 95 % confidence intervals where a row does not say otherwise.{{#isStudy}} The \
    study is judged by its primary result, above. The .632+ and out-of-bag estimates repeat selection and fitting in every \
    replicate{{intervalNote}}; the cut-off was chosen on training data.{{/isStudy}}</caption>
    {{> measureRows}}
    </table>
    </div>
    {{> intervals}}
    </details>
    {{^empty(comparisons)}}
    {{> comparisons}}
    {{/empty(comparisons)}}
    {{> controls}}
    {{> learners}}
    {{#robustness}}{{> robustness}}{{/robustness}}
    {{^empty(perSite)}}
    <details>
    <summary>Performance by site</summary>
    <div class="scroll" role="region" aria-label="Performance by site" tabindex="0">
    <table class="performance">
    <caption>Performance by site, with 95 % confidence intervals.</caption>
    <thead>
    <tr><th scope="col">Site</th><th scope="col" class="name">Model</th><th scope="col">Cases (positive)</th>\
    <th scope="col">AUC</th><th scope="col">Sensitivity</th><th scope="col">Specificity</th></tr>
    </thead>
    {{#perSite}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="6">{{heading}}</th></tr>
    {{#rows}}
    <tr><th scope="row">{{site}}</th><td class="name">{{model}}</td><td>{{count}}</td>\
    {{#auc}}{{> cell}}{{/auc}}{{#sensitivity}}{{> cell}}{{/sensitivity}}\
    {{#specificity}}{{> cell}}{{/specificity}}</tr>
    {{/rows}}
    </tbody>
    {{/perSite}}
    </table>
    </div>
    </details>
    {{/empty(perSite)}}
    </section>
    """
}
