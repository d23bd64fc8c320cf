import Cancellation
import CDispatch
import Foundation
import Glibc
import Testing

/// Each in a process of its own, which may use hardly more addresses than it has: less than a stack is.
@Suite(.timeLimit(.minutes(15))) struct `A thread that there is no memory for` {
  @Test func `is made as soon as there is some`() async {
    await #expect(processExitsWith: .success) {
      let memory = try await ScarceMemory()
      let began = Promise<Bool>()
      startThread { began.resolve(.success(true)) }
      try memory.lift()
      #expect(try await began.value())
    }
  }

  @Test func `ends the process, which says so, when none comes`() async throws {
    let ended = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try await ScarceMemory()
      startThread(attempts: 3) {}
      _ = try await Promise<Bool>().value()
    }
    let said = String(decoding: ended.standardErrorContent, as: UTF8.self)
    #expect(said.contains("the system has no memory for a thread"))
  }
}

/// A process that can make no thread, shown by trying.
private struct ScarceMemory {
  private let before: rlimit

  init() async throws {
    // The first timer has a thread of its own; and what a stack has been given back for one is taken.
    let timer = Computation(limit: .milliseconds(1), grace: .seconds(60)) {}
    await #expect(throws: OverTime.self) { try await timer.run { _ in Self.waitWithoutEnd() } }
    before = try Self.limit()
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    let used = try #require(pages.first.flatMap { UInt($0) }) * UInt(getpagesize())
    try Self.set(rlimit(rlim_cur: used + 4 << 20, rlim_max: before.rlim_max))
    while Self.makesThread() {}
  }

  /// Gives the process the memory that it had.
  func lift() throws { try Self.set(before) }

  private static func limit() throws -> rlimit {
    var found = rlimit()
    try #require(unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &found) == 0)
    return found
  }

  private static func set(_ limit: rlimit) throws {
    var limit = limit
    try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
  }

  /// A thread of 8 MiB that stays.
  private static func makesThread() -> Bool {
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
    defer { unsafe pthread_attr_destroy(&attributes) }
    guard unsafe pthread_attr_setstacksize(&attributes, 8 << 20) == 0 else { return false }
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, &attributes,
      { _ in
        ScarceMemory.waitWithoutEnd()
        return nil
      }, nil)
    return status == 0
  }

  private static func waitWithoutEnd() {
    while true { pause() }
  }
}
