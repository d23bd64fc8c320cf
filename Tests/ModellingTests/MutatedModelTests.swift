import DelimitedText
import Foundation
import LinearAlgebra
import Modelling
import Statistics
import StudyPlan
import Testing

/// What `predict` is given, with bytes changed at random: it may be refused, and may not end the process. `make fuzz` does the same for
/// longer (subjects `model-file` and `new-patients`); `TRABECULA_MUTATIONS` says how many are tried here.
@Suite struct `Mutated` {
  private static let count =
    ProcessInfo.processInfo.environment["TRABECULA_MUTATIONS"].flatMap(Int.init) ?? 400

  private static let words = [
    "null", "-1", "1e400", "1e308", "0", "\"\"", "[]", "{}", "true", "18446744073709551616", "NaN", "\"inf\"",
    ";", ",", "\n", "0,5",
    "1.449,44", "#2", "\u{FEFF}", "\"", "é", "\u{0}",
  ].map { Array($0.utf8) }

  /// Some bytes replaced, removed, doubled, or followed by a word.
  private static func mutated(_ seed: [UInt8], _ stream: inout RandomStream) -> [UInt8] {
    var bytes = seed
    for _ in 0...stream.index(below: 4) {
      guard !bytes.isEmpty else { return bytes }
      let place = stream.index(below: bytes.count)
      switch stream.index(below: 5) {
      case 0: bytes[place] = UInt8(stream.index(below: 256))
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + stream.index(below: 20)))
      case 2: bytes.insert(contentsOf: words[stream.index(below: words.count)], at: place)
      case 3:
        // A whole value of JSON or a field.
        let end = bytes[place...].firstIndex { ",}]\n;".utf8.contains($0) } ?? bytes.count
        bytes.replaceSubrange(place..<end, with: words[stream.index(below: words.count)])
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
      }
    }
    return bytes
  }

  private static func feature(_ name: String, _ kind: ModelDocument.PredictorKind? = nil)
    -> ModelDocument.Feature
  {
    ModelDocument.Feature(
      name: name, mean: 1, standardDeviation: 2, median: 1.5, coefficient: 0.25, kind: kind)
  }

  private static func model(_ name: String, _ features: [ModelDocument.Feature]) -> ModelDocument {
    ModelDocument(
      study: "s", name: name, outcome: "o", intercept: -0.5, features: features, cutoff: 0.4,
      cutoffRule: "Youden's J",
      featureSetDigest: "00", configurationDigest: "01", jobKey: "02",
      software: ModelDocument.Software(trabecula: "0", extractor: "x"), harmonisation: nil)
  }

  private static func models() throws -> [ModelDocument] {
    let plain = model("Rad", [feature("f"), feature("g")])
    var combined = model(
      "Combined", [feature("Rad score", .score), feature("Age", .clinical), feature("Sex=male", .clinical)])
    combined.scores = [plain]
    combined.clinical = [
      ModelDocument.Clinical(ClinicalColumn(ClinicalVariable("Age", .number))),
      ModelDocument.Clinical(
        ClinicalColumn(ClinicalVariable("Sex", .categories(["female", "male"], areOrdered: false)))),
    ]
    var harmonised = plain
    let combat =
      #"{"covariates":[{"mean":60,"name":"age"}],"features":[{"deviation":1,"effects":[{"scale":1,"shift":0.5},"#
      + #"{"scale":1.5,"shift":-0.5}],"mean":2,"slopes":[0.1]},null],"locationOnly":[],"sites":["N","S"],"unseenSite":"unchanged"}"#
    harmonised.harmonisation = try JSONDecoder().decode(CombatModel.self, from: Data(combat.utf8))
    return [plain, combined, harmonised]
  }

  /// Of patients who have all that the model asks for.
  private static func predict(_ document: ModelDocument) throws(StudyTaskError) {
    let columns = Dictionary(document.clinicalColumns.map { ($0.name, $0.variable.levels?.last ?? "1.5") }) {
      $1
    }
    let cases = [1.5, .nan, -1e300].map { value in
      NewCase(
        name: "a", subject: "a", site: document.harmonisation?.sites.first ?? "", columns: columns,
        values: Dictionary(document.measuredFeatures.map { ($0, value) }) { $1 })
    }
    _ = try document.predictions(of: cases)
  }

  @Test func `files of models are read or refused, also with their digest made right`() throws {
    var stream = RandomStream(seed: 4, purpose: .synthesis)
    var (read, refused) = (0, 0)
    for seed in try Self.models().map({ Array(try $0.json()) }) {
      let original = try ModelDocument(json: Data(seed))
      for _ in 0..<Self.count {
        let data = Data(Self.mutated(seed, &stream))
        do {
          // What is read all the same has changed in white space only.
          #expect(try ModelDocument(json: data) == original)
        } catch {
          _ = "\(error)"
        }
        do {
          let resealed = try JSONDecoder().decode(ModelDocument.self, from: data).json()
          try Self.predict(ModelDocument(json: resealed))
          read += 1
        } catch {
          _ = "\(error)"
          refused += 1
        }
      }
    }
    #expect(read > 0 && refused > 0)
  }

  @Test func `tables of new patients are read or refused`() throws {
    let tables = [
      "ID,Site,f,g,Age,Sex\na,N,1,2,50,male\nb,S,,NA,,female\n",
      "ID;Site;f;g;Age;Sex;age\na;N;1,5;2,25;50,5;male;60\nb;S;0,5;1;;;\n",
      "patient_id\tSite\tf\tg\tAge\tSex\nP#1\tN\t1\t2\t1\tmale\nP#2\tS\t3\t4\t2\tfemale\n",
    ].map { Array($0.utf8) }
    var stream = RandomStream(seed: 5, purpose: .synthesis)
    var (read, refused) = (0, 0)
    let models = try Self.models()
    for seed in tables {
      for _ in 0..<Self.count {
        let bytes = Self.mutated(seed, &stream)
        for documents in [[models[0]], Array(models.prefix(2)), [models[2]]] {
          do {
            let cases = try NewCaseTable(DelimitedTable(parsing: bytes, label: "new.csv"), for: documents)
              .cases
            for document in documents {
              let predictions = try document.predictions(of: cases).0
              #expect(predictions.allSatisfy { (0...1).contains($0.probability) })
            }
            read += 1
          } catch {
            _ = "\(error)"
            refused += 1
          }
        }
      }
    }
    #expect(read > 0 && refused > 0)
  }
}
