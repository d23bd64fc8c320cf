import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Modelling
import Reporting
import StudyPlan

/// `coordinator predict`: what fitted models say of new patients. Needs no database.
struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Apply models to new patients: from images, or from features that were extracted before.",
    usage: """
      coordinator predict MODEL.json... MANIFEST.csv [--clinical CLINIC.csv] [options]
      coordinator predict MODEL.json... --features FEATURES.csv [--clinical CLINIC.csv] [options]
      coordinator predict MODEL.json... IMAGE MASK [options]
      """,
    discussion: """
      MODEL.json is what 'coordinator export model' wrote. Images are extracted as the model's study did, whatever settings \
      are the defaults here; features of a table are known by their names. Writes ID,Model,Probability; of Cox models \
      ID,Model,LinearPredictor,RiskGroup and the risk by each horizon. What is to be known of the \
      predictions (values that are missing or far from those of training, sites that the model does not know) is said on standard error.

      Exit codes: 0 all well; 1 some cases failed; 65 a model's file is damaged, or the data are not what the model knows; \
      69 weights are not here; 73 cannot write.
      """)

  @Argument(help: "Models, then a manifest, a table of features, or IMAGE and MASK.") var inputs: [String]
  @OptionGroup var patients: NewPatientOptions
  @Option(name: .customShort("o"), help: "File to write; '-' for standard output.") var output = "-"
  @Flag(help: "Print what was written, and what is to be known of it, as JSON.") var json = false

  struct Result: Encodable {
    struct Failure: Encodable {
      var id: String
      var code: String
      var sentence: String
      var remedy: String
    }

    var file: String
    var rows: Int
    var warnings: [PredictionWarning]
    var failures: [Failure]
  }

  func validate() throws {
    try patients.validate()
    if json, output == "-" { throw ValidationError("--json needs -o FILE.") }
    guard !modelFiles.isEmpty else {
      throw ValidationError("Name a model first: coordinator predict MODEL.json …")
    }
    try patients.check(others)
  }

  private var modelFiles: [String] { inputs.prefix { $0.lowercased().hasSuffix(".json") }.map { $0 } }
  private var others: [String] { Array(inputs.dropFirst(modelFiles.count)) }

  func run() async throws {
    try requireWritableOutput(output)
    try await workingOnData {
      let documents = try readModels(modelFiles)
      let horizons = try Self.horizons(of: documents)
      let found = try await patients.cases(others, for: documents)
      var rows: [[String]] = []
      var warnings = found.warnings
      for (document, cases) in zip(documents, found.cases) {
        let (predictions, said) = try document.predictions(of: cases)
        let names = Self.names(predictions)
        rows += zip(names, predictions).map { name, prediction in
          [name, document.name] + Self.fields(prediction)
        }
        warnings += said
      }
      try write(rows, under: Self.columns(horizons), warnings, found.failures)
    }
  }

  /// The same ID at two sites is two people.
  private static func names(_ predictions: [NewPrediction]) -> [String] {
    let counts = predictions.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
    return predictions.map { counts[$0.name] == 1 || $0.site.isEmpty ? $0.name : "\($0.site)/\($0.name)" }
  }

  /// Horizons of Cox models; `nil` of logistic models.
  /// - Throws: `CommandFailure` (65) for models whose results would have different columns.
  private static func horizons(of documents: [ModelDocument]) throws -> [Double]? {
    let kinds = Set(documents.map { $0.survival?.horizons })
    guard kinds.count == 1 else {
      throw CommandFailure(
        ExitStatus.badData,
        "The models are logistic and Cox models, or Cox models of different horizons, whose results have different columns; predict with "
          + "one kind at a time.")
    }
    return kinds.first ?? nil
  }

  private static func columns(_ horizons: [Double]?) -> [String] {
    ["ID", "Model"]
      + (horizons.map { horizons in
        ["LinearPredictor", "RiskGroup"] + horizons.map(SurvivalTable.riskColumn)
      } ?? ["Probability"])
  }

  private static func fields(_ prediction: NewPrediction) -> [String] {
    guard let survival = prediction.survival else { return [DelimitedWriter.field(prediction.probability)] }
    return [
      DelimitedWriter.field(survival.linearPredictor), SurvivalTable.groupName(survival.riskGroup),
    ] + survival.risks.map { DelimitedWriter.field($0) }
  }

  private func write(
    _ rows: [[String]], under columns: [String], _ warnings: [PredictionWarning],
    _ failures: [Result.Failure]
  ) throws {
    if output == "-" {
      let writer = DelimitedWriter()
      try StandardStreams.write(Data(([columns] + rows).map { writer.line($0) }.joined().utf8))
    } else {
      try TableFile.write(rows, under: columns, to: URL(fileURLWithPath: output).standardizedFileURL)
    }
    for warning in warnings { StandardStreams.note("Warning: \(warning.model): \(warning.message)") }
    for failure in failures { StandardStreams.note("\(failure.id): \(failure.sentence) \(failure.remedy)") }
    if json {
      try StandardStreams.printJSON(
        Result(file: output, rows: rows.count, warnings: warnings, failures: failures))
    }
    guard failures.isEmpty else {
      throw others.count == 2 ? ExitStatus.badData : ExitStatus.someCasesFailed
    }
  }
}

/// What models are applied to.
struct FoundCases {
  /// For each model.
  var cases: [[NewCase]]
  var failures: [PredictCommand.Result.Failure]
  var warnings: [PredictionWarning] = []
}

/// Reads the files of models, each with what is wrong with it.
/// - Throws: `CommandFailure` (65).
func readModels(_ files: [String]) throws -> [ModelDocument] {
  let documents = try files.map { name in
    do throws(StudyTaskError) {
      return try ModelDocument(at: URL(fileURLWithPath: name))
    } catch {
      throw CommandFailure(ExitStatus.badData, "\(name): \(error)")
    }
  }
  let names = documents.map(\.name)
  guard Set(names).count == names.count else {
    throw CommandFailure(
      ExitStatus.badData,
      "Two of the models have the same name, and results could not be told apart; predict with one at a time."
    )
  }
  return documents
}
