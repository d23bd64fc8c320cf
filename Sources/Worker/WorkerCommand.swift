import ArgumentParser
import CommandSupport
import StudyPlan

@main
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Extracts features and evaluates bootstrap replicates: from a queue, or one image at a time.",
    version: Release.version,
    subcommands: [RunCommand.self, ExtractCommand.self])

  static func main() async { await runAsProgram() }
}
