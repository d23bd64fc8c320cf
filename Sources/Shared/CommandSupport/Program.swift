import ArgumentParser
import Foundation
import Postgres

extension AsyncParsableCommand {
  /// Parses the command line, runs the command and ends the process with the exit code that fits.
  package static func runAsProgram() async -> Never {
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
