import Foundation
import Glibc

/// Tells on standard error how a batch goes, and what it should be known of its cases.
package struct BatchProgress {
  private var meter: ProgressMeter?
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private let begin: ContinuousClock.Instant

  /// - Parameter isWanted: where standard error is no terminal, a line now and then.
  package init(_ batch: ExtractionBatch, isWanted: Bool) {
    begin = clock.now
    let style: ProgressMeter.Style = isTerminal ? .redrawn : isWanted ? .lines : .rare
    meter = batch.isSingle ? nil : ProgressMeter(total: batch.count, style: style)
  }

  package mutating func show(_ row: ExtractionBatch.Row, _ outcome: ExtractionJob.Outcome) {
    let ending: ProgressMeter.Ending
    switch outcome {
    case .known: ending = .known
    case .failed: ending = .failed
    case .valid: ending = .computed
    case .computed(_, let warnings):
      ending = .computed
      let start = isTerminal && meter != nil ? "\r\u{1B}[K" : ""
      for warning in warnings { tell("\(start)\(row.name): warning: \(warning)\n") }
    }
    let time = clock.now - begin
    if let line = meter?.count(ending, at: time) { tell(line) }
  }

}

/// Writes to standard error.
func tell(_ text: String) {
  // Where it cannot be written, nobody is left who could be told.
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}
