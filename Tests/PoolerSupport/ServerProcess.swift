import Subprocess

/// A server that runs while a body does.
enum ServerProcess {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts a server, and runs `body` once it says that it is ready.
  /// - Parameters:
  ///   - name: for whoever reads that it did not start.
  ///   - ready: part of the line on its standard error that says so.
  ///   - stop: the signal that ends it.
  static func with<Value: Sendable>(
    _ name: String, _ executable: Executable, _ arguments: [String], environment: Environment = .inherit,
    ready: String, stop: Signal, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Result<Value, any Error> {
    let outcome = try await Subprocess.run(
      executable, arguments: Arguments(arguments), environment: environment,
      input: .none, output: .discarded, error: .sequence
    ) { execution -> Result<Value, any Error> in
      var said: [String] = []
      var lines = execution.standardError.strings().makeAsyncIterator()
      while let line = try await lines.next() {
        said.append(line)
        guard line.contains(ready) else { continue }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try execution.send(signal: stop)
        return result
      }
      return .failure(Failure(description: "\(name) did not start: " + said.joined(separator: "; ")))
    }
    return outcome.closureResult
  }
}
