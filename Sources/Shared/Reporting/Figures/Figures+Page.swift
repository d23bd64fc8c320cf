import Foundation

extension Page {
  struct FigureSection {
    var name: String
    var heading: String
    var caption: String
    var panels: [FigureImage]
    /// Panels that are read when they are small.
    var isSmall: Bool
    /// Whether a first reading looks at it.
    var isFirst: Bool
  }

  struct FigureImage {
    var alternative: String
    var svg: String
  }
}

extension Page.FigureSection {
  private static let firstFigures = ["roc", "calibration", "decision", "forest", "nomogram"]

  /// Figures for the page, in its order.
  /// - Parameter panels: each panel's SVG, as wide as a column, by its name.
  static func all(_ figures: [Figure], panels: [String: Data]) throws -> [Self] {
    try figures.map { figure in
      let images = try figure.panels.map { panel in
        guard let svg = panels[panel.name] else { preconditionFailure("\(panel.name) was not drawn") }
        return Page.FigureImage(
          alternative: panel.alternative, svg: try InlineSVG(svg, name: panel.name).markup)
      }
      return Self(
        name: figure.name, heading: FigureText.heading(of: figure), caption: FigureText.caption(of: figure),
        panels: images, isSmall: figure.columns != nil, isFirst: firstFigures.contains(figure.name))
    }
  }
}

extension Figure {
  /// The figures that the report has data for, in the order of the page.
  static func all(of report: StudyReport) -> [Figure] {
    [
      roc(of: report), precisionRecall(of: report), calibration(of: report), decision(of: report),
      scores(of: report), confusion(of: report), forest(of: report), lassoPath(of: report),
      lassoDeviance(of: report), selection(of: report), nomogram(of: report), rocAtTime(of: report),
      calibrationAtTime(of: report),
    ].compactMap(\.self) + kaplanMeier(of: report)
  }
}

extension PageTemplates {
  static let figure = """
    <figure>
    <div class="panels{{#isSmall}} small{{/isSmall}}">
    {{#panels}}
    <div class="panel" role="img" aria-label="{{alternative}}">{{{svg}}}</div>
    {{/panels}}
    </div>
    <figcaption><strong>{{heading}}.</strong> {{caption}} <span class="formats">\
    <a href="{{name}}.svg">SVG</a> <a href="{{name}}.png">PNG</a> \
    <a href="{{name}}.pdf">PDF</a></span></figcaption>
    </figure>
    """

  static let figures = """
    <section aria-labelledby="figures">
    <h2 id="figures">Figures</h2>
    {{#figures}}{{> figure}}{{/figures}}
    {{^empty(furtherFigures)}}
    <details>
    <summary>Further figures: {{furtherNames}}</summary>
    {{#furtherFigures}}{{> figure}}{{/furtherFigures}}
    </details>
    {{/empty(furtherFigures)}}
    {{#figuresMissing}}
    <p><strong>No figures:</strong> {{.}}</p>
    {{/figuresMissing}}
    {{#empty(figures)}}{{#empty(figuresMissing)}}
    <p>No model has a curve to draw.</p>
    {{/empty(figuresMissing)}}{{/empty(figures)}}
    <p class="formats">The files are as wide as a page of a journal (180 mm); the folder 85mm has each panel as wide as a \
    column. Text is 7 to 8 points; <code>--dpi 600</code> draws PNG files as journals ask for them.</p>
    </section>
    """
}
