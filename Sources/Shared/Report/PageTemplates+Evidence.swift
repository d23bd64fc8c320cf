extension PageTemplates {
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
