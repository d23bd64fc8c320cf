import DelimitedText
import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private let yaml = """
  clinical:
    columns: {Age: number, Sex: [f, m], Grade: {ordered: [I, II, III], missing: indicator}}
  models:
    - {name: Clinical, sources: [clinical]}
    - {name: Rad, sources: [handcrafted], selection: [mann-whitney: {p: 0.3}]}
    - {name: Combined, scores: {models: [Rad], folds: 4}, clinical: [Age, Sex, Grade]}
  bootstrap: {replicates: 0}

  """

/// Ninety subjects; every eleventh has no grade, every seventeenth no age, one no sex.
private func cohort() -> FeatureCohort {
  var cohort = FeatureCohort()
  cohort.subjects = 90
  cohort.extra = { subject in
    [
      "Age": subject % 17 == 3 ? "" : "\(40 + subject * 7 % 31 + 4 * (subject % 2))",
      "Sex": subject == 8 ? "n/a" : subject % 5 < 2 ? "m" : "f",
      "Grade": subject % 11 == 0 ? "NA" : ["I", "II", "III"][subject * 7 % 3],
    ]
  }
  return cohort
}

/// The files of a study's models, its table of features with the clinical columns, and what it predicted.
private struct Study {
  let documents: [String: ModelDocument]
  let table: String
  /// By model and case.
  let predictions: [String: [Int64: UInt64]]

  init(_ extra: String = "") throws {
    let given = try cohort().cohort(extra + yaml)
    let study = try PreparedStudy(given)
    let result = try study.report()
    let report = try StudyReport(json: Data(result.report.utf8))
    let models = try JSONDecoder().decode([FittedModel].self, from: Data(result.models.utf8))
    documents = try Dictionary(
      uniqueKeysWithValues: models.map { model in
        let stored = String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
        let document = try ModelDocument(storedModel: stored, of: report, study: given.study)
        return (model.name, try ModelDocument(json: document.json()))
      })
    let names = given.features[0].names
    let clinical = ["Age", "Sex", "Grade"]
    table =
      (["ID,Site," + (clinical + names).joined(separator: ",")]
      + given.cases.map { item in
        ([item.subject, item.site] + clinical.map { item.extra[$0] ?? "" }
          + (given.features[0].values[item.id] ?? []).map { DelimitedWriter.field($0) })
          .joined(separator: ",")
      }).joined(separator: "\n") + "\n"
    predictions = Dictionary(grouping: result.predictions, by: \.model)
      .mapValues { Dictionary(uniqueKeysWithValues: $0.map { ($0.caseID, $0.probability.bitPattern) }) }
  }

  func predict(_ model: String, _ text: String) throws -> ([NewPrediction], [PredictionWarning]) {
    let document = try #require(documents[model])
    let cases = try NewCaseTable(DelimitedTable(parsing: text, label: "new.csv"), for: [document]).cases
    return try document.predictions(of: cases)
  }

  func code(_ model: String, _ text: String) -> (code: String?, sentence: String) {
    let error = #expect(throws: StudyTaskError.self) { try predict(model, text) }
    return (error?.code, error?.sentence ?? "")
  }
}

@Suite struct `New patients of clinical and combined models` {
  @Test(arguments: ["", "harmonisation: {method: combat}\n"])
  func `get the bits of the study's predictions`(_ extra: String) throws {
    let study = try Study(extra)
    for model in ["Clinical", "Rad", "Combined"] {
      let (predictions, _) = try study.predict(model, study.table)
      #expect(predictions.count == 90)
      for prediction in predictions {
        let id = Int64((Int(prediction.name) ?? 0) - 999)
        #expect(prediction.probability.bitPattern == study.predictions[model]?[id])
      }
    }
    let combined = try #require(study.documents["Combined"])
    #expect(combined.scores?.map(\.name) == ["Rad"])
    #expect(combined.scores?.first?.features == study.documents["Rad"]?.features)
    #expect(combined.scores?.first?.harmonisation == study.documents["Rad"]?.harmonisation)
    #expect(combined.clinical?.map(\.name) == ["Age", "Sex", "Grade"])
    #expect(combined.measuredFeatures == study.documents["Rad"]?.features.map(\.name))
    #expect(study.documents["Clinical"]?.measuredFeatures == [])
  }

  @Test func `have a score computed, whatever a column of that name says`() throws {
    let study = try Study()
    let lines = study.table.split(separator: "\n").map(String.init)
    let given = ([lines[0] + ",Rad score"] + lines.dropFirst().map { $0 + ",7" }).joined(separator: "\n")
    let (found, expected) = try (
      study.predict("Combined", given + "\n").0, study.predict("Combined", study.table).0
    )
    #expect(found.map(\.probability) == expected.map(\.probability))
    // Without the features below, the column does not stand in for them.
    let feature = try #require(study.documents["Rad"]?.features.first?.name)
    let (code, sentence) = study.code("Combined", given.replacing(",\(feature),", with: ",other,") + "\n")
    #expect(code == "missing-features" && sentence.contains(feature))
  }

  @Test func `with an unknown level or without a column are refused, by name`() throws {
    let study = try Study()
    let (code, sentence) = study.code("Combined", study.table.replacing(",m,", with: ",male,"))
    #expect(code == "clinical-value" && sentence.contains("'male'") && sentence.contains("Sex"))
    let (other, absent) = study.code("Clinical", study.table.replacing(",Age,", with: ",Years,"))
    #expect(other == "missing-columns" && absent.contains("Age") && !absent.contains("Sex"))
    // A model of features alone asks for neither.
    #expect(try study.predict("Rad", study.table.replacing(",Age,", with: ",Years,")).0.count == 90)
  }

  @Test func `lacking a value are told of it, and of what the model below lacks`() throws {
    let study = try Study()
    let warnings = try study.predict("Clinical", study.table).1
    #expect(warnings.map(\.code) == ["imputed"] && warnings[0].message.contains("commonest level"))
    let feature = try #require(study.documents["Rad"]?.features.first?.name)
    let lines = study.table.split(separator: "\n").map { $0.components(separatedBy: ",") }
    let place = try #require(lines[0].firstIndex(of: feature))
    var row = lines[2]
    row[place] = ""
    let text = [lines[0], row].map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
    let below = try study.predict("Combined", text).1
    #expect(
      below.contains { $0.message.hasPrefix("Model Rad below it: 1 of 1") && $0.message.contains(feature) })
  }

  @Test func `are not predicted by a file that lacks a model below or a clinical column`() throws {
    let study = try Study()
    var lacking = try #require(study.documents["Combined"])
    lacking.scores = nil
    let score = #expect(throws: StudyTaskError.self) { try ModelDocument(json: lacking.json()) }
    #expect(score?.code == "incomplete" && score?.sentence.contains("Rad score") == true)
    lacking = try #require(study.documents["Clinical"])
    lacking.clinical?.removeAll { $0.name == "Sex" }
    let column = #expect(throws: StudyTaskError.self) { try ModelDocument(json: lacking.json()) }
    #expect(column?.code == "incomplete" && column?.sentence.contains("Sex=m") == true)
  }

  @Test func `recalibrate such a model, and do not refit it`() throws {
    let study = try Study()
    let combined = try #require(study.documents["Combined"])
    let patients = try study.predict("Combined", study.table).0.enumerated().map { place, item in
      (
        prediction: item, values: item.values,
        isPositive: item.probability > 0.55 ? place % 3 != 0 : place % 7 == 0
      )
    }
    let update = try ModelUpdate(combined, .slope, on: patients, named: "new")
    let file = try ModelDocument(json: update.document.json())
    let change = try #require(file.update)
    let cases = try NewCaseTable(DelimitedTable(parsing: study.table, label: "new.csv"), for: [file]).cases
    for (found, was) in zip(try file.predictions(of: cases).0, patients) {
      let expected = logistic(change.intercept + change.slope * logit(was.prediction.probability))
      #expect(abs(found.probability - expected) < 1e-12)
    }
    let error = #expect(throws: StudyTaskError.self) {
      try ModelUpdate(combined, .refit, on: patients, named: "new")
    }
    #expect(error?.code == "combined-model")
  }

  @Test func `of other programs get no PMML that would ask for a score or a level`() throws {
    let study = try Study()
    #expect(
      #expect(throws: StudyTaskError.self) { try study.documents["Combined"]?.pmml() }?.code
        == "combined-model")
    let levels = #expect(throws: StudyTaskError.self) { try study.documents["Clinical"]?.pmml() }
    #expect(levels?.code == "categories" && levels?.sentence.contains("Sex=m") == true)
    #expect(try study.documents["Rad"]?.pmml().isEmpty == false)
  }
}
