import BatchExtraction
import Testing

@Suite struct `Progress of a batch` {
  @Test func `tells speed and time left from what was computed, not from what was known`() {
    var meter = ProgressMeter(total: 10, style: .lines)
    #expect(meter.count(.known, at: .milliseconds(1)) == nil)
    #expect(meter.count(.known, at: .milliseconds(2)) == nil)
    #expect(meter.count(.computed, at: .seconds(1)) == nil)
    // Two computed in four seconds: half a case a second, six left.
    #expect(
      meter.count(.failed, at: .seconds(4))
        == "4 of 10 cases, 1 failed, 2 known from before, 0.5 a second, 12 s left\n")
  }

  @Test func `is redrawn in one line of a terminal, and ends it`() {
    var meter = ProgressMeter(total: 3, style: .redrawn)
    #expect(meter.count(.computed, at: .milliseconds(100)) == nil)
    #expect(
      meter.count(.computed, at: .milliseconds(250)) == "\r2 of 3 cases, 8.0 a second, 1 s left\u{1B}[K")
    #expect(meter.count(.computed, at: .milliseconds(300)) == "\r3 of 3 cases, 10 a second\u{1B}[K\n")
  }

  @Test func `is rare where nobody watches, and silent for a short batch`() {
    var meter = ProgressMeter(total: 3, style: .rare)
    #expect(meter.count(.computed, at: .seconds(1)) == nil)
    #expect(
      meter.count(.computed, at: .seconds(61))?.hasPrefix("2 of 3 cases, 0.0 a second, 31 s left") == true)
    #expect(meter.count(.computed, at: .seconds(62)) == nil)
  }

  @Test(arguments: [
    (59.2, "1 min 0 s"), (45, "45 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (.infinity, "years"),
  ])
  func `spans are told in two units`(seconds: Double, text: String) {
    #expect(ProgressMeter.span(seconds) == text)
  }
}
