extension PageTemplates {
  static let models = """
    <section aria-labelledby="models">
    <h2 id="models">Models</h2>
    {{#models}}
    <section class="model" aria-labelledby="{{anchor}}">
    <h3 id="{{anchor}}">{{name}}</h3>
    <p>{{introduction}}</p>
    {{^empty(making)}}
    <dl class="facts">
    {{#making}}
    <div><dt>{{term}}</dt><dd>{{value}}</dd></div>
    {{/making}}
    </dl>
    {{/empty(making)}}
    {{^empty(steps)}}
    <div class="scroll" role="region" aria-label="Selection steps of {{name}}" tabindex="0">
    <table class="text">
    <caption>{{name}}: selection, step by step, on the training part.</caption>
    <thead>
    <tr><th scope="col">Step</th><th scope="col">Rule</th>\
    <th scope="col" class="number">Features kept</th></tr>
    </thead>
    <tbody>
    {{#steps}}
    <tr><th scope="row">{{step}}</th><td>{{detail}}</td><td class="number">{{kept}}</td></tr>
    {{/steps}}
    </tbody>
    </table>
    </div>
    {{/empty(steps)}}
    {{^empty(features)}}
    <div class="scroll" role="region" aria-label="Coefficients of {{name}}" tabindex="0">
    <table class="coefficients">
    <caption>{{name}}: coefficients for one standard deviation, with the training mean and standard \
    deviation that scale each feature, and the share of bootstrap replicates that chose it.</caption>
    <thead>
    <tr><th scope="col">Feature</th><th scope="col">Coefficient</th><th scope="col">Mean</th>\
    <th scope="col">SD</th><th scope="col">Chosen</th></tr>
    </thead>
    <tbody>
    {{#features}}
    <tr><th scope="row">{{feature}}</th><td>{{coefficient}}</td><td>{{mean}}</td><td>{{sd}}</td>\
    <td class="share"><span class="track"><span style="width:{{frequencyBar}}%"></span></span>\
    {{frequency}}</td></tr>
    {{/features}}
    </tbody>
    </table>
    </div>
    {{/empty(features)}}
    {{> inference}}
    <pre class="formula" aria-label="Equation of {{name}}">{{formula}}</pre>
    </section>
    {{/models}}
    </section>
    """

  static let inference = """
    {{^empty(coefficients)}}
    <details>
    <summary>Tests of the coefficients</summary>
    <div class="scroll" role="region" aria-label="Tests of the coefficients of {{name}}" tabindex="0">
    <table class="coefficients">
    <caption>{{name}}: tests of the coefficients on the training part. {{likelihoodRatio}}</caption>
    <thead>
    <tr><th scope="col">Feature</th><th scope="col">Coefficient</th><th scope="col">Standard error</th>\
    <th scope="col">Wald p</th><th scope="col">Likelihood-ratio p</th>\
    <th scope="col"><abbr title="variance inflation factor">VIF</abbr></th></tr>
    </thead>
    <tbody>
    {{#coefficients}}
    <tr><th scope="row">{{feature}}</th><td>{{coefficient}}</td><td>{{standardError}}</td><td>{{wald}}</td>\
    <td>{{likelihoodRatio}}</td><td>{{inflation}}</td></tr>
    {{/coefficients}}
    </tbody>
    </table>
    </div>
    </details>
    {{/empty(coefficients)}}
    """
}
