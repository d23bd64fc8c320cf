import Yams

/// Refuses whole numbers in base 60 (in YAML 1.1 `1:30` is 90) beyond what a number holds, which the parser would multiply
/// until the process ends, and characters that move a terminal's cursor or turn the direction of writing, which YAML can spell
/// (`"\e"`).
///
/// Texts in quotes are no numbers.
/// - Throws: `StudyError` that shows the number, or the text without these characters.
func checkScalars(in node: Node, _ subject: String) throws(StudyError) {
  switch node {
  case .scalar(let scalar):
    if scalar.string.unicodeScalars.contains(where: isUnprintable) {
      let shown = String(String.UnicodeScalarView(scalar.string.unicodeScalars.filter { !isUnprintable($0) }))
      throw StudyError(
        .badValue, "\(subject) holds a control character in the text \(shown.prefix(100)). Write it without.")
    }
    guard [.any, .plain].contains(scalar.style), isTooLargeInBase60(scalar.string) else { return }
    throw StudyError(
      .badValue,
      "\(subject) holds \(scalar.string.prefix(100)), in YAML a number in base 60, which is too large. Put a text in "
        + "quotes.")
  case .mapping(let mapping):
    for (key, value) in mapping {
      try checkScalars(in: key, subject)
      try checkScalars(in: value, subject)
    }
  case .sequence(let sequence):
    for item in sequence { try checkScalars(in: item, subject) }
  case .alias: break
  }
}

private func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A, 0x0D: false
  case ..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
  default: false
  }
}

private func isTooLargeInBase60(_ text: String) -> Bool {
  guard text.contains(":") else { return false }
  let unsigned = text.filter { $0 != "_" }
  let digits = unsigned.dropFirst(unsigned.hasPrefix("-") || unsigned.hasPrefix("+") ? 1 : 0)
    .split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
  guard !digits.contains(nil) else { return false }
  var (base, value) = (1, 0)
  for digit in digits.compactMap(\.self).reversed() {
    let (product, one) = digit.multipliedReportingOverflow(by: base)
    let (sum, two) = value.addingReportingOverflow(product)
    let (next, three) = base.multipliedReportingOverflow(by: 60)
    if one || two || three { return true }
    (base, value) = (next, sum)
  }
  // Which has no counterpart of the other sign.
  return value == .min
}
