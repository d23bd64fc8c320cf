import ArgumentParser
import CommandSupport
import Postgres
import StudyPlan
import StudyTasks

/// `coordinator submit`: plans a study as tasks.
struct SubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submit a study; workers take it from there.",
    discussion: """
      The same study with the same images is the same job, however often it is submitted. Features that are stored \
      already are used again: a changed mask extracts one case.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var options: StudyOptions
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var job: Int64
    var known: Bool
    var cases: Int
    var toExtract: Int
  }

  func run() async throws {
    let input = try StudyInput(options)
    let submission = try await withDatabase(database) { connection in
      try await input.submit(again: options.again, to: connection)
    }
    if json {
      return try StandardStreams.printJSON(
        Result(
          job: submission.job, known: submission.wasKnown, cases: submission.cases,
          toExtract: submission.cases - submission.reused))
    }
    StandardStreams.print(submission.summary)
  }
}

extension Submission {
  var summary: String {
    wasKnown
      ? "Job \(job): this study was submitted before; nothing to extract."
      : "Job \(job): \(cases) cases, \(cases - reused) to extract, \(reused) with stored features."
  }
}
