import Digests
import Foundation
import Statistics
import StudyPlan

/// A page of its own that computes a patient's risk under one model, with its interval.
///
/// Script and style are inside, and named by their digests in a content security policy that allows nothing else: the page
/// loads nothing and sends nothing.
struct RiskPage {
  let name: String
  let model: String
  let html: String

  /// One for each model whose equation can be entered by hand.
  /// - Throws: `EncodingError` for a number that JSON cannot hold.
  static func all(of report: StudyReport) throws -> [RiskPage] {
    try (report.clinical?.equations ?? []).filter { !$0.inputs.isEmpty }.map { equation in
      RiskPage(
        name: name(of: equation.model), model: equation.model,
        html: try html(equation, report))
    } + all(of: report.clinical?.hazardEquations ?? [], report)
  }

  /// `risk-Combined.html`; signs that a file's name should not have become a hyphen.
  static func name(of model: String) -> String {
    let plain = model.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
    return "risk-\(String(plain.prefix(80))).html"
  }

  /// What the script reads.
  fileprivate struct Equation: Encodable {
    var intercept: Double
    var coefficients: [Double]
    var covariance: [[Double]]?
    var inputs: [StudyReport.Input]
    var logOddsPerPoint: Double
    var logOddsOfZero: Double
    var cutoff: Double
  }

  private static func html(_ equation: StudyReport.Equation, _ report: StudyReport) throws -> String {
    try html(
      of: equation.model,
      Equation(
        intercept: equation.intercept, coefficients: equation.terms.map(\.coefficient),
        covariance: equation.covariance, inputs: equation.inputs,
        logOddsPerPoint: equation.nomogram?.logOddsPerPoint ?? 1,
        logOddsOfZero: equation.nomogram?.logOddsOfZero ?? 0, cutoff: equation.cutoff),
      inputs: equation.inputs, script: script(telling: probability), study: report.study,
      answer: "Probability of: \(report.study.outcome).",
      interval: (equation.covariance == nil
        ? withoutErrors
        : "The interval (95 %, Wald) is as wide as the coefficients are uncertain; scores are taken for exact.")
        + scores(equation.inputs, report, written: "the log-odds ln(p / (1 − p)) of the Probability p"))
  }

  /// - Parameters:
  ///   - equation: what the script reads.
  ///   - answer: what the page tells.
  ///   - interval: what its interval is.
  fileprivate static func html(
    of model: String, _ equation: some Encodable, inputs: [StudyReport.Input], script: String,
    study: StudyReport.Study, answer: String, interval: String
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(equation)
    // Neither an end of the script nor a line separator may come from a name.
    let json = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "<", with: "\\u003c")
      .replacingOccurrences(of: "\u{2028}", with: "\\u2028").replacingOccurrences(
        of: "\u{2029}", with: "\\u2029")
    let code = "\nconst model = \(json);\n\(script)\n"
    let look = "\n\(style)\n"
    let fields = inputs.enumerated().map { field($0.element, number: $0.offset) }.joined(
      separator: "\n")
    let title = "\(escaped(study.title)): risk under \(escaped(model))"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '\(digest(code))'; \
      style-src '\(digest(look))'; form-action 'none'; base-uri 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>\(look)</style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      <p>\(escaped(answer))</p>
      <form id="patient">
      \(fields)
      </form>
      <output id="risk" for="patient" aria-live="polite"></output>
      <p class="note">\(interval) An unknown value is replaced by the commonest level, or the median, of the training part. \
      For research only: the report beside this page says how good the model is, and in which patients.</p>
      <noscript><p>This page computes in the browser; allow it to run its own script.</p></noscript>
      </main>
      <script>\(code)</script>
      </body>
      </html>

      """
  }

  fileprivate static let withoutErrors = "The model has no standard errors, so that there is no interval."

  /// Where the scores of other models come from; nothing where none is entered.
  /// - Parameter written: what `predict` tells of such a model.
  fileprivate static func scores(
    _ inputs: [StudyReport.Input], _ report: StudyReport, written: String
  ) -> String {
    report.models.filter { model in inputs.contains { $0.name == ModelScores.columnName(of: model.name) } }
      .map { model in
        " \(escaped(ModelScores.columnName(of: model.name))) is \(written) that <code>coordinator predict</code> writes for model "
          + "\(escaped(model.name))."
      }.joined()
  }

  private static func field(_ input: StudyReport.Input, number: Int) -> String {
    let label = "<label for=\"i\(number)\">\(escaped(input.name))</label>"
    guard input.levels.isEmpty else {
      let options = input.levels.enumerated().map { place, level in
        "<option value=\"\(place)\"\(Double(place) == input.typical ? " selected" : "")>\(escaped(level))</option>"
      }
      return
        "<div>\(label)<select id=\"i\(number)\">\(options.joined())<option value=\"\">unknown</option></select></div>"
    }
    let range = [input.least, input.most].compactMap(\.self).map { PageNumber.significant($0) }
    let hint =
      range.count == 2 ? "<small id=\"h\(number)\">trained on \(range[0]) to \(range[1])</small>" : ""
    return
      "<div>\(label)<input id=\"i\(number)\" type=\"number\" step=\"any\" value=\"\(shown(input.typical))\" "
      + "aria-describedby=\"h\(number)\">\(hint)</div>"
  }

  /// Four significant digits, as a field takes them.
  private static func shown(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func digest(_ text: String) -> String {
    "sha256-\(Data(sha256(of: Array(text.utf8))).base64EncodedString())"
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }

  /// - Parameter lines: set `text` from `x`, `eta` and the model.
  fileprivate static func script(telling lines: String) -> String { "\(reading)\n\(lines)\n\(showing)" }

  private static let reading = """
    "use strict";
    const fields = model.inputs.map((_, i) => document.getElementById("i" + i));
    const percent = (p) => (100 * p).toFixed(1) + " %";
    function show() {
      const x = model.coefficients.map(() => 0);
      const notes = [];
      model.inputs.forEach((input, i) => {
        const text = fields[i].value;
        const value = text === "" || !Number.isFinite(Number(text)) ? input.typical : Number(text);
        if (input.levels.length === 0) {
          if (input.terms[0] !== null) x[input.terms[0]] = value;
          if (value < input.least || value > input.most) notes.push(input.name + " lies outside what the model has seen");
        } else {
          const term = input.terms[value];
          if (term !== null && term !== undefined) x[term] = 1;
        }
      });
      const eta = x.reduce((sum, v, i) => sum + v * model.coefficients[i], model.intercept);
    """

  private static let probability = """
      const risk = (v) => 1 / (1 + Math.exp(-v));
      let text = "Risk: " + percent(risk(eta));
      if (model.covariance) {
        const row = [1].concat(x);
        let variance = 0;
        row.forEach((a, i) => row.forEach((b, j) => { variance += a * b * model.covariance[i][j]; }));
        const reach = 1.959963984540054 * Math.sqrt(Math.max(0, variance));
        text += " (95 % interval " + percent(risk(eta - reach)) + " to " + percent(risk(eta + reach)) + ")";
      }
      text += "; " + ((eta - model.logOddsOfZero) / model.logOddsPerPoint).toFixed(0) + " points; ";
      text += (risk(eta) >= model.cutoff ? "at or above" : "below") + " the cut-off of " + percent(model.cutoff) + ".";
    """

  private static let showing = """
      document.getElementById("risk").textContent = text + (notes.length ? " Beware: " + notes.join("; ") + "." : "");
    }
    document.getElementById("patient").addEventListener("input", show);
    document.getElementById("patient").addEventListener("submit", (event) => event.preventDefault());
    show();
    """

  private static let style = """
    :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --muted: #57606a; --rule: #8c959f; --accent: #0b4f7a; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6edf3; --paper: #0d1117; --muted: #9da7b1; --rule: #6e7681; --accent: #79c0ff; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; }
    main { max-width: 640px; margin: 0 auto; padding: 20px 16px 48px; }
    h1 { font-size: 21px; line-height: 1.3; }
    form div { display: grid; grid-template-columns: minmax(0, 1fr) 11em; gap: 2px 12px; padding: 7px 0; align-items: center; }
    label { overflow-wrap: anywhere; }
    small { grid-column: 2; color: var(--muted); }
    input, select { width: 100%; padding: 7px; font: inherit; color: inherit; background: var(--paper);
      border: 1px solid var(--rule); border-radius: 4px; }
    input:focus-visible, select:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
    output { display: block; margin: 18px 0; padding: 12px 14px; border: 2px solid var(--accent); border-radius: 4px;
      font-size: 18px; font-weight: 700; }
    .note { color: var(--muted); font-size: 14px; }
    """
}

// MARK: Cox models

extension RiskPage {
  /// What the script reads of a Cox model.
  private struct HazardEquation: Encodable {
    struct Horizon: Encodable {
      var name: String
      var hazard: Double
      var logVariance: Double
      var means: [Double]
    }

    var intercept: Double
    var coefficients: [Double]
    var covariance: [[Double]]?
    var inputs: [StudyReport.Input]
    var horizons: [Horizon]
    var perPoint: Double
    var ofZero: Double
    var cut: Double
  }

  private static func all(
    of equations: [StudyReport.HazardEquation], _ report: StudyReport
  ) throws -> [RiskPage] {
    try equations.compactMap { equation in
      guard let risk = equation.risk else { return nil }
      let unit = report.survival?.unit ?? ""
      let read = HazardEquation(
        intercept: -equation.center, coefficients: equation.terms.map(\.coefficient),
        covariance: equation.covariance, inputs: risk.inputs,
        horizons: risk.horizons.map {
          .init(
            name: "\(SurvivalOutcome.text($0.time)) \(unit)", hazard: $0.hazard, logVariance: $0.logVariance,
            means: $0.means)
        },
        perPoint: risk.nomogram.logHazardRatioPerPoint, ofZero: risk.nomogram.logHazardRatioOfZero,
        cut: risk.cut)
      return RiskPage(
        name: name(of: equation.model), model: equation.model,
        html: try html(
          of: equation.model, read, inputs: risk.inputs, script: script(telling: risksByTime),
          study: report.study, answer: "Probability, by each time below, of: \(report.study.outcome).",
          interval: (equation.covariance == nil
            ? withoutErrors
            : "The interval (95 %) is as wide as the coefficients and the baseline hazard are uncertain; scores are taken for exact.")
            + scores(risk.inputs, report, written: "the LinearPredictor")))
    }
  }

  private static let risksByTime = """
      const risk = (horizon, v) => 1 - Math.exp(-horizon.hazard * Math.exp(v));
      let text = model.horizons.map((horizon) => {
        let said = "Risk by " + horizon.name + ": " + percent(risk(horizon, eta));
        if (model.covariance) {
          const d = x.map((v, i) => v - horizon.means[i]);
          let variance = horizon.logVariance;
          d.forEach((a, i) => d.forEach((b, j) => { variance += a * b * model.covariance[i][j]; }));
          const reach = 1.959963984540054 * Math.sqrt(Math.max(0, variance));
          said += " (95 % interval " + percent(risk(horizon, eta - reach)) + " to " + percent(risk(horizon, eta + reach)) + ")";
        }
        return said + "; ";
      }).join("");
      text += ((eta - model.ofZero) / model.perPoint).toFixed(0) + " points; ";
      text += "group of " + (eta >= model.cut ? "higher" : "lower") + " risk.";
    """
}
