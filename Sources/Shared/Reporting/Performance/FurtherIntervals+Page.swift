import Modelling

extension Page {
  struct IntervalRow {
    var cohort: String
    var measure: String
    var method: String
    var cells: [EstimateCell]
  }
}

extension Page.IntervalRow {
  /// What the main table leaves out: second and further methods of a measure.
  static func all(of report: StudyReport) -> [Self] {
    EvaluationOrder.cohorts.flatMap { cohort in
      report.measures.flatMap { name -> [Self] in
        let rows = report.models.map { model in
          Array(model.metrics.filter { $0.name == name && $0.cohort == cohort }.dropFirst())
        }
        let longest = rows.max { $0.count < $1.count } ?? []
        return longest.map { example in
          Self(
            cohort: PageText.heading(of: cohort), measure: name.label, method: example.method,
            cells: rows.map { metrics in
              metrics.first { $0.method == example.method }.map { Page.EstimateCell($0) } ?? .absent
            })
        }
      }
    }
  }
}

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
}
