import ArgumentParser
import CommandSupport
import StudyPlan

@main
struct CoordinatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coordinator",
    abstract: "Plans radiomics studies over several sites, watches them, and writes their reports.",
    discussion: """
      Exit codes: 0 all well; 1 finished, but some cases failed or the leakage audit did; 64 usage; 65 bad data; 69 something needed is not there \
      (database, its version, a port, a program, files); 73 cannot write; 75 try again.
      """,
    version: Release.version,
    subcommands: [
      ScanCommand.self, LocalCommand.self, MigrateCommand.self, IngestCommand.self, SubmitCommand.self,
      StatusCommand.self,
      RetryCommand.self, CancelCommand.self, PauseCommand.self, ResumeCommand.self, ExcludeCommand.self,
      GiveUpCommand.self, EraseCommand.self, ArchiveCommand.self, DeleteCommand.self, ExportCommand.self,
      ReportCommand.self, EvaluateCommand.self, PredictCommand.self, UpdateCommand.self,
      GrantSiteCommand.self, ServeCommand.self,
      SynthesizeCommand.self, KeepServerCommand.self,
    ])

  @MainActor static func main() async { await runAsProgram() }
}
