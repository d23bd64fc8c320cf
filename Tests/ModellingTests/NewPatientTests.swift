import DelimitedText
import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private let yaml = """
  models: [{name: Rad, selection: [mann-whitney: {p: 0.5}]}]
  bootstrap: {replicates: 0}

  """

/// A study, its model as a file has it, and its table of features.
private struct Fitted {
  let result: AggregateResult
  let document: ModelDocument
  let table: String

  init(_ cohort: FeatureCohort, _ yaml: String) throws {
    let given = try cohort.cohort(yaml)
    let study = try PreparedStudy(given)
    result = try study.report()
    // The array of one model, without its brackets, byte for byte.
    document = try ModelDocument(
      storedModel: String(result.models.dropFirst().dropLast()),
      of: StudyReport(json: Data(result.report.utf8)),
      study: given.study)
    let names = given.features[0].names
    var text = "ID,Site," + names.joined(separator: ",") + "\n"
    for item in given.cases {
      let values = given.features[0].values[item.id] ?? []
      text +=
        "\(item.subject),\(item.site)," + values.map { DelimitedWriter.field($0) }.joined(separator: ",")
        + "\n"
    }
    table = text
  }

  func predict(_ text: String) throws -> ([NewPrediction], [PredictionWarning]) {
    let read = try ModelDocument(json: document.json())
    let cases = try NewCaseTable(DelimitedTable(parsing: text, label: "new.csv"), for: [read]).cases
    return try read.predictions(of: cases)
  }
}

@Suite struct `New patients` {
  @Test(arguments: ["", "harmonisation: {method: combat}\n"])
  func `get the bits of the study's predictions from the model's file`(_ extra: String) throws {
    let fitted = try Fitted(FeatureCohort(), extra + yaml)
    let (predictions, warnings) = try fitted.predict(fitted.table)
    #expect(warnings.isEmpty)
    let expected = Dictionary(
      uniqueKeysWithValues: fitted.result.predictions.map { ($0.caseID, $0.probability.bitPattern) })
    #expect(predictions.count == 40)
    for prediction in predictions {
      let id = Int64((Int(prediction.name) ?? 0) - 999)
      #expect(prediction.probability.bitPattern == expected[id])
    }
  }

  @Test func `of a site that the model does not know are refused, or said to be used as they are`() throws {
    let refusing = try Fitted(FeatureCohort(), "harmonisation: {method: combat}\n" + yaml)
    let elsewhere = refusing.table.replacing(",North,", with: ",West,")
    let error = #expect(throws: StudyTaskError.self) { try refusing.predict(elsewhere) }
    #expect(error?.code == "unseen-site" && error?.sentence.contains("West") == true)
    let passing = try Fitted(FeatureCohort(), "harmonisation: {method: combat, unseen: unchanged}\n" + yaml)
    let (_, warnings) = try passing.predict(elsewhere)
    #expect(warnings.map(\.code) == ["unseen_site"] && warnings[0].message.contains("West"))
  }

  @Test func `lacking a feature, a value or a point are told so by name`() throws {
    let fitted = try Fitted(FeatureCohort(), yaml)
    let name = try #require(fitted.document.features.first?.name)
    let renamed = fitted.table.replacing(",\(name),", with: ",other,")
    #expect(
      #expect(throws: StudyTaskError.self) { try fitted.predict(renamed) }?.sentence.contains(name) == true)
    let lines = fitted.table.split(separator: "\n").map(String.init)
    var fields = lines[1].components(separatedBy: ",")
    let place = try #require(lines[0].components(separatedBy: ",").firstIndex(of: name))
    fields[place] = ""
    let (_, warnings) = try fitted.predict(lines[0] + "\n" + fields.joined(separator: ",") + "\n")
    #expect(warnings.map(\.code) == ["imputed"] && warnings[0].message.contains(name))
    #expect(!warnings[0].message.contains("infinite"))
    fields[place] = "inf"
    let (withInfinity, told) = try fitted.predict(lines[0] + "\n" + fields.joined(separator: ",") + "\n")
    #expect(told.map(\.code) == ["imputed"])
    #expect(told[0].message.contains("An infinite value counts as missing, as in studies: 1 value here is."))
    fields[place] = ""
    let empty = try fitted.predict(lines[0] + "\n" + fields.joined(separator: ",") + "\n").0
    #expect(withInfinity.map(\.probability) == empty.map(\.probability))
    fields[place] = "1e9"
    #expect(
      try fitted.predict(lines[0] + "\n" + fields.joined(separator: ",") + "\n").1.map(\.code) == [
        "outside_training"
      ])
    let comma = (lines[0] + "\n" + fields.joined(separator: ",") + "\n").replacing(",", with: ";")
      .replacing("1e9", with: "0,5")
    // A comma beside points may be either sign; commas alone are read as studies read them.
    #expect(
      #expect(throws: StudyTaskError.self) { try fitted.predict(comma) }?.sentence.contains("decimal points")
        == true)
    let commas = fitted.table.replacing(",", with: ";").replacing(".", with: ",")
    // Codes of patients may hold points too.
    #expect(
      try fitted.predict(commas).0.map(\.probability) == fitted.predict(fitted.table).0.map(\.probability))
  }

  @Test func `are not predicted by a file that is damaged, of another version or no model`() throws {
    let document = try Fitted(FeatureCohort(), yaml).document
    let text = String(decoding: try document.json(), as: UTF8.self)
    #expect(try ModelDocument(json: Data(text.utf8)).sha256 == document.sealed())
    func code(_ text: String) -> String? {
      #expect(throws: StudyTaskError.self) { try ModelDocument(json: Data(text.utf8)) }?.code
    }
    #expect(code(text.replacing("\"study\" : \"made-up\"", with: "\"study\" : \"made-down\"")) == "damaged")
    #expect(
      code(text.replacing("\"name\" : \"Rad\",", with: "\"name\" : \"Rad\", \"added\" : 1,")) == "damaged")
    #expect(code(text.replacing("\"schema_version\" : 3", with: "\"schema_version\" : 1")) == "other-schema")
    #expect(code("{\"schema_version\" : 1}") == "not-a-model" && code("hello") == "not-a-model")
  }

  @Test func `with features of another program or other settings are refused`() throws {
    let fitted = try Fitted(FeatureCohort(), yaml)
    func table(_ column: String, _ value: String) -> String {
      let writer = DelimitedWriter()
      return fitted.table.split(separator: "\n").enumerated().map { number, line in
        line + "," + writer.line([number == 0 ? column : value])
      }.joined()
    }
    let other = table("diagnostics_Versions_Extractor", "trabecula-extractor 0")
    #expect(#expect(throws: StudyTaskError.self) { try fitted.predict(other) }?.code == "other-extractor")
    _ = try fitted.predict(table("diagnostics_Versions_Extractor", Release.extractor))
    var parameters = try #require(fitted.document.extraction).parameters
    _ = try fitted.predict(
      table(
        "diagnostics_Configuration_Settings", String(decoding: canonicalBytes(of: parameters), as: UTF8.self))
    )
    parameters.labelChannel = 2
    let changed = table(
      "diagnostics_Configuration_Settings", String(decoding: canonicalBytes(of: parameters), as: UTF8.self))
    #expect(#expect(throws: StudyTaskError.self) { try fitted.predict(changed) }?.code == "other-settings")
  }
}

@Suite struct `A model that is updated` {
  /// A model, and patients whose log odds are otherwise than it says.
  private static func patients() throws -> (
    ModelDocument, [(prediction: NewPrediction, values: [Double], isPositive: Bool)]
  ) {
    let fitted = try Fitted(FeatureCohort(), yaml)
    let read = try ModelDocument(json: fitted.document.json())
    let predictions = try fitted.predict(fitted.table).0
    // Outcomes that follow the model's order loosely, and are rarer than it says.
    let patients = predictions.enumerated().map { place, item in
      (
        prediction: item, values: item.values,
        isPositive: item.probability > 0.55 ? place % 3 != 0 : place % 7 == 0
      )
    }
    return (read, patients)
  }

  @Test func `in the large is right on average, and by slope has intercept 0 and slope 1`() throws {
    let (document, patients) = try Self.patients()
    let positives = patients.map(\.isPositive)
    for method in [UpdateMethod.intercept, .slope] {
      let update = try ModelUpdate(document, method, on: patients, named: "new")
      let file = try ModelDocument(json: update.document.json())
      #expect(file.name == "new" && file.update?.of == "Rad" && file.update?.ofSHA256 == document.sha256)
      let change = try #require(file.update)
      let updated = patients.map {
        logistic(change.intercept + change.slope * logit($0.prediction.probability))
      }
      let share = Double(positives.count { $0 }) / Double(positives.count)
      #expect(abs(updated.reduce(0, +) / Double(updated.count) - share) < 1e-9)
      let calibration = try #require(Calibration(updated, positives: positives))
      #expect(abs(calibration.inTheLarge) < 1e-6)
      if method == .slope { #expect(abs(calibration.slope - 1) < 1e-6) } else { #expect(change.slope == 1) }
      // The file's own prediction is the same.
      let cases = patients.map { patient in
        NewCase(
          name: patient.prediction.name, subject: patient.prediction.subject, site: patient.prediction.site,
          values: Dictionary(uniqueKeysWithValues: zip(document.features.map(\.name), patient.values)))
      }
      for (found, expected) in zip(try file.predictions(of: cases).0, updated) {
        #expect(abs(found.probability - expected) < 1e-12)
      }
    }
  }

  /// A patient's own outcome is not among those that its prediction was updated on: there is one shift a fold.
  @Test func `is evaluated on patients that it was not updated on`() throws {
    let (document, patients) = try Self.patients()
    let update = try ModelUpdate(document, .intercept, on: patients, named: "new")
    #expect(update.folds == 10 && update.rows.count == 40)
    let shifts = Set(update.rows.map { ((logit($0.after) - logit($0.before)) * 1e9).rounded() })
    #expect(shifts.count > 1 && shifts.count <= 10)
    let whole = try #require(update.document.update).intercept
    #expect(!shifts.contains((whole * 1e9).rounded()))
  }

  @Test func `by refit has coefficients of its own, and is a model by itself`() throws {
    let (document, patients) = try Self.patients()
    let update = try ModelUpdate(document, .refit, on: patients, named: "own")
    #expect(update.document.features.map(\.name) == document.features.map(\.name))
    #expect(update.document.features != document.features && update.document.update?.slope == 1)
    #expect(try ModelDocument(json: update.document.json()).name == "own")
    let harmonised = try Fitted(FeatureCohort(), "harmonisation: {method: combat}\n" + yaml).document
    let error = #expect(throws: StudyTaskError.self) {
      try ModelUpdate(harmonised, .refit, on: patients, named: "own")
    }
    #expect(error?.code == "harmonised-model")
    let alike = patients.map { (prediction: $0.prediction, values: $0.values, isPositive: true) }
    #expect(
      #expect(throws: StudyTaskError.self) { try ModelUpdate(document, .slope, on: alike, named: "x") }?.code
        == "too-few")
  }
}
