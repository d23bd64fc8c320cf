import Foundation
import TestSupport
import Testing

/// Several images of a patient in one folder: echoes of one series, and another series.
@Suite(.timeLimit(.minutes(15))) struct `Cases that differ in echo or series alone` {
  private static let patients = 20

  private static let study = """
    study: echoes
    seed: 7
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: [Mean, Maximum, Minimum, Skewness, Entropy]}
    models:
      - name: Rad
        selection: [lasso: {folds: 3, rule: min}]
    bootstrap: {replicates: 8, per_task: 4}
    """

  private static func series(_ patient: Int, _ letter: Int) -> String {
    "1.2.826.0.\(letter).\(100 + patient)"
  }

  private static func write(_ patient: Int, to cohort: URL) throws {
    let folder = cohort.appendingPathComponent("P\(patient)")
    let outcome = patient % 2
    for (echo, letter) in [(1, 5), (2, 5), (nil, 6)] as [(Int?, Int)] {
      var image = DICOMSample()
      (image.seriesUID, image.echo) = (series(patient, letter), echo)
      let shift = patient * 5 + outcome * 20 + 90 * (echo ?? 0)
      image.intensity = { ($0 + 31 * patient) * 7919 % (300 + 7 * letter) + 1100 + shift }
      try image.write(to: folder.appendingPathComponent("mr"))
      if letter == 5 { try Data(image.structureSet()).write(to: folder.appendingPathComponent("RS.dcm")) }
    }
  }

  private static let features = """
    study: echoes
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: [Mean]}
    models: []
    """

  private static let header = "ID,Site,Image,Mask,Segment,Outcome,Series,Echo\n"

  /// Rows of all patients: of each echo, and of the other series.
  private static func rows(echoes: [Int?]) -> [String] {
    (1...patients).flatMap { patient in
      echoes.map { echo in
        "P\(patient),\(patient % 4 < 2 ? "North" : "South"),P\(patient)/mr,P\(patient)/RS.dcm,GTV 1,\(patient % 2),"
          + "\(series(patient, echo == nil ? 6 : 5)),\(echo.map(String.init) ?? "")\n"
      }
    }
  }

  /// What a report, its tables and a frozen model's predictions say, after the cases were ingested in an order.
  private func outcome(_ study: SmallStudy, ingesting first: URL?) async throws -> (
    report: Data, features: String, predictions: [String], predicted: [String], log: String
  ) {
    try await TestDatabase.withFresh { target in
      let operated = OperatedStudy(study: study, target: target)
      try await operated.prepare(ingesting: first)
      let worker = try await operated.run("worker", operated.workerArguments(), as: .everywhereWorker)
      #expect(try await operated.psql("SELECT DISTINCT state FROM trabecula.job_case", as: nil) == "done")
      let report = try await operated.reproducibleReport()
      let folder = study.report("report-\(UUID().uuidString)")
      try await operated.run("coordinator", ["report", "1", "-o", folder.path], as: .coordinator)
      let (features, model) = (
        folder.appendingPathComponent("f.csv"), folder.appendingPathComponent("m.json")
      )
      try await operated.run(
        "coordinator", ["export", "features", "1", "-o", features.path], as: .coordinator)
      try await operated.run("coordinator", ["export", "model", "1", "-o", model.path], as: .coordinator)
      let predicted = try await Programs.run("coordinator", ["predict", model.path, study.manifest.path])
      try #require(predicted.status == 0, Comment(rawValue: predicted.errors))
      let expected = try String(contentsOf: folder.appendingPathComponent("predictions.csv"), encoding: .utf8)
      return (
        report, try String(contentsOf: features, encoding: .utf8), Self.probabilities(expected),
        Self.probabilities(predicted.output), worker.output + worker.errors
      )
    }
  }

  /// ID and probability of each row, whose fields need no quotes.
  private static func probabilities(_ table: String) -> [String] {
    table.split(whereSeparator: \.isNewline).dropFirst().map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      return "\(fields[0]) \(fields[fields.count - 1])"
    }
  }

  @Test func `are named, reported and predicted alike, in whatever order they came into the database`()
    async throws
  {
    try await SmallStudy.withFiles { study in
      try Data(Self.study.utf8).write(to: study.file)
      for patient in 1...Self.patients { try Self.write(patient, to: study.cohort) }
      try Data((Self.header + Self.rows(echoes: [1, 2, nil]).joined()).utf8).write(to: study.manifest)
      let first = study.cohort.appendingPathComponent("first.csv")
      try Data((Self.header + Self.rows(echoes: [2]).reversed().joined()).utf8).write(to: first)
      let one = try await outcome(study, ingesting: nil)
      let other = try await outcome(study, ingesting: first)
      #expect(one.report == other.report)
      #expect(one.features == other.features)
      #expect(one.predictions == other.predictions)
      // Three images of each patient, each measured by itself.
      #expect(one.predictions.count == 3 * Self.patients && Set(one.predictions).count == 3 * Self.patients)
      #expect(one.predictions.contains { $0.hasPrefix("P1#3 ") })
      #expect(one.predicted.sorted() == one.predictions.sorted())
      let told = String(decoding: one.report, as: UTF8.self) + one.features + one.log
      #expect(!told.contains("1.2.826"))
    }
  }

  @Test func `that say nothing of either fail without a UID in the database, the log and the export`()
    async throws
  {
    try await OperatedStudy.with(
      yaml: Self.features,
      damage: { study in
        for patient in 1...2 { try Self.write(patient, to: study.cohort) }
        // A mask of labels names no series.
        for patient in 1...2 {
          var labels = DICOMSample()
          labels.seriesUID = "1.2.826.0.7.\(patient)"
          labels.intensity = { 1024 + $0 % 2 }
          try labels.write(to: study.cohort.appendingPathComponent("P\(patient)/labels"))
        }
        let rows = [
          "P1,North,P1/mr,P1/labels,,", "P2,North,P2/mr,P2/labels,\(Self.series(2, 5)),",
          "P2,North,P2/mr,P2/labels,1.2.826.0.99,", "P2,North,P2/mr,P2/labels,\(Self.series(2, 5)),7",
          "P2,North,P2/mr,P2/labels,\(Self.series(2, 6)),",
        ]
        try Data(("ID,Site,Image,Mask,Series,Echo\n" + rows.joined(separator: "\n") + "\n").utf8).write(
          to: study.manifest)
      }
    ) { study in
      let worker = try await study.run("worker", study.workerArguments(), as: .everywhereWorker)
      #expect(
        try await study.psql(
          "SELECT coalesce(failure_code, 'done'), count(*) FROM trabecula.job_case GROUP BY 1 ORDER BY 1",
          as: nil)
          == "ambiguous|2\ndone|1\nnot-found|2")
      let texts = try await study.psql(
        "SELECT string_agg(concat(failure_text, remedy), ' ') FROM trabecula.job_case", as: nil)
      #expect(texts.contains("CT, 16 files of 12 × 11; CT, 8 files of 12 × 11"))
      #expect(texts.contains("worker extract --validate") && texts.contains("coordinator scan"))
      let failures = study.study.cohort.appendingPathComponent("failures.csv")
      try await study.run("coordinator", ["export", "failures", "1", "-o", failures.path], as: .coordinator)
      let told = texts + worker.output + worker.errors + (try String(contentsOf: failures, encoding: .utf8))
      #expect(!told.contains("1.2.826"))
      // Who has the files is told which series there are.
      let place = study.study.cohort.path
      let listed = try await Programs.run(
        "worker", ["extract", place + "/P1/mr", place + "/P1/labels", "--validate"])
      #expect(
        listed.status == 65
          && listed.errors.contains("series of the image: \(Self.series(1, 5)) (CT, 16 files"))
      #expect(listed.errors.contains(Self.series(1, 6)))
    }
  }
}
