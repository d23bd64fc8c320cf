extension PageTemplates {
  static let sites = """
    {{^empty(pooling)}}
    <section aria-labelledby="sites">
    <h2 id="sites">Across sites</h2>
    <p>Sites are averaged by a random-effects model: the AUC on the logit scale, observed over expected on the \
    logarithmic scale, the calibration slope as it is. A new site is expected, with 95 % probability, within \
    the prediction interval. “Few” marks fewer than five sites, whose differences are hardly known.</p>
    <div class="scroll" role="region" aria-label="Measures pooled over sites" tabindex="0">
    <table class="performance">
    <caption>Measures pooled over sites (REML, Hartung-Knapp), with 95 % confidence and prediction intervals, and the p-value of no difference between sites.</caption>
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
    </section>
    {{/empty(pooling)}}
    """

  static let intervals = """
    {{^empty(intervals)}}
    <details>
    <summary>The same measures with intervals by other methods</summary>
    <div class="scroll" role="region" aria-label="Intervals by other methods" tabindex="0">
    <table class="performance">
    <caption>Intervals by other methods.</caption>
    <thead>
    <tr><th scope="col">Measure</th><th scope="col" class="name">Part</th>\
    <th scope="col" class="name">Method</th>{{#modelNames}}<th scope="col">{{.}}</th>{{/modelNames}}</tr>
    </thead>
    <tbody>
    {{#intervals}}
    <tr><th scope="row">{{measure}}</th><td class="name">{{cohort}}</td><td class="name">{{method}}</td>\
    {{#cells}}{{> cell}}{{/cells}}</tr>
    {{/intervals}}
    </tbody>
    </table>
    </div>
    </details>
    {{/empty(intervals)}}
    """

  static let audit = """
    {{^empty(audit)}}
    <section aria-labelledby="audit">
    <h2 id="audit">Leakage audit</h2>
    <p>Each line is computed from this study: parts, hashes, replicates, and models fitted again with the test \
    part hidden. {{auditSummary}}</p>
    <div class="scroll" role="region" aria-label="Leakage audit" tabindex="0">
    <table class="text stack audit">
    <caption>Leakage from test to training, line by line.</caption>
    <thead>
    <tr><th scope="col">Rule</th><th scope="col">Result</th><th scope="col">Evidence</th></tr>
    </thead>
    <tbody>
    {{#audit}}
    <tr class="{{kind}}"><th scope="row">{{rule}}</th><td data-label="Result" class="status">{{status}}</td>\
    <td data-label="Evidence">{{evidence}}</td></tr>
    {{/audit}}
    </tbody>
    </table>
    </div>
    </section>
    {{/empty(audit)}}
    """

  static let checklists = """
    {{^empty(checklists)}}
    <section aria-labelledby="checklists">
    <h2 id="checklists">Reporting guidelines</h2>
    <p>Items that this study’s data answer are filled in; the others are for the authors. Titles are shortened: \
    read the guideline itself.</p>
    {{#checklists}}
    <h3>{{name}}</h3>
    <p>{{source}}. {{count}}.</p>
    <div class="scroll" role="region" aria-label="Answers to {{name}}" tabindex="0">
    <table class="text stack">
    <caption>{{name}}: items answered by this report.</caption>
    <thead>
    <tr><th scope="col">Item</th><th scope="col">Asks for</th><th scope="col">Answer</th></tr>
    </thead>
    <tbody>
    {{#answered}}
    <tr><th scope="row">{{number}}</th><td data-label="Asks for">{{title}}</td>\
    <td data-label="Answer">{{answer}} <a href="#{{section}}">See {{sectionName}}</a></td></tr>
    {{/answered}}
    </tbody>
    </table>
    </div>
    <p class="open"><strong>For the authors:</strong> {{open}}.</p>
    {{/checklists}}
    </section>
    {{/empty(checklists)}}
    """
}
