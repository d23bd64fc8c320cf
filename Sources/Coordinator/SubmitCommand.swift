import ArgumentParser
import CommandSupport
import Postgres
import StudyPlan
import StudyStore
import StudyTasks

/// `coordinator submit`: plans a study as tasks.
struct SubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submit a study; workers take it from there.",
    discussion: """
      The same study with the same manifest is the same job, whoever submits it. No image needs to be here; of those \
      that are, a changed one makes a new job. Stored features serve cases whose files have not changed: a changed mask \
      extracts one case. With --again workers look at the files, and extract those that have changed.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var options: StudyOptions
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var job: Int64
    var known: Bool
    var cases: Int
    var toExtract: Int
    /// Cases whose files a worker looks at, because features are stored.
    var toCheck: Int
    /// Cases whose files cannot be read here.
    var unseen: Int
    var state: String
  }

  func run() async throws {
    let input = try await StudyInput(options)
    input.tellSize()
    let submission = try await withDatabase(database) { connection in
      try await input.submit(options.again ? .looking : .known, to: connection)
    }
    if json {
      return try StandardStreams.printJSON(
        Result(
          job: submission.job, known: submission.wasKnown, cases: submission.cases,
          toExtract: submission.toExtract, toCheck: submission.checked, unseen: submission.unseen,
          state: submission.state.rawValue))
    }
    try StandardStreams.print(submission.summary)
  }
}

extension StudyInput {
  /// Submits the study, and tells people on a terminal how far it is.
  /// - Parameter picturesStay: whether all workers are on this machine, so that pictures do not leave it.
  func submit(_ again: Resubmission, to connection: PostgresConnection, picturesStay: Bool = false)
    async throws
    -> Submission
  {
    let isOneSite = Set(cases.map(\.row.site)).count == 1
    try await hintAtSpellings(of: cases, connection)
    hintAtSubjectsOfSeveralSites(of: cases)
    let line = TerminalLine()
    defer { line.clear() }
    let submission = try await StudyStore(connection).submit(
      file.study, cohort: file.cohort, cases: cases, featureNames: featureNames, again: again,
      budget: file.failureBudget, hasMarks: hasMarks,
      keepsPictures: featureNames.isEmpty && (file.pictures ?? (picturesStay || isOneSite)),
      counterpart: hasDefaultOrientation ? file.study.withOtherDefaultOrientation : nil
    ) { line.show($0.text) }
    line.clear()
    if submission.storedOtherwise > 0 {
      StandardStreams.note(otherOrientation(submission, isOneSite: isOneSite))
    }
    return submission
  }

  /// Why a study that has come to another number of sites extracts what is stored, and what to do.
  private func otherOrientation(_ submission: Submission, isOneSite: Bool) -> String {
    let cases = submission.storedOtherwise == 1 ? "1 case has" : "\(submission.storedOtherwise) cases have"
    let (stored, now, remedy) =
      isOneSite
      ? (
        "brought to one orientation (orientation: lps, the default of several sites)",
        "those of one site are left as they are stored", "lps"
      )
      : (
        "left as they are stored",
        "those of several sites are brought to one orientation (orientation: lps is their default)",
        "as-stored"
      )
    return
      "Note: \(cases) stored features of images \(stored), but \(now): they are extracted anew. To use what is stored, cancel job "
      + "\(submission.job), write orientation: \(remedy) in the study file and submit it again. A study that is to grow from "
      + "one site to several says orientation: lps from its start."
  }
}

extension Submission {
  var summary: String {
    guard wasKnown else {
      let looks = checked > 0 ? ", \(checked) for workers to see whether their files have changed" : ""
      let unread =
        unseen > 0 && reused > 0 ? " The files of \(counted(unseen, "case")) cannot be read here." : ""
      return
        "Job \(job): \(counted(cases, "case")), \(toExtract) to extract\(looks), \(reused) with stored features.\(unread)\(marks)"
    }
    return "Job \(job): this study was submitted before\(standing)\(advice)\(marks)"
  }

  private var marks: String {
    marked > 0 ? " \(counted(marked, "case")) marked by a reader and left out." : ""
  }

  private var standing: String {
    switch state {
    case .running where isHeld:
      " and is held, because too many of its \(cases) cases failed; coordinator status \(job) says what to do."
    case .running where toExtract > 0: " and is under way; \(toExtract) of \(cases) cases are open."
    case .running: " and is under way; its features are there."
    case .succeeded where failed > 0:
      " and has ended; \(failed) of \(cases) cases failed (coordinator retry \(job))."
    case .succeeded: " and has ended; nothing to extract."
    case .failed, .cancelled:
      " and was \(state == .failed ? "given up" : "cancelled"); coordinator retry \(job) takes it up."
    }
  }

  /// What the submitter cannot know.
  private var advice: String {
    guard unseen > 0, state != .running else { return "" }
    return
      " The files of \(counted(unseen, "case")) cannot be read here: if some have changed, submit --again lets workers look."
  }

}
