import Foundation

/// Numbers as the page prints them: fixed digits, a true minus sign, an en dash for what is undefined.
enum PageNumber {
  static let undefined = "–"

  static func fixed(_ value: Double?, digits: Int = 3) -> String {
    guard let value, value.isFinite else { return undefined }
    return withMinusSign(String(format: "%.\(digits)f", value))
  }

  /// Four significant digits, for quantities of any size: `18,233`, `0.7123`, `4.215 × 10⁻⁵`.
  static func significant(_ value: Double?) -> String {
    guard let value, value.isFinite else { return undefined }
    let size = value.magnitude
    if size >= 1e4 && size < 1e9 { return count(Int(value.rounded())) }
    if size == 0 || (size >= 1e-3 && size < 1e4) { return withMinusSign(String(format: "%#.4g", value)) }
    let parts = String(format: "%.3e", value).split(separator: "e")
    return withMinusSign(String(parts[0])) + " × 10" + superscript(Int(parts[1]) ?? 0)
  }

  /// As few digits as tell a quantity to a thousandth: `3`, `0.78125` as `0.781`.
  static func short(_ value: Double?) -> String {
    guard let value, value.isFinite, value.magnitude < 1e9 else { return undefined }
    return withMinusSign("\((value * 1000).rounded() / 1000)").replacing(/\.0$/, with: "")
  }

  /// A number of voxels that a file tells; what is no such number is not defined.
  static func whole(_ value: Double) -> String {
    value.isFinite && 0...1e9 ~= value ? String(Int(value)) : undefined
  }

  static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return undefined }
    return String(format: "%.0f %%", 100 * share)
  }

  static func pValue(_ value: Double?) -> String {
    guard let value, value.isFinite else { return undefined }
    return value < 0.001 ? "< 0.001" : fixed(value)
  }

  /// `= 0.042`, `< 0.001`, for use after `p`.
  static func equality(_ value: Double?) -> String {
    let text = pValue(value)
    return text.hasPrefix("<") ? text : "= \(text)"
  }

  /// `1,197`
  static func count(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    let grouped = digits.indices.map { index in
      let remaining = digits.count - index
      return (index > 0 && remaining % 3 == 0 ? "," : "") + String(digits[index])
    }
    return (value < 0 ? "−" : "") + grouped.joined()
  }

  /// `3 subjects`, `1 subject`
  static func count(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? singular : plural ?? singular + "s")"
  }

  static func duration(_ seconds: Double) -> String {
    guard seconds >= 60 else { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0 ? "\(hours) h \(minutes) min" : "\(minutes) min \(whole % 60) s"
  }

  private static func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (exponent < 0 ? "⁻" : "")
      + String(String(exponent.magnitude).compactMap(\.wholeNumberValue).map { digits[$0] })
  }

  private static func withMinusSign(_ text: String) -> String {
    guard text.hasPrefix("-") else { return text }
    let magnitude = text.dropFirst()
    return magnitude.allSatisfy { $0 == "0" || $0 == "." } ? String(magnitude) : "−" + magnitude
  }
}

extension PageNumber {
  /// `0.944 (95 % CI 0.901 to 0.987)`
  static func interval(_ interval: StudyReport.Interval?) -> String {
    guard let interval, interval.estimate != nil else { return "not defined" }
    guard interval.lower != nil, interval.upper != nil else { return fixed(interval.estimate) }
    return "\(fixed(interval.estimate)) (95 % CI \(fixed(interval.lower)) to \(fixed(interval.upper)))"
  }

  /// `0.671 (95 % of the replicates 0.571 to 0.762)`: how far resamples lie apart, which is no confidence interval.
  static func spread(_ interval: StudyReport.Interval?) -> String {
    guard let interval, interval.lower != nil, interval.upper != nil else { return fixed(interval?.estimate) }
    return
      "\(fixed(interval.estimate)) (95 % of the replicates \(fixed(interval.lower)) to \(fixed(interval.upper)))"
  }

  /// `0.944 (0.901–0.987)`
  static func compactInterval(_ interval: StudyReport.Interval?) -> String {
    guard let interval, interval.lower != nil, interval.upper != nil else { return fixed(interval?.estimate) }
    return "\(fixed(interval.estimate)) \(range(interval.lower, interval.upper))"
  }

  /// `(0.901–0.987)`; with ends that may be negative, `(−0.012 to 0.087)`; empty without ends.
  static func range(_ lower: Double?, _ upper: Double?) -> String {
    guard let lower, let upper else { return "" }
    return "(\(fixed(lower))\(lower < 0 ? " to " : "–")\(fixed(upper)))"
  }
}
