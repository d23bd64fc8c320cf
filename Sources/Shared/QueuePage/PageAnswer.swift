import Foundation
import StatusServer

/// Answers of the page, with the headers that keep a browser from doing more than they ask for.
enum PageAnswer {
  static let html = "text/html; charset=utf-8"

  /// Nothing comes from elsewhere, nothing runs that is not served here, nobody frames the page.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

  private static let common = [
    StatusAnswer.Header("Referrer-Policy", "same-origin"), StatusAnswer.Header("X-Frame-Options", "DENY"),
    StatusAnswer.Header("Cross-Origin-Opener-Policy", "same-origin"),
    StatusAnswer.Header("Cross-Origin-Resource-Policy", "same-origin"),
  ]

  static func page(_ text: String, status: Int = 200, headers: [StatusAnswer.Header] = []) -> StatusAnswer {
    StatusAnswer(
      status, text, contentType: html,
      headers: [StatusAnswer.Header("Content-Security-Policy", policy)] + common + headers)
  }

  static func style(_ text: String) -> StatusAnswer {
    StatusAnswer(200, text, contentType: "text/css; charset=utf-8", headers: common)
  }

  static func script(_ text: String) -> StatusAnswer {
    StatusAnswer(200, text, contentType: "text/javascript; charset=utf-8", headers: common)
  }

  static func redirect(to path: String, headers: [StatusAnswer.Header] = []) -> StatusAnswer {
    StatusAnswer(303, "See \(path)\n", headers: [StatusAnswer.Header("Location", path)] + common + headers)
  }

  /// A file to be saved.
  static func download(_ data: Data, named name: String, _ contentType: String) -> StatusAnswer {
    let safe = String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
    return StatusAnswer(
      200, data, contentType: contentType,
      headers: [
        StatusAnswer.Header("Content-Disposition", "attachment; filename=\"\(safe)\""),
        StatusAnswer.Header("Content-Security-Policy", "default-src 'none'; sandbox"),
      ] + common)
  }

  /// A file of a report. Its page has its style inside, and no script; drawings are SVG, which may not run one.
  static func reportFile(_ data: Data, named name: String) -> StatusAnswer {
    let types = [
      "html": html, "svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf",
      "csv": "text/csv; charset=utf-8", "json": "application/json",
    ]
    let type = types[String(name.split(separator: ".").last ?? "")] ?? "application/octet-stream"
    return StatusAnswer(
      200, data, contentType: type,
      headers: [
        StatusAnswer.Header(
          "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
            + "sandbox allow-downloads allow-top-navigation-by-user-activation allow-same-origin")
      ] + common)
  }
}
