import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A program that runs beside a test, with its process number and what it says on standard error.
struct RunningProgram: Sendable {
  let processID: Int32
  let lines: SpokenLines

  /// Sends a signal.
  func kill(_ signal: Int32) { Foundation.kill(processID, signal) }

  /// Whether it has ended, though its exit code may not have been asked for yet.
  var hasEnded: Bool {
    guard let line = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8) else {
      return true
    }
    return line.split(separator: ")").last?.hasPrefix(" Z") ?? true
  }

  /// Runs a program while `body` runs, then ends it with SIGTERM if it has not ended by itself.
  /// - Parameter environment: added to this process's own.
  /// - Returns: what `body` returned, the exit code (negative: the signal), and all lines on standard error.
  static func with<Value: Sendable>(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    _ body: @Sendable (RunningProgram) async throws -> Value
  ) async throws -> (value: Value, status: Int32, errors: [String]) {
    let lines = SpokenLines()
    let outcome = try await Subprocess.run(
      .path(FilePath(Programs.folder.appendingPathComponent(name).path)), arguments: Arguments(arguments),
      environment: .inherit.updating(
        Dictionary(
          uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
      input: .none, output: .discarded, error: .sequence
    ) { execution in
      let program = RunningProgram(processID: execution.processIdentifier.value, lines: lines)
      async let listening: Void = {
        for try await line in execution.standardError.strings() { lines.append(line) }
        lines.end()
      }()
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(program)) } catch { outcome = .failure(error) }
      program.kill(SIGTERM)
      try await listening
      return try outcome.get()
    }
    let status: Int32 =
      switch outcome.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): -signal
      }
    return (outcome.closureResult, status, lines.all)
  }
}

/// Lines as they come, for those who wait for one.
final class SpokenLines: Sendable {
  private struct State {
    var lines: [String] = []
    var hasEnded = false
    var waiting: [(id: UUID, part: String, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  /// Longer than any line takes beside a whole suite; a test whose line does not come fails, and holds up no other.
  private static let longest = Duration.seconds(600)

  private let state = Mutex(State())

  var all: [String] { state.withLock { $0.lines } }

  /// Waits until a line contains this, or the program has closed its standard error, or ten minutes have passed.
  /// - Returns: whether there was such a line.
  func contain(_ part: String) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.wait(for: part) }
      group.addTask {
        do { try await Task.sleep(for: Self.longest) } catch { return false }
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }

  private func wait(for part: String) async -> Bool {
    let id = UUID()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.lines.contains(where: { $0.contains(part) }) { return true }
          if state.hasEnded || Task.isCancelled { return false }
          state.waiting.append((id, part, continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let left = state.withLock { state in
        defer { state.waiting.removeAll { $0.id == id } }
        return state.waiting.filter { $0.id == id }
      }
      for waiter in left { waiter.continuation.resume(returning: false) }
    }
  }

  func append(_ line: String) {
    let heard = state.withLock { state in
      state.lines.append(line)
      let heard = state.waiting.filter { line.contains($0.part) }
      state.waiting.removeAll { line.contains($0.part) }
      return heard
    }
    for waiter in heard { waiter.continuation.resume(returning: true) }
  }

  func end() {
    let left = state.withLock { state in
      state.hasEnded = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in left { waiter.continuation.resume(returning: false) }
  }
}
