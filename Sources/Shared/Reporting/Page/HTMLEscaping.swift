import Mustache

/// Escapes text for HTML content and quoted attributes, scalar by scalar.
///
/// Mustache's own HTML type compares characters, and so leaves a quote as it is when a combining mark follows
/// it; a parser of HTML, which knows scalars only, would end an attribute there.
package struct HTMLEscaping: MustacheContentType {
  package init() {}

  package func escapeText(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
