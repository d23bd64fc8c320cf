import Foundation
import Testing

@Suite struct `coordinator predict` {
  /// The fields of a table, row by row, without its header; no field of these tables needs quotes.
  private static func rows(_ text: String) -> [[String]] {
    text.split(whereSeparator: \.isNewline).dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// ID and probability, as texts: equal texts are equal bits, because numbers are written in the fewest digits that read back.
  private static func probabilities(_ text: String, id: Int, probability: Int) -> [String: String] {
    Dictionary(uniqueKeysWithValues: rows(text).map { ($0[id], $0[probability]) })
  }

  @Test func `gives the bits of the study's own predictions, from images and from features`() async throws {
    try await SmallStudy.with { study in
      let run = try await study.local()
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let model = study.folder.appendingPathComponent("rad.json").path
      let exported = try await Programs.run(
        "coordinator", ["export", "model", "1", "-o", model, "--data", study.data.path])
      try #require(exported.status == 0, Comment(rawValue: exported.errors))
      let table = study.folder.appendingPathComponent("features.csv").path
      let features = try await Programs.run(
        "coordinator", ["export", "features", "1", "-o", table, "--data", study.data.path])
      try #require(features.status == 0, Comment(rawValue: features.errors))
      let report = try String(
        contentsOf: study.report().appendingPathComponent("predictions.csv"), encoding: .utf8)
      // ID, Subject, Site, Split, Outcome, Model, Probability
      let expected = Self.probabilities(report, id: 0, probability: 6)
      try #require(expected.count == SmallStudy.subjects)
      #expect(Self.rows(report).contains { $0[3] == "test" })

      let fromImages = study.folder.appendingPathComponent("images.csv")
      let images = try await Programs.run(
        "coordinator", ["predict", model, study.manifest.path, "-j", "2", "-o", fromImages.path, "--json"])
      try #require(images.status == 0, Comment(rawValue: images.errors))
      let written = try String(contentsOf: fromImages, encoding: .utf8)
      #expect(written.hasPrefix("ID,Model,Probability\n"))
      #expect(Self.probabilities(written, id: 0, probability: 2) == expected)

      let fromFeatures = try await Programs.run("coordinator", ["predict", model, "--features", table])
      try #require(fromFeatures.status == 0, Comment(rawValue: fromFeatures.errors))
      #expect(Self.probabilities(fromFeatures.output, id: 0, probability: 2) == expected)
      #expect(fromFeatures.errors.contains("does not say by which program"))

      let row = try #require(
        try String(contentsOf: study.manifest, encoding: .utf8).split(whereSeparator: \.isNewline)
          .dropFirst().first?.split(separator: ",").map(String.init))
      let one = try await Programs.run(
        "coordinator",
        ["predict", model] + row[2...3].map { study.cohort.appendingPathComponent($0).path }
          + ["--site", row[1]])
      try #require(one.status == 0, Comment(rawValue: one.errors))
      #expect(Self.rows(one.output).map { $0[2] } == [expected[row[0]]])

      try await Self.refusals(model: model, table: table, study)
    }
  }

  private static func refusals(model: String, table: String, _ study: SmallStudy) async throws {
    // A byte of the model changed: the file says so.
    var text = try String(contentsOfFile: model, encoding: .utf8)
    let intercept = try #require(text.range(of: "\"intercept\" : "))
    let end = text[intercept.upperBound...].firstIndex { !"-0123456789.e+".contains($0) } ?? text.endIndex
    text.replaceSubrange(intercept.upperBound..<end, with: "0.25")
    let damaged = study.folder.appendingPathComponent("damaged.json").path
    try text.write(toFile: damaged, atomically: true, encoding: .utf8)
    let refused = try await Programs.run("coordinator", ["predict", damaged, "--features", table])
    #expect(refused.status == 65 && refused.errors.contains("SHA-256"))

    let stranger = study.report().appendingPathComponent("report.json").path
    let strange = try await Programs.run("coordinator", ["predict", stranger, "--features", table])
    #expect(strange.status == 65 && strange.errors.contains("not a model"))

    // A feature of the model under another name.
    let feature = try #require(
      (try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: model)))
        as? [String: Any])?["features"] as? [[String: Any]])
    let name = try #require(feature.first?["name"] as? String)
    let other = study.folder.appendingPathComponent("other.csv").path
    try String(contentsOfFile: table, encoding: .utf8).replacingOccurrences(of: name, with: "another")
      .write(toFile: other, atomically: true, encoding: .utf8)
    let missing = try await Programs.run("coordinator", ["predict", model, "--features", other])
    #expect(missing.status == 65 && missing.errors.contains(name))

    // A mask that is not there: its case fails, the others do not.
    let manifest = try String(contentsOf: study.manifest, encoding: .utf8)
    let first = try #require(rows(manifest).first)
    let broken = study.cohort.appendingPathComponent("broken.csv")
    try manifest.replacingOccurrences(of: first[3], with: "absent.nii.gz")
      .write(to: broken, atomically: true, encoding: .utf8)
    let some = try await Programs.run("coordinator", ["predict", model, broken.path, "-j", "2"])
    #expect(some.status == 1 && some.errors.contains(first[0] + ": "))
    #expect(rows(some.output).count == SmallStudy.subjects - 1)

    let unwritable = try await Programs.run(
      "coordinator", ["predict", model, "--features", table, "-o", "/no/such/folder/p.csv"])
    #expect(unwritable.status == 73)
    #expect(try await Programs.run("coordinator", ["predict", table]).status == 64)
  }
}
