import ArgumentParser
import CommandSupport
import Foundation
import StudyPlan

/// How a table of new patients says who had the outcome: as the study file's `outcome` says it of the study's own.
struct OutcomeOptions: ParsableArguments {
  @Option(name: .customLong("outcome"), help: "Column of the outcomes.") var column = "Outcome"
  @Option(help: "What stands there for patients with the outcome, if not 1.") var positive: String?
  @Option(help: "What stands there for patients without it, if there are several other values.") var negative:
    String?

  func validate() throws {
    guard positive != nil || negative == nil else {
      throw ValidationError(
        "--negative \(negative ?? "") stands for patients without the outcome; say with --positive what stands for those with it."
      )
    }
    guard negative == nil || positive?.lowercased() != negative?.lowercased() else {
      throw ValidationError("--positive and --negative are both '\(positive ?? "")'; give two values.")
    }
  }

  /// Whether each patient has the outcome; `nil` where the table has nothing.
  /// - Parameter patients: names, for messages, and the columns of the table.
  /// - Throws: `CommandFailure` (65) for a column that is not there, and for values that are neither.
  func outcomes(of patients: [(name: String, columns: [String: String])]) throws(CommandFailure) -> [Bool?] {
    let texts = patients.map { patient in
      patient.columns.first { $0.key.lowercased() == column.lowercased() }?.value.trimmingCharacters(
        in: .whitespaces)
    }
    guard texts.contains(where: { $0 != nil }) || patients.isEmpty else {
      throw CommandFailure(
        ExitStatus.badData,
        "There is no column \(column) of outcomes. Name the column that has them with --outcome.")
    }
    let given = texts.compactMap { $0 }.filter { !$0.isEmpty }
    let coding = OutcomeCoding(text: column, positive: positive.map { [$0] }, negative: negative.map { [$0] })
    guard coding.contradiction(in: given, of: column) == nil else {
      let values = Set(given).sorted().prefix(5).map { "'\($0)'" }.joined(separator: ", ")
      throw CommandFailure(
        ExitStatus.badData,
        "Column \(column) has the values \(values); say with --negative which of them stands for patients without the outcome."
      )
    }
    var outcomes: [Bool?] = []
    for (patient, text) in zip(patients, texts) {
      guard let text, !text.isEmpty else {
        outcomes.append(nil)
        continue
      }
      guard let outcome = coding.outcome(of: text) else {
        throw CommandFailure(
          ExitStatus.badData,
          "The outcome of \(patient.name) is '\(text)'; column \(column) has \(positive ?? "1") and \(negative ?? "0"), and nothing "
            + "where it is unknown. Say what it has with --positive and --negative.")
      }
      outcomes.append(outcome == 1)
    }
    return outcomes
  }
}
