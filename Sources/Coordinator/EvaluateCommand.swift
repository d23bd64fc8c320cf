import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Reporting
import StudyPlan

/// `coordinator evaluate`: the evaluation of a study for predictions made elsewhere. Needs no database.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluate predicted probabilities from a table, with the measures and figures of a study.",
    discussion: """
      The table (CSV; ';' and tabs are understood) has the columns Outcome (0 or 1) and Probability (0 to 1), and \
      may have Site, Split (training or test), ID and Model. With several models, those that predict the same \
      IDs (or, without IDs, as many rows of the same outcomes) are compared as paired. The cut-off is Youden's on \
      the training cases, or 0.5 where there are none.
      """)

  @Argument(help: "Table of predictions.", completion: .file(extensions: ["csv", "tsv"])) var predictions:
    String
  @Option(help: "Probability from which a case is called positive.") var cutoff: Double?
  @Option(help: "Seed of the resamples.") var seed: UInt64 = 1
  @Option(name: .customShort("o"), help: "Folder for report.json, page, figures and tables.") var output:
    String?
  @OptionGroup var figures: FigureOptions
  @Flag(help: "Print the report as JSON.") var json = false

  func validate() throws {
    if let cutoff, !(0...1).contains(cutoff) {
      throw ValidationError("--cutoff \(cutoff) is not a probability; give a number between 0 and 1.")
    }
  }

  func run() async throws {
    if let output {
      try requireWritableFolder(URL(fileURLWithPath: output), option: "-o")
      noteMissingGnuplot()
    }
    do {
      let url = URL(fileURLWithPath: predictions)
      let contents = try read(url)
      let rows = try PredictionReader(
        DelimitedTable(parsing: contents, label: url.lastPathComponent)
      ).rows()
      let report = try PredictionEvaluation(
        rows, cutoff: cutoff, seed: seed, name: url.lastPathComponent, contents: contents
      ).report()
      if let output {
        try await Reporting.writeReport(
          report, predictions: rows, to: URL(fileURLWithPath: output), dotsPerInch: figures.dpi)
      }
      let text = json ? String(decoding: try report.reproducibleJSON(), as: UTF8.self) : report.summaryText
      try StandardStreams.print(text.trimmingCharacters(in: .newlines))
    } catch let error as ReportError {
      throw CommandFailure(error)
    } catch let error as DelimitedTextError {
      throw CommandFailure(ExitStatus.badData, "\(error)")
    }
  }

  private func read(_ url: URL) throws -> [UInt8] {
    do {
      return try [UInt8](Data(contentsOf: url))
    } catch {
      throw CommandFailure(
        ExitStatus.badData, StudyError.notRead("The table \(url.path)", at: url, error).message)
    }
  }
}
