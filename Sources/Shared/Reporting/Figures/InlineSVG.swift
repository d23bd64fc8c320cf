import Foundation

/// A drawing made fit to stand inside a page: without prolog, with identifiers that are unique on the page,
/// with a description instead of gnuplot's own titles, and scaling with its container.
struct InlineSVG {
  let markup: String

  /// - Parameters:
  ///   - svg: a whole SVG file that gnuplot wrote.
  ///   - name: prefix of the identifiers; letters, digits and hyphens.
  init(_ svg: Data, name: String) throws {
    let text = String(decoding: svg, as: UTF8.self)
    guard let start = text.range(of: "<svg"), let end = text.range(of: "</svg>") else {
      throw ReportError(
        .gnuplotFailed, "figure \(name): gnuplot wrote no SVG; update gnuplot to 5.2 or newer")
    }
    let body = text[start.upperBound..<end.upperBound]
      .replacing(#/<title>[^<]*</title>/#, with: "")
      .replacing(#/<desc>[^<]*</desc>/#, with: "")
      .replacing(#/id=(["'])/#) { "id=\($0.1)\(name)-" }
      .replacing(#/href='#/#) { _ in "href='#\(name)-" }
      .replacing("url(#", with: "url(#\(name)-")
    // The figure around it carries the description, so the drawing's own text is not read out label by label.
    markup = "<svg aria-hidden=\"true\" focusable=\"false\"" + body
  }
}
