import Foundation

/// Numbers as people read them.
enum Words {
  /// `12,345`
  static func count(_ value: Int64) -> String {
    let digits = Array(String(value.magnitude))
    let grouped = digits.indices.map { index in
      (index > 0 && (digits.count - index) % 3 == 0 ? "," : "") + String(digits[index])
    }
    return (value < 0 ? "−" : "") + grouped.joined()
  }

  /// `1 case`, `2 cases`
  static func count(_ value: Int64, _ singular: String, _ plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? singular : plural ?? singular + "s")"
  }

  /// `0.4 s`, `41 s`, `3 min`, `2 h 5 min`, `4 d 3 h`
  static func duration(_ seconds: Double) -> String {
    if seconds < 10 { return String(format: "%.1f s", max(seconds, 0)) }
    let whole = Int(seconds.rounded())
    if whole < 90 { return "\(whole) s" }
    if whole < 5400 { return "\((whole + 30) / 60) min" }
    if whole < 172_800 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return "\(whole / 86_400) d \(whole / 3600 % 24) h"
  }

  /// `2.3 a second`, `14 a minute`, `3 an hour`
  static func rate(_ perSecond: Double) -> String {
    if perSecond >= 1 { return String(format: "%.1f a second", perSecond) }
    if perSecond * 60 >= 1 { return String(format: "%.0f a minute", perSecond * 60) }
    return String(format: "%.1f an hour", perSecond * 3600)
  }
}
