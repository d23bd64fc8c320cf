import Testing

@testable import QueuePage

@Suite struct `The pace of signing in` {
  private let start = ContinuousClock.now

  @Test func `waits longer with each wrong password of a login, up to a minute, and not for others`() {
    var pace = SignInPace()
    for _ in 0..<SignInPace.free {
      #expect(pace.wait(for: "a", at: start) <= .zero)
      pace.failed("a", at: start)
    }
    #expect(pace.wait(for: "a", at: start) == .seconds(1))
    #expect(pace.wait(for: "a", at: start + .seconds(1)) <= .zero)
    #expect(pace.wait(for: "b", at: start) <= .zero)
    pace.failed("a", at: start)
    #expect(pace.wait(for: "a", at: start) == .seconds(2))
    for _ in 0..<9 { pace.failed("a", at: start) }
    #expect(pace.wait(for: "a", at: start) == SignInPace.longestWait)
    pace.succeeded("a")
    #expect(pace.wait(for: "a", at: start) <= .zero)
  }

  @Test func `forgets no wrong password for an attempt that failed otherwise`() {
    var pace = SignInPace()
    for _ in 0..<(SignInPace.free + 1) { pace.failed("a", at: start) }
    pace.failed("a", at: start)
    pace.takeBack("a")
    #expect(pace.wait(for: "a", at: start) == .seconds(2))
    pace.takeBack("unknown")
    #expect(pace.wait(for: "unknown", at: start) <= .zero)
  }

  @Test func `is slow for all logins together, whatever names somebody tries`() {
    var pace = SignInPace()
    for number in 0..<SignInPace.mostAtOnce {
      #expect(pace.wait(for: "login \(number)", at: start) <= .zero)
      pace.failed("login \(number)", at: start)
    }
    #expect(pace.wait(for: "another", at: start) == .seconds(2))
    #expect(pace.wait(for: "another", at: start + .seconds(2)) <= .zero)
    for number in 0..<5000 { pace.failed("login \(number)", at: start) }
    #expect(pace.wait(for: "another", at: start) > .seconds(60), "names that are forgotten count on")
  }
}
