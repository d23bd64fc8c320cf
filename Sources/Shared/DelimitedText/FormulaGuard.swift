/// Keeps spreadsheets from running a text as a formula.
///
/// Excel, LibreOffice and others calculate a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break, or with the
/// full-width forms of the four signs. OWASP's remedy (CSV Injection, owasp.org/www-community/attacks/CSV_Injection) is
/// an apostrophe before it. A number stays as it is. Texts that begin with apostrophes and such a sign get one more, so
/// that taking one away gives every text back.
enum FormulaGuard {
  /// The text with an apostrophe before it, where a spreadsheet would calculate it.
  static func guarded(_ field: String) -> String {
    guard let first = field.utf8.first, first < 0x80 ? risky[Int(first)] : first == 0xEF else { return field }
    let isMarked = first == apostrophe
    return beginsFormula(field) && (isMarked || !isNumber(field)) ? "'" + field : field
  }

  /// The text without the apostrophe that `guarded` put before it.
  static func unguarded(_ field: String) -> String {
    field.utf8.first == apostrophe && beginsFormula(field) ? String(field.unicodeScalars.dropFirst()) : field
  }

  private static let apostrophe: UInt8 = 0x27

  private static let risky: [Bool] = (0..<UInt8(0x80)).map { "'=+-@\t\n\r".utf8.contains($0) }

  /// Whether a sign that begins a formula stands first, or after apostrophes.
  private static func beginsFormula(_ field: String) -> Bool {
    guard let first = field.unicodeScalars.first(where: { $0 != "'" }) else { return false }
    return "=+-@\t\n\r＝＋－＠".unicodeScalars.contains(first)
  }

  /// A decimal number as programs write it: sign, digits, fraction, exponent; or an infinity.
  private static func isNumber(_ field: String) -> Bool {
    var rest = field.utf8[...]
    func digits() -> Bool {
      let before = rest.count
      rest = rest.drop { (0x30...0x39).contains($0) }
      return rest.count < before
    }
    func sign() { if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() } }
    sign()
    if rest.elementsEqual("inf".utf8) { return true }
    var hasDigits = digits()
    if rest.first == 0x2E {
      rest = rest.dropFirst()
      hasDigits = digits() || hasDigits
    }
    guard hasDigits else { return false }
    if rest.first == 0x65 || rest.first == 0x45 {
      rest = rest.dropFirst()
      sign()
      guard digits() else { return false }
    }
    return rest.isEmpty
  }
}
