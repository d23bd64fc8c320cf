/// How far a batch is, how fast, and how long it will take.
///
/// Holds no clock: the caller passes the time since the start.
package struct ProgressMeter: Sendable {
  package enum Style: Sendable {
    /// One line of a terminal, drawn again and again.
    case redrawn
    /// A line every few seconds.
    case lines
    /// A line a minute.
    case rare

    var interval: Duration {
      switch self {
      case .redrawn: .milliseconds(200)
      case .lines: .seconds(2)
      case .rare: .seconds(60)
      }
    }
  }

  private let total: Int
  private let style: Style
  private var ended = 0
  private var failed = 0
  /// Results that an earlier run left behind; they take no time and count for no speed.
  private var known = 0
  private var lastShown = Duration.zero

  package init(total: Int, style: Style) {
    self.total = total
    self.style = style
  }

  package enum Ending: Sendable { case computed, known, failed }

  /// Counts a case.
  /// - Parameter time: since the start.
  /// - Returns: what to write to standard error now; `nil` where the last line is fresh enough.
  package mutating func count(_ ending: Ending, at time: Duration) -> String? {
    ended += 1
    failed += ending == .failed ? 1 : 0
    known += ending == .known ? 1 : 0
    let isLast = ended == total && style != .rare
    guard isLast || time - lastShown >= style.interval else { return nil }
    lastShown = time
    let line = text(at: time)
    return style == .redrawn ? "\r" + line + "\u{1B}[K" + (isLast ? "\n" : "") : line + "\n"
  }

  private func text(at time: Duration) -> String {
    var parts = ["\(ended) of \(total) cases"]
    if failed > 0 { parts.append("\(failed) failed") }
    if known > 0 { parts.append("\(known) known from before") }
    let computed = ended - known
    if computed > 0, time > .zero {
      let seconds = time / .seconds(1)
      let rate = Double(computed) / seconds
      parts.append("\(rate >= 10 ? "\(Int(rate.rounded()))" : "\((rate * 10).rounded() / 10)") a second")
      if ended < total { parts.append("\(Self.span(Double(total - ended) / rate)) left") }
    }
    return parts.joined(separator: ", ")
  }

  /// `2 h 5 min`, `3 min 20 s`, `45 s`.
  package static func span(_ seconds: Double) -> String {
    guard seconds < 1e9 else { return "years" }
    let whole = Int(seconds.rounded(.up))
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole) s"
  }
}
