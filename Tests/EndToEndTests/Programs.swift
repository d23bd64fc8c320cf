import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// The built programs, run as their users run them.
enum Programs {
  struct Result: Sendable {
    var status: Int32
    var output: String
    var errors: String

    func json<Value: Decodable>(as type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(output.utf8))
    }
  }

  /// Where the build puts programs: beside the test bundle.
  static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Longer than any program takes beside a whole suite.
  private static let longest = Duration.seconds(900)

  /// Runs a program to its end.
  /// - Parameters:
  ///   - watching: is called with each line on standard error while the program runs.
  ///   - environment: added to this process's own.
  ///   - folder: where the program lies.
  ///   - killing: ends the program with SIGKILL at the first line on standard error for which it is true.
  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    in folder: URL = Programs.folder, watching: (@Sendable (String) async throws -> Void)? = nil,
    killing: (@Sendable (String) -> Bool)? = nil
  ) async throws -> Result {
    let errors = Mutex<[String]>([])
    let outcome = try await Subprocess.run(
      .path(FilePath(folder.appendingPathComponent(name).path)), arguments: Arguments(arguments),
      environment: .inherit.updating(
        Dictionary(
          uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
      input: .none, output: .sequence, error: .sequence
    ) { execution in
      let process = execution.processIdentifier.value
      // A program that does not end fails its test, with -9, and holds up no other.
      let clock = Task {
        try await Task.sleep(for: longest)
        kill(process, SIGKILL)
      }
      defer { clock.cancel() }
      async let output = text(of: execution.standardOutput)
      for try await line in execution.standardError.strings() {
        errors.withLock { $0.append(line) }
        try await watching?(line)
        if killing?(line) == true { try execution.send(signal: .kill) }
      }
      return try await output
    }
    let status: Int32 =
      switch outcome.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): -signal
      }
    let said = errors.withLock { $0.joined(separator: "\n") }
    return Result(status: status, output: outcome.closureResult, errors: said)
  }

  private static func text(of output: SubprocessOutputSequence) async throws -> String {
    var text = ""
    // JSON may be one line of a megabyte.
    for try await line in output.strings(bufferingPolicy: .unbounded) { text += line + "\n" }
    return text
  }
}

/// A folder of its own, removed at the end.
func withTemporaryFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("trabecula-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let outcome: Result<Value, any Error>
  do { outcome = .success(try await body(folder)) } catch { outcome = .failure(error) }
  try FileManager.default.removeItem(at: folder)
  return try outcome.get()
}
