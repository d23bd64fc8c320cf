import ArgumentParser
import CommandSupport
import StudyPlan

@main
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Extracts features and evaluates bootstrap replicates: from a queue, or one image at a time.",
    discussion: """
      Exit codes: 0 all well; 1 finished, but some cases failed; 64 usage; 65 bad data; 69 something needed is not there \
      (database, its version, a port, a program, files); 73 cannot write; 75 try again.
      """,
    version: Release.version,
    subcommands: [RunCommand.self, ExtractCommand.self, VerifyCommand.self, HabitatsCommand.self])

  @MainActor static func main() async { await runAsProgram() }
}
