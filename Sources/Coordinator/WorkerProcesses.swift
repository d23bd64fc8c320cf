import ArgumentParser
import CommandSupport
import Foundation
import Subprocess
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Worker processes of this machine: started, watched, and started again when one dies.
struct WorkerProcesses: Sendable {
  let executable: String
  /// Arguments of each worker after `run`.
  let arguments: [String]
  let environment: [String: String]
  /// Folder for the workers' log files.
  let logs: URL
  /// Tells the queue that a process is dead, so that its tasks need not wait for the lease to end.
  let onDeath: @Sendable (_ processID: Int32) async throws -> Void

  /// A worker that keeps dying is not started for ever: so many deaths in a row, each soon after the start.
  static let mostRestarts = 20
  private static let soon = Duration.seconds(60)
  /// Pause before a worker that found no database is started again.
  private static let pause = Duration.seconds(2)

  /// The `worker` program beside this one.
  static func besideThisProgram() throws -> String {
    let own: String
    do {
      own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
      throw CommandFailure(
        ExitStatus.somethingMissing,
        "Where this program lies cannot be read from /proc/self/exe (\(error.localizedDescription)), and its workers lie beside it."
      )
    }
    let worker = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("worker").path
    guard FileManager.default.isExecutableFile(atPath: worker) else {
      throw CommandFailure(
        ExitStatus.databaseUnreachable,
        "The program `worker` is not beside `coordinator`; build or install both.")
    }
    return worker
  }

  /// Runs so many workers until the surrounding task is cancelled, which stops them gracefully.
  func run(_ count: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...count {
        group.addTask { try await keepAlive(number) }
      }
      // Not waitForAll: the failure of one must end all, which would otherwise run on.
      for try await _ in group {}
    }
  }

  private func keepAlive(_ number: Int) async throws {
    let log = logs.appendingPathComponent("worker-\(number).log").path
    var deaths = 0
    while deaths <= Self.mostRestarts {
      let start = ContinuousClock.now
      let (status, processID) = try await runOnce(log: log)
      if Task.isCancelled { return }
      try await onDeath(processID)
      if case .exited(let code) = status, code != 0 {
        guard [ExitStatus.databaseUnreachable, ExitStatus.tryAgain].map(\.rawValue).contains(code) else {
          throw CommandFailure(
            ExitStatus.tryAgain, "Worker \(number) ended with exit code \(code); the end of \(log) says why.")
        }
        try await Task.sleep(for: Self.pause)
      }
      deaths = ContinuousClock.now - start < Self.soon ? deaths + 1 : 1
    }
    throw CommandFailure(
      ExitStatus.tryAgain, "Worker \(number) died \(Self.mostRestarts) times; the end of \(log) says why.")
  }

  /// Whoever can write the folder may have put something else than a file there, at which opening would wait.
  private func openLog(_ log: String) throws -> FileDescriptor {
    func refused(_ reason: String) -> CommandFailure {
      CommandFailure(
        ExitStatus.cannotWrite,
        "\(log) cannot be written: \(reason). Remove it, or choose another data folder.")
    }
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(
        FilePath(log), .writeOnly, options: [.create, .append, .noFollow, .nonBlocking],
        permissions: .ownerReadWrite)
    } catch let error as Errno {
      throw refused("\(error)")
    }
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      try file.close()
      throw refused("it is no file")
    }
    return file
  }

  private func runOnce(log: String) async throws -> (TerminationStatus, Int32) {
    let file = try openLog(log)
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(30))]
    let outcome = try await Subprocess.run(
      .path(FilePath(executable)), arguments: Arguments(["run"] + arguments),
      environment: .inherit.updating(
        Dictionary(
          uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })),
      platformOptions: options, input: .none,
      output: .fileDescriptor(file, closeAfterSpawningProcess: false),
      error: .fileDescriptor(file, closeAfterSpawningProcess: true))
    return (outcome.terminationStatus, outcome.processIdentifier.value)
  }
}
