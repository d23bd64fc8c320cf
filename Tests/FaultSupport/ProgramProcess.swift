import Cancellation
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A running program of this project, to be signalled and waited for.
package final class ProgramProcess: Sendable {
  package enum Exit: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  package let processID: Int32
  private let exit: Task<Exit, any Error>

  /// Where the build puts programs: beside the test bundle, and beside the soak.
  package static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Starts a program; its output goes to the end of `log`.
  /// - Parameters:
  ///   - wrapper: program and arguments that start the program, such as `prlimit`.
  package init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], log: URL,
    wrapper: [String] = []
  ) throws {
    let command = wrapper + [Self.folder.appendingPathComponent(name).path] + arguments
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
    let output = try FileHandle(forWritingTo: log)
    try output.seekToEnd()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let answer = Promise<Exit>()
    process.terminationHandler = { ended in
      let wasSignalled = ended.terminationReason == .uncaughtSignal
      answer.resolve(
        .success(wasSignalled ? .signalled(ended.terminationStatus) : .exited(ended.terminationStatus)))
    }
    try process.run()
    try output.close()
    processID = process.processIdentifier
    // Ends with the program; whoever waits may be cancelled without it.
    exit = Task { try await answer.value() }
  }

  /// Waits for its end.
  package func end() async throws -> Exit { try await value(of: exit) }

  package func signal(_ signal: Int32) { kill(processID, signal) }

  /// Runs a program to its end.
  /// - Throws: `ProgramFailure` unless it ends with 0.
  package static func run(_ name: String, _ arguments: [String], log: URL) async throws {
    let exit = try await ProgramProcess(name, arguments, log: log).end()
    guard exit == .exited(0) else {
      throw ProgramFailure(
        "\(name) \(arguments.joined(separator: " ")) ended with \(exit): \(try Log.lines(of: log).suffix(3))")
    }
  }
}

/// What went wrong with the harness itself.
package struct ProgramFailure: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

enum Log {
  /// Lines of a log file; none where it does not exist yet. A program that was killed may have left half a character.
  static func lines(of file: URL) throws -> [Substring] {
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    return String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
  }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the moments of a run follow from its seed.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
