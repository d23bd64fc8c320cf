extension Page {
  /// The table that a paper prints.
  struct PaperTableSection {
    struct Group {
      var heading: String
      var rows: [Row]
    }

    struct Row {
      var model: String
      var cases: String
      var cells: [Cell]
      var p: String
    }

    struct Cell {
      var label: String
      var estimate: String
      /// In parentheses; may be empty.
      var interval: String
    }

    /// What stands in parentheses behind the number of cases.
    var counted: String
    var headings: [String]
    var groups: [Group]
    /// What the caption adds on estimates, and on the test; may be empty.
    var note: String
    var testNote: String
    /// What the column of p values is; empty without tests.
    var test: String
    var columns: String
    var matrices: [MatrixRow]
  }

  /// One confusion matrix.
  struct MatrixRow {
    var part: String
    var model: String
    var cutoff: String
    var truePositives: String
    var falseNegatives: String
    var falsePositives: String
    var trueNegatives: String
  }
}

extension Page.PaperTableSection {
  /// - Returns: `nil` where no part has an AUC.
  init?(_ report: StudyReport) {
    let table = PaperTable(report)
    guard !table.rows.isEmpty else { return nil }
    counted = table.counted
    headings = table.headings + table.tests
    groups = EvaluationOrder.cohorts.compactMap { cohort in
      let rows = table.rows.filter { $0.cohort == cohort }
      return rows.isEmpty
        ? nil : Group(heading: PageText.heading(of: cohort), rows: rows.map { Row($0, table) })
    }
    note =
      report.survival == nil
      ? "; shares at the cut-off that was chosen on training data"
      : "; groups of risk cut at the median of the training part"
    testNote =
      table.reference == nil
      ? ""
      : report.survival == nil
        ? " p: DeLong’s paired test of the AUC, corrected after Holm over all pairs."
        : " p: paired jackknife of Harrell’s C, corrected after Holm over all pairs."
    test = table.reference.map { "p against \($0)" } ?? ""
    columns = String(headings.count + (test.isEmpty ? 2 : 3))
    matrices = StudyReport.ConfusionMatrix.all(of: report).map(Page.MatrixRow.init)
  }
}

extension Page.PaperTableSection.Row {
  fileprivate init(_ row: PaperTable.Row, _ table: PaperTable) {
    model = row.model
    cases = row.cases
    cells =
      zip(table.headings, row.estimates).map { heading, found in
        .init(
          label: heading, estimate: PageNumber.fixed(found?.estimate),
          interval: PageNumber.range(found?.lower, found?.upper))
      } + zip(table.tests, row.tested).map { .init(label: $0, estimate: $1, interval: "") }
    p = row.p
  }
}

extension Page.MatrixRow {
  fileprivate init(_ matrix: StudyReport.ConfusionMatrix) {
    part = PageText.heading(of: matrix.cohort)
    model = matrix.model
    cutoff = matrix.cutoff.map { PageNumber.fixed($0) } ?? "each site’s own"
    truePositives = PageNumber.count(matrix.truePositives)
    falseNegatives = PageNumber.count(matrix.falseNegatives)
    falsePositives = PageNumber.count(matrix.falsePositives)
    trueNegatives = PageNumber.count(matrix.trueNegatives)
  }
}

extension PageTemplates {
  static let paperTable = """
    <div class="scroll" role="region" aria-label="Models compared" tabindex="0">
    <table class="stack compared">
    <caption>Models by part, with 95 % confidence intervals{{note}}.{{testNote}} The same as <a href="performance.csv">performance.csv</a>.</caption>
    <thead>
    <tr><th scope="col">Model</th><th scope="col">Cases ({{counted}})</th>{{#headings}}<th scope="col">{{.}}</th>\
    {{/headings}}{{^empty(test)}}<th scope="col">{{test}}</th>{{/empty(test)}}</tr>
    </thead>
    {{#groups}}
    <tbody>
    <tr class="group"><th scope="rowgroup" colspan="{{columns}}">{{heading}}</th></tr>
    {{#rows}}
    <tr><th scope="row">{{model}}</th><td data-label="Cases ({{counted}})">{{cases}}</td>\
    {{#cells}}<td data-label="{{label}}">{{estimate}}{{^empty(interval)}} <span class="interval">{{interval}}</span>\
    {{/empty(interval)}}</td>{{/cells}}{{^empty(test)}}<td data-label="{{test}}">{{p}}</td>{{/empty(test)}}</tr>
    {{/rows}}
    </tbody>
    {{/groups}}
    </table>
    </div>
    """

  static let matrices = """
    {{^empty(matrices)}}
    <div class="scroll" role="region" aria-label="Confusion matrices" tabindex="0">
    <table class="stack">
    <caption>Calls at the cut-off, by part (<a href="confusion.csv">confusion.csv</a>).</caption>
    <thead>
    <tr><th scope="col">Part</th><th scope="col" class="name">Model</th><th scope="col">Cut-off, probability</th>\
    <th scope="col">True positives</th><th scope="col">False negatives</th><th scope="col">False positives</th>\
    <th scope="col">True negatives</th></tr>
    </thead>
    <tbody>
    {{#matrices}}
    <tr><th scope="row">{{part}}</th><td class="name" data-label="Model">{{model}}</td>\
    <td data-label="Cut-off">{{cutoff}}</td><td data-label="True positives">{{truePositives}}</td>\
    <td data-label="False negatives">{{falseNegatives}}</td><td data-label="False positives">{{falsePositives}}</td>\
    <td data-label="True negatives">{{trueNegatives}}</td></tr>
    {{/matrices}}
    </tbody>
    </table>
    </div>
    {{/empty(matrices)}}
    """
}
