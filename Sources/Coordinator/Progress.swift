import CommandSupport
import Foundation
import StudyStore

#if canImport(Glibc)
  import Glibc
#endif

/// A line on a terminal that is written over; nothing where standard error is a file.
struct TerminalLine: Sendable {
  let isTerminal = isatty(STDERR_FILENO) == 1

  func show(_ text: String) {
    if isTerminal { StandardStreams.show("\r\u{1B}[K\(text)") }
  }

  func clear() { show("") }
}

extension SubmissionProgress {
  var text: String {
    switch step {
    case .cases: "writing cases: \(done) of \(total)"
    case .tasks: "\(done) tasks planned"
    }
  }
}

/// How far a job is: one line that is rewritten on a terminal, a plain line now and then elsewhere.
struct ProgressDisplay {
  private let line = TerminalLine()
  private var lastPlain = ContinuousClock.now - .seconds(3600)
  private var lastText = ""

  private static let plainInterval = Duration.seconds(10)

  mutating func show(_ stages: [StageProgress]) {
    let text = Self.text(stages)
    if line.isTerminal {
      line.show(text)
    } else if text != lastText, ContinuousClock.now - lastPlain >= Self.plainInterval {
      StandardStreams.note(text)
      lastPlain = .now
    }
    lastText = text
  }

  mutating func finish(_ stages: [StageProgress]) {
    if line.isTerminal {
      line.show(Self.text(stages) + "\n")
    } else {
      StandardStreams.note(Self.text(stages))
    }
  }

  static func text(_ stages: [StageProgress]) -> String {
    stages.map { stage in
      var text = "\(stage.kind) \(stage.succeeded + stage.failed)/\(stage.total)"
      if stage.failed > 0 { text += " (\(stage.failed) failed)" }
      if stage.isOpen, let rate = stage.perSecond, rate > 0, let eta = stage.etaInSeconds {
        text += " \(pace(rate)), \(duration(eta)) left"
      }
      return text
    }.joined(separator: "  ")
  }

  /// Tasks a second, or a minute or an hour where they are fewer than one.
  private static func pace(_ perSecond: Double) -> String {
    let units: [(seconds: Double, name: String)] = [(1, "s"), (60, "min"), (3600, "h")]
    let unit = units.first { perSecond * $0.seconds >= 1 } ?? units[units.count - 1]
    return String(format: "%.1f/", perSecond * unit.seconds) + unit.name
  }
}
