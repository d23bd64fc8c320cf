import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan

/// `coordinator update`: a model for other patients than it was fitted to. Needs no database.
struct UpdateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Recalibrate or refit a model on new patients with known outcomes, as a model of its own.",
    usage: """
      coordinator update MODEL.json MANIFEST.csv --method slope -o UPDATED.json [options]
      coordinator update MODEL.json --features FEATURES.csv --method slope -o UPDATED.json [options]
      """,
    discussion: """
      Methods: intercept (recalibration in the large), slope (intercept and slope of the log odds), refit (new coefficients of the same \
      features, by ridge regression on the new patients alone). The table has a column Outcome with 0 and 1; --outcome, --positive and \
      --negative say otherwise.

      What is printed of the updated model is not what it does on the patients it was fitted to: each patient is predicted by a model that \
      was updated without its tenth of the patients (ten folds by subject, balanced over outcomes). --predictions writes these, with \
      those of the model as it was, for 'coordinator evaluate'.
      """)

  @Argument(help: "The model, then a manifest or a table of features.") var inputs: [String]
  @Option(help: "intercept, slope or refit.") var method: UpdateMethod
  @OptionGroup var patients: NewPatientOptions
  @OptionGroup var outcomes: OutcomeOptions
  @Option(help: "Name of the updated model; by default the model's with the method behind it.") var name:
    String?
  @Option(name: .customShort("o"), help: "File to write.") var output: String
  @Option(help: "Table for the cross-validated predictions.") var predictions: String?
  @Flag(help: "Print the result as JSON.") var json = false

  struct Result: Encodable {
    struct Performance: Encodable {
      var auc: Double?
      var brier: Double
      var calibrationIntercept: Double?
      var calibrationSlope: Double?
    }

    var file: String
    var model: String
    var of: String
    var method: String
    var cases: Int
    var positives: Int
    var intercept: Double
    var slope: Double
    var before: Performance
    /// By cross-validation over the folds.
    var after: Performance
    var folds: Int
  }

  func validate() throws {
    try patients.validate()
    guard let first = inputs.first, first.lowercased().hasSuffix(".json") else {
      throw ValidationError("Name a model first: coordinator update MODEL.json …")
    }
    try patients.check(Array(inputs.dropFirst()))
    guard inputs.count < 3 else {
      throw ValidationError("Give a manifest or a table: one image updates no model.")
    }
  }

  func run() async throws {
    for file in [output] + (predictions.map { [$0] } ?? []) { try requireWritableOutput(file) }
    try await workingOnData {
      let documents = try readModels([inputs[0]])
      try documents[0].refuseSurvival(
        "update knows no times",
        remedy:
          "Recalibrate it in R's survival: coxph with the linear predictor of 'coordinator predict' as the only column."
      )
      let found = try await patients.cases(Array(inputs.dropFirst()), for: documents)
      let (predicted, warnings) = try documents[0].predictions(of: found.cases[0])
      for warning in found.warnings + warnings {
        StandardStreams.note("Warning: \(warning.model): \(warning.message)")
      }
      for failure in found.failures {
        StandardStreams.note("\(failure.id): \(failure.sentence) \(failure.remedy)")
      }
      let update = try ModelUpdate(
        documents[0], method, on: try outcomes(of: predicted),
        named: name ?? "\(documents[0].name)-\(method.rawValue)")
      try writePrivateFile(try update.document.json(), to: URL(fileURLWithPath: output))
      if let predictions { try write(update, documents[0].name, to: predictions) }
      try tell(update, documents[0].name)
      if !found.failures.isEmpty { throw ExitStatus.someCasesFailed }
    }
  }

  /// Patients with an outcome; the others are said to be left out.
  private func outcomes(of predicted: [NewPrediction]) throws -> [(
    prediction: NewPrediction, values: [Double], isPositive: Bool
  )] {
    let outcomes = try self.outcomes.outcomes(of: predicted.map { ($0.name, $0.columns) })
    let patients = zip(predicted, outcomes).compactMap { prediction, isPositive in
      isPositive.map { (prediction: prediction, values: prediction.values, isPositive: $0) }
    }
    let left = predicted.count - patients.count
    if left > 0 { StandardStreams.note("Left out: \(counted(left, "patient")) without an outcome.") }
    return patients
  }

  private func write(_ update: ModelUpdate, _ before: String, to file: String) throws {
    let rows = [true, false].flatMap { isBefore in
      update.rows.map { row in
        [
          row.name, row.subject, row.site, "external", row.isPositive ? "1" : "0",
          isBefore ? before : update.document.name, DelimitedWriter.field(isBefore ? row.before : row.after),
        ]
      }
    }
    try TableFile.write(rows, under: PredictionTable.columns, to: URL(fileURLWithPath: file))
  }

  private func tell(_ update: ModelUpdate, _ before: String) throws {
    func performance(_ probabilities: [Double]) -> Result.Performance {
      let positives = update.rows.map(\.isPositive)
      let calibration = Calibration(probabilities, positives: positives)
      return Result.Performance(
        auc: areaUnderCurve(probabilities, positives: positives),
        brier: brierScore(probabilities, positives: positives), calibrationIntercept: calibration?.inTheLarge,
        calibrationSlope: calibration?.slope)
    }
    guard let change = update.document.update else {
      preconditionFailure("an updated model says how it was updated")
    }
    let result = Result(
      file: output, model: update.document.name, of: before, method: method.rawValue,
      cases: update.rows.count,
      positives: update.rows.count(where: \.isPositive), intercept: change.intercept,
      slope: change.slope, before: performance(update.rows.map(\.before)),
      after: performance(update.rows.map(\.after)), folds: update.folds)
    if json { return try StandardStreams.printJSON(result) }
    func text(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "not defined" }
    for (label, found) in [
      ("\(before), as it was", result.before),
      ("\(result.model), each patient by an update without its fold of \(result.folds)", result.after),
    ] {
      try StandardStreams.print(
        "\(label): AUC \(text(found.auc)), Brier score \(text(found.brier)), calibration in the large "
          + "\(text(found.calibrationIntercept)), slope \(text(found.calibrationSlope))")
    }
  }
}

extension UpdateMethod: ExpressibleByArgument {}
