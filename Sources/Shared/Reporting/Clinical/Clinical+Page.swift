import Statistics

extension Page {
  struct ClinicalSection {
    var tables: [CharacteristicsSection]
    /// Odds ratios, or hazard ratios in a survival study.
    var odds: [OddsRow]
    /// `Odds ratios` or `Hazard ratios`.
    var ratios: String
    var oddsNote: String
    var equations: [EquationSection]
  }

  struct CharacteristicsSection {
    var caption: String
    var groups: [String]
    var rows: [CharacteristicsRow]
    /// Whether one column of standardised differences is shown.
    var hasDifference: Bool
  }

  struct CharacteristicsRow {
    var name: String
    var isLevel: Bool
    var overall: String
    var cells: [String]
    var p: String
    var test: String
    var difference: [String]
  }

  struct OddsRow {
    var name: String
    var univariable: String
    var univariableP: String
    var multivariable: String
    var multivariableP: String
  }

  struct EquationSection {
    var model: String
    var formula: String
    var terms: [TermRow]
    /// `Odds ratio` or `Hazard ratio`.
    var ratio: String
    /// Name of the page that computes a patient's risk; empty or one.
    var page: [String]
  }

  struct TermRow {
    var predictor: String
    var coefficient: String
    var odds: String
    var p: String
  }
}

extension Page.ClinicalSection {
  init(_ clinical: StudyReport.Clinical) {
    tables = clinical.characteristics.map { Page.CharacteristicsSection($0) }
    odds = clinical.logistic.map(Page.OddsRow.all) ?? clinical.hazards.map(Page.OddsRow.all) ?? []
    ratios = clinical.hazards == nil ? "Odds ratios" : "Hazard ratios"
    let fault = clinical.logistic?.multivariableFault ?? clinical.hazards?.multivariableFault
    oddsNote =
      (fault.map { "None of all columns together: \($0)." }
        ?? "Categories are compared with the level in parentheses.")
      + Self.withoutRatio(clinical).map { " \($0.variable) alone has no ratio (\($0.fault))." }.joined()
      + Self.untested(clinical).map { " \($0.variable) has no likelihood-ratio test (\($0.fault))." }.joined()
      + Self.unprofiled(clinical).map { " \($0.variable) has no profile interval (\($0.fault))." }.joined()
    equations =
      clinical.equations.map { Page.EquationSection($0) }
      + (clinical.hazardEquations ?? []).map { Page.EquationSection($0) }
  }
}

extension Page.ClinicalSection {
  /// Columns of the regression of all together that have a ratio and no likelihood-ratio test, each once.
  private static func untested(_ clinical: StudyReport.Clinical) -> [(variable: String, fault: String)] {
    once(
      (clinical.logistic?.multivariable ?? []).map { ($0.variable, $0.likelihoodRatioFault) }
        + (clinical.hazards?.multivariable ?? []).map { ($0.variable, $0.likelihoodRatioFault) })
  }

  /// Those of which a ratio has no interval by the profile of the likelihood.
  private static func unprofiled(_ clinical: StudyReport.Clinical) -> [(variable: String, fault: String)] {
    once((clinical.logistic?.multivariable ?? []).map { ($0.variable, $0.profileFault) })
  }

  /// Columns that have no ratio by themselves, each once.
  private static func withoutRatio(_ clinical: StudyReport.Clinical) -> [(variable: String, fault: String)] {
    once(
      (clinical.logistic?.univariable ?? []).map { ($0.variable, $0.fault) }
        + (clinical.hazards?.univariable ?? []).map { ($0.variable, $0.fault) })
  }

  private static func once(_ rows: [(variable: String, fault: String?)]) -> [(
    variable: String, fault: String
  )] {
    rows.reduce(into: []) { found, row in
      guard let fault = row.fault, found.last?.variable != row.variable else { return }
      found.append((row.variable, fault))
    }
  }
}

extension Page.CharacteristicsSection {
  init(_ characteristics: StudyReport.Characteristics) {
    let table = characteristics.table
    let part = characteristics.part == "all" ? "all cases" : "the \(characteristics.part) part"
    caption =
      "Characteristics of \(part) by \(characteristics.by): mean (standard deviation), median [quartiles] or count (share), "
      + "without missing values."
    groups = zip(table.groups, table.sizes).map { "\($0) (n = \(PageNumber.count($1)))" }
    hasDifference = table.groups.count == 2
    rows = table.rows.flatMap { Page.CharacteristicsRow.all($0, isPair: table.groups.count == 2) }
  }
}

extension Page.CharacteristicsRow {
  static func all(_ row: CharacteristicsTable.Row, isPair: Bool) -> [Page.CharacteristicsRow] {
    let missing = row.overall.missing
    let title = row.variable.name + (missing > 0 ? " (\(PageNumber.count(missing)) missing)" : "")
    let difference = isPair ? [PageNumber.fixed(row.differences.first?.value, digits: 2)] : []
    func line(_ name: String, level: Int?, isFirst: Bool) -> Page.CharacteristicsRow {
      Page.CharacteristicsRow(
        name: name, isLevel: level != nil, overall: text(row.overall, row.variable.kind, level),
        cells: row.groups.map { text($0, row.variable.kind, level) },
        p: isFirst ? PageNumber.pValue(row.test?.p) : "", test: isFirst ? row.test?.name ?? "" : "",
        difference: isFirst ? difference : difference.map { _ in "" })
    }
    guard let levels = row.variable.levels else { return [line(title, level: nil, isFirst: true)] }
    return levels.enumerated().map { place, level in
      line(place == 0 ? "\(title): \(level)" : level, level: place, isFirst: place == 0)
    }
  }

  private static func text(
    _ summary: CharacteristicsTable.Summary, _ kind: ClinicalVariable.Kind, _ level: Int?
  ) -> String {
    switch kind {
    case .number:
      return
        "\(PageNumber.short(summary.mean, digits: 1)) (\(PageNumber.short(summary.standardDeviation, digits: 1)))"
    case .skewedNumber:
      return
        "\(PageNumber.short(summary.median, digits: 1)) [\(PageNumber.short(summary.lowerQuartile, digits: 1)), "
        + "\(PageNumber.short(summary.upperQuartile, digits: 1))]"
    case .categories:
      let count = summary.levels?[level ?? 0] ?? 0
      let share = summary.count > 0 ? Double(count) / Double(summary.count) : nil
      return "\(PageNumber.count(count)) (\(PageNumber.percent(share)))"
    }
  }
}

extension PageNumber {
  /// So many decimals for numbers of usual size, four significant digits for small ones.
  fileprivate static func short(_ value: Double?, digits: Int) -> String {
    guard let value, value.magnitude < 1 || value.magnitude >= 1e6 else {
      return fixed(value, digits: digits)
    }
    return value == 0 ? "0" : significant(value)
  }
}

extension Page.OddsRow {
  static func all(_ table: LogisticTable) -> [Page.OddsRow] {
    table.univariable.map { row in
      let other = table.multivariable.first { $0.variable == row.variable && $0.level == row.level }
      let name = row.level.map { "\(row.variable): \($0) (\(row.reference ?? ""))" } ?? row.variable
      return Page.OddsRow(
        name: name, univariable: odds(row), univariableP: PageNumber.pValue(row.waldP),
        multivariable: other.map(odds) ?? PageNumber.undefined,
        multivariableP: PageNumber.pValue(other?.waldP))
    }
  }

  private static func odds(_ row: LogisticTable.Row) -> String {
    Page.ratio(row.oddsRatio, row.wald?.lower, row.wald?.upper)
  }

  static func all(_ table: HazardTable) -> [Page.OddsRow] {
    func ratio(_ row: HazardTable.Row) -> String {
      Page.ratio(row.hazardRatio, row.wald?.lower, row.wald?.upper)
    }
    return table.univariable.map { row in
      let other = table.multivariable.first { $0.variable == row.variable && $0.level == row.level }
      let name = row.level.map { "\(row.variable): \($0) (\(row.reference ?? ""))" } ?? row.variable
      return Page.OddsRow(
        name: name, univariable: ratio(row), univariableP: PageNumber.pValue(row.waldP),
        multivariable: other.map(ratio) ?? PageNumber.undefined,
        multivariableP: PageNumber.pValue(other?.waldP))
    }
  }
}

extension Page {
  fileprivate static func ratio(_ ratio: Double?, _ lower: Double?, _ upper: Double?) -> String {
    guard let ratio, let lower, let upper else { return PageNumber.undefined }
    return
      "\(PageNumber.significant(ratio)) (\(PageNumber.significant(lower)) to \(PageNumber.significant(upper)))"
  }
}

extension Page.EquationSection {
  init(_ equation: StudyReport.Equation) {
    self.init(
      model: equation.model, formula: equation.formula,
      terms: equation.terms.map { term in
        Page.TermRow(
          predictor: term.predictor, coefficient: PageNumber.significant(term.coefficient),
          odds: Page.ratio(term.oddsRatio, term.lower, term.upper), p: PageNumber.pValue(term.p))
      }, ratio: "Odds ratio", page: equation.inputs.isEmpty ? [] : [RiskPage.name(of: equation.model)])
  }

  init(_ equation: StudyReport.HazardEquation) {
    self.init(
      model: equation.model, formula: equation.formula,
      terms: equation.terms.map { term in
        Page.TermRow(
          predictor: term.predictor, coefficient: PageNumber.significant(term.coefficient),
          odds: Page.ratio(term.hazardRatio, term.lower, term.upper), p: PageNumber.pValue(term.p))
      }, ratio: "Hazard ratio", page: equation.risk == nil ? [] : [RiskPage.name(of: equation.model)])
  }
}

extension PageTemplates {
  static let clinical = """
    {{#clinical}}
    <section aria-labelledby="clinical">
    <h2 id="clinical">Clinical columns</h2>
    {{#tables}}
    <div class="scroll" role="region" aria-label="{{caption}}" tabindex="0">
    <table>
    <caption>{{caption}}</caption>
    <thead>
    <tr><th scope="col">Column</th><th scope="col">All</th>{{#groups}}<th scope="col">{{.}}</th>{{/groups}}\
    <th scope="col">p</th><th scope="col">Test</th>\
    {{#hasDifference}}<th scope="col"><abbr title="standardised mean difference">SMD</abbr></th>{{/hasDifference}}</tr>
    </thead>
    <tbody>
    {{#rows}}
    <tr><th scope="row">{{#isLevel}}&#8194;{{/isLevel}}{{name}}</th><td>{{overall}}</td>\
    {{#cells}}<td>{{.}}</td>{{/cells}}<td>{{p}}</td><td>{{test}}</td>\
    {{#difference}}<td>{{.}}</td>{{/difference}}</tr>
    {{/rows}}
    </tbody>
    </table>
    </div>
    {{/tables}}
    {{^empty(odds)}}
    <div class="scroll" role="region" aria-label="{{ratios}} of clinical columns" tabindex="0">
    <table>
    <caption>{{ratios}} on the training part with 95 % Wald intervals, each column alone and all together, cases without \
    missing values. {{oddsNote}}</caption>
    <thead>
    <tr><th scope="col">Column</th><th scope="col">Univariable</th><th scope="col">p</th>\
    <th scope="col">Multivariable</th><th scope="col">p</th></tr>
    </thead>
    <tbody>
    {{#odds}}
    <tr><th scope="row">{{name}}</th><td>{{univariable}}</td><td>{{univariableP}}</td><td>{{multivariable}}</td>\
    <td>{{multivariableP}}</td></tr>
    {{/odds}}
    </tbody>
    </table>
    </div>
    {{/empty(odds)}}
    {{#equations}}
    <div class="scroll" role="region" aria-label="Equation of {{model}} in its own units" tabindex="0">
    <table>
    <caption>{{model}}: coefficients for one unit, or against the reference level.</caption>
    <thead>
    <tr><th scope="col">Predictor</th><th scope="col">Coefficient</th><th scope="col">{{ratio}} (95 %)</th>\
    <th scope="col">p</th></tr>
    </thead>
    <tbody>
    {{#terms}}
    <tr><th scope="row">{{predictor}}</th><td>{{coefficient}}</td><td>{{odds}}</td><td>{{p}}</td></tr>
    {{/terms}}
    </tbody>
    </table>
    </div>
    <pre class="formula" aria-label="Equation of {{model}} in its own units">{{formula}}</pre>
    {{#page}}
    <p><a href="{{.}}">The risk of a patient under {{model}}</a>, computed in the browser.</p>
    {{/page}}
    {{/equations}}
    </section>
    {{/clinical}}
    """
}
