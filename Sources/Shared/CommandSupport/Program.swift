import ArgumentParser
import Foundation
import Glibc
import Postgres

extension AsyncParsableCommand {
  /// Parses the command line, runs the command and ends the process with the exit code that fits.
  ///
  /// To be called on the main actor from the beginning: other threads must not be there before it was seen that they can be.
  @MainActor package static func runAsProgram() async -> Never {
    requireProcesses()
    let arguments = Array(ProgramArguments.all.dropFirst())
    HiddenPasswords.hideInArguments()
    StandardStreams.reserve()
    do {
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      exit()
    } catch let failure as CommandFailure {
      StandardStreams.note("Error: \(failure.message)")
      exit(withError: failure.status)
    } catch {
      exit(withError: error)
    }
  }
}

/// Ends the program where /proc is not mounted. libdispatch looks there for each thread that it has started, and ends the process by
/// SIGILL where it does not find one (`_dispatch_workq_count_runnable_workers` in src/event/workqueue.c).
@MainActor private func requireProcesses() {
  guard unsafe access("/proc/self/stat", R_OK) != 0 else { return }
  StandardStreams.note("Error: /proc is not mounted here, and programs need it: mount -t proc proc /proc")
  exit(ExitStatus.somethingMissing.rawValue)
}
