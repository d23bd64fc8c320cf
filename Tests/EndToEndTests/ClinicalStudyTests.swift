import Foundation
import Reporting
import Testing

/// 240 patients of three sites: the log-odds of the outcome are `-5.5 + 0.08 Age + 1.0 (male) + 1.2 x`, where the features r0 to r2
/// show x with noise, and d0 to d5 nothing.
private enum Patients {
  /// Mixed bits as a number from 0 to 1.
  static func uniform(_ subject: Int, _ place: Int) -> Double {
    var bits = UInt64(subject * 64 + place + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53
  }

  /// Nearly normal, of variance 1.
  static func normal(_ subject: Int, _ place: Int) -> Double {
    (0..<12).reduce(-6) { $0 + uniform(subject, place + $1) }
  }

  static var features: String {
    let names = (0..<3).map { "rad_r\($0)" } + (0..<6).map { "deep_like_d\($0)" }
    let rows = (0..<240).map { subject in
      let (age, isMale, x) = (age(subject), isMale(subject), normal(subject, 0))
      let eta = -5.5 + 0.08 * age + (isMale ? 1 : 0) + 1.2 * x
      let outcome = uniform(subject, 13) < 1 / (1 + exp(-eta)) ? 1 : 0
      let radiomics = (0..<3).map { x + 0.5 * normal(subject, 16 + 12 * $0) }
      let noise = (0..<6).map { uniform(subject, 52 + $0) }
      return "P\(subject),S\(subject % 3),\(outcome),"
        + (radiomics + noise).map { "\($0)" }.joined(separator: ",")
    }
    return (["ID,Site,Outcome," + names.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }

  static func age(_ subject: Int) -> Double { (40 + 35 * uniform(subject, 14)).rounded() }
  static func isMale(_ subject: Int) -> Bool { uniform(subject, 15) < 0.5 }

  static var clinic: String {
    let rows = (0..<240).map { subject in
      let age = subject % 29 == 0 ? "" : "\(Int(age(subject)))"
      return "P\(subject);\(age);\(isMale(subject) ? "male" : "female")"
    }
    return (["Patient;Age;Sex"] + rows).joined(separator: "\n") + "\n"
  }

  static let yaml = """
    study: clinical
    seed: 5
    features: table.csv
    clinical: {table: clinic.csv, id: Patient, columns: {Age: number, Sex: [female, male]}}
    models:
      - {name: Clinical, sources: [clinical]}
      - {name: Rad, prefixes: [rad_], selection: [lasso: {folds: 5}]}
      - {name: DL, prefixes: [deep_like_], selection: [lasso: {folds: 5}]}
      - {name: Combined, scores: {models: [Rad, DL], folds: 5}, sources: [clinical]}
    bootstrap: {replicates: 10, per_task: 5}
    """
}

@Suite struct `A study of clinical columns and a combined model` {
  @Test func `finds the effects that it was made with, the same for one worker and two`() async throws {
    try await withTemporaryFolder { folder in
      func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
      for (name, text) in [
        ("table.csv", Patients.features), ("clinic.csv", Patients.clinic), ("study.yaml", Patients.yaml),
      ] { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
      func local(_ workers: String, _ name: String) async throws -> Programs.Result {
        let run = try await Programs.run(
          "coordinator",
          ["local", path("study.yaml"), "-j", workers, "--data", path("data-\(name)"), "--out", path(name)])
        _ = try await Programs.run(
          "coordinator", ["local", path("study.yaml"), "--data", path("data-\(name)"), "--stop"])
        return run
      }
      let two = try await local("2", "two")
      try #require(two.status == 0, Comment(rawValue: two.errors))
      let file = folder.appendingPathComponent("two/report.json")
      let report = try StudyReportFile.read(file)
      let clinical = try #require(report.clinical)
      #expect(clinical.columns[0].missing == 9)
      let combined = try #require(clinical.equations.first { $0.model == "Combined" })
      let terms = Dictionary(uniqueKeysWithValues: combined.terms.map { ($0.predictor, $0) })
      for (name, truth) in [("Age", 0.08), ("Sex=male", 1.0)] {
        let term = try #require(terms[name])
        let (lower, upper) = (try #require(term.lower), try #require(term.upper))
        #expect(lower < exp(truth) && exp(truth) < upper, "\(name): \(lower) to \(upper)")
      }
      // Scores that were not fitted to their own subjects: what Rad says counts for about what it says, noise for nothing.
      let rad = try #require(terms["Rad score"])
      #expect(rad.coefficient > 0.5 && rad.coefficient < 2)
      func auc(_ name: String) -> Double {
        report.models.first { $0.name == name }?.bootstrap?.auc632Plus.estimate ?? 0
      }
      #expect(auc("Combined") > auc("Clinical") && auc("Combined") > auc("Rad") && auc("DL") < 0.65)
      #expect(report.audit.allSatisfy { $0.status != .fail })
      let page = try String(contentsOfFile: path("two/index.html"), encoding: .utf8)
      #expect(page.contains("<h2 id=\"clinical\">") && page.contains("risk-Combined.html"))
      #expect(FileManager.default.fileExists(atPath: path("two/nomogram.svg")))
      let risk = try String(contentsOfFile: path("two/risk-Combined.html"), encoding: .utf8)
      #expect(risk.contains("default-src 'none'; script-src 'sha256-"))
      #expect(!risk.contains("http:") && !risk.contains("https:"))
      #expect(try await local("1", "one").status == 0)
      #expect(
        try StudyReportFile.withoutTimes(file)
          == StudyReportFile.withoutTimes(folder.appendingPathComponent("one/report.json")))
    }
  }
}
