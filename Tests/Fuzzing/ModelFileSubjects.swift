import DelimitedText
import Foundation
import ImageFilters
import Modelling
import Statistics
import StudyPlan

/// What `coordinator predict` is given: files of models, and tables of new patients.
enum ModelFileSubjects {
  static let all: [FuzzSubject] = [
    FuzzSubject(name: "model-file", seeds: seeds, words: FuzzWords.models + words) { bytes in
      let data = Data(bytes)
      do throws(StudyTaskError) {
        try predict([ModelDocument(json: data)])
      } catch {
        _ = "\(error)"
      }
      // With its digest made right, as of a file that somebody made by hand.
      let resealed = try JSONDecoder().decode(ModelDocument.self, from: data).json()
      try predict([ModelDocument(json: resealed)])
    },
    FuzzSubject(name: "new-patients", seeds: tables, words: FuzzWords.columns + columns) { bytes in
      let table = try DelimitedTable(parsing: bytes, label: "new.csv")
      for documents in try [[plain()], [plain(), combined()], [harmonised()]] {
        do throws(StudyTaskError) {
          let cases = try NewCaseTable(table, for: documents).cases
          for document in documents { _ = try document.predictions(of: cases) }
        } catch {
          _ = "\(error)"
        }
      }
    },
  ]

  /// Of patients who have everything that the model asks for, and of one who lacks values.
  private static func predict(_ documents: [ModelDocument]) throws(StudyTaskError) {
    for document in documents {
      let names = document.measuredFeatures
      let columns = Dictionary(document.clinicalColumns.map { ($0.name, $0.variable.levels?.last ?? "1.5") })
      { $1 }
      let cases = [1.5, .nan, -1e300].map { value in
        NewCase(
          name: "a", subject: "a", site: document.harmonisation?.sites.first ?? "", columns: columns,
          values: Dictionary(names.map { ($0, value) }) { $1 })
      }
      _ = try document.predictions(of: cases)
    }
  }

  // MARK: Models

  private static func model(_ name: String, _ features: [ModelDocument.Feature]) -> ModelDocument {
    ModelDocument(
      study: "s", name: name, outcome: "o", intercept: -0.5, features: features, cutoff: 0.4,
      cutoffRule: "Youden's J",
      featureSetDigest: "00", configurationDigest: "01", jobKey: "02",
      software: ModelDocument.Software(trabecula: "0", extractor: "x"), harmonisation: nil)
  }

  private static func feature(_ name: String, _ kind: ModelDocument.PredictorKind? = nil)
    -> ModelDocument.Feature
  {
    ModelDocument.Feature(
      name: name, mean: 1, standardDeviation: 2, median: 1.5, coefficient: 0.25, kind: kind)
  }

  static func plain() throws -> ModelDocument { model("Rad", [feature("f"), feature("g")]) }

  static func combined() throws -> ModelDocument {
    var document = model(
      "Combined", [feature("Rad score", .score), feature("Age", .clinical), feature("Sex=male", .clinical)])
    document.scores = [try plain()]
    document.clinical = [
      ModelDocument.Clinical(ClinicalColumn(ClinicalVariable("Age", .number))),
      ModelDocument.Clinical(
        ClinicalColumn(ClinicalVariable("Sex", .categories(["female", "male"], areOrdered: false)))),
    ]
    return document
  }

  static func harmonised() throws -> ModelDocument {
    var document = try plain()
    document.harmonisation = try CanonicalJSON.decode(
      CombatModel.self, from: Array(harmonisation.utf8))
    return document
  }

  private static let harmonisation =
    #"{"covariates":[],"features":[{"deviation":1,"effects":[{"scale":1,"shift":0.5},{"scale":1.5,"shift":-0.5}],"#
    + #""mean":2,"slopes":[]},null],"locationOnly":[],"sites":["N","S"],"unseenSite":"refuse"}"#

  private static let seeds: [[UInt8]] = [plain, combined, harmonised].compactMap { make in
    do {
      return Array(try make().json())
    } catch {
      fatalError("a seed cannot be made: \(error)")
    }
  }

  private static let words = [
    "clinical", "scores", "images", "covariates", "extraction", "update", "sha256", "kind", "levels",
  ]
  .map { "\\x22\($0)\\x22:" }

  // MARK: Tables

  private static let columns = ["Age", "Sex", "male", "female", "0,5", "1.449,44", ";f;g;"]

  private static let tables: [[UInt8]] = [
    "ID,Site,f,g,Age,Sex\na,N,1,2,50,male\nb,S,,NA,,female\n",
    "ID;Site;f;g;Age;Sex\na;N;1,5;2,25;50,5;male\nb;S;0,5;1;;\n",
    "patient_id\tf\tg\nP#1\t1\t2\nP#2\t3\t4\n",
    "ID,Sequence,Region,Repeat,f,g,diagnostics_Versions_Extractor\na,T1,,,1,2,x\na,T2,,r,1,2,x\n",
  ].map { Array($0.utf8) }
}
