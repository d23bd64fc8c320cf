import Foundation
import NeuralNet
import Postgres
import Reporting
import TestSupport
import Testing

@Suite struct `A study with deep features` {
  private static func yaml(_ deep: String) -> String {
    """
    study: small-deep
    seed: 7
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {shape: , firstorder: }
    deep: {\(deep)}
    models:
      - {name: Rad, sources: [handcrafted], selection: [mann-whitney: {p: 0.1}, lasso: {folds: 4}]}
      - {name: DL, sources: [deep], selection: [mann-whitney: {p: 0.1}, spearman, lasso: {folds: 4}]}
      - {name: DLR, sources: [handcrafted, deep], selection: [mann-whitney: {p: 0.1}, spearman, lasso: {folds: 4}]}
    bootstrap: {replicates: 4, per_task: 2}
    """
  }

  @Test func `has its three models, says that the network is not trained, and is the same bytes either way`()
    async throws
  {
    try await SmallStudy.with { study in
      try Data(Self.yaml("weights: random-seed-5").utf8).write(to: study.file)
      let first = try await study.local(["-j", "1"], out: "one")
      try #require(first.status == 0, Comment(rawValue: first.errors))
      let report = try StudyReportFile.read(study.report("one").appendingPathComponent("report.json"))
      #expect(report.models.map(\.name) == ["Rad", "DL", "DLR"])
      #expect(report.models[0].features.allSatisfy { $0.name.hasPrefix("original_") })
      #expect(report.models[1].features.allSatisfy { $0.name.hasPrefix("deep_resnet18_") })
      #expect(report.times?.extractionSeconds ?? 0 > 0)
      #expect(report.featureSet.count == 14 + 18 + 512)
      #expect(report.featureSet.deepWeights == "random-seed-5 (random weights, not a trained network)")
      #expect(
        report.warnings.contains { $0.code == "random_weights" && $0.message.contains("random-seed-5") })
      let page = try String(
        contentsOf: study.report("one").appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("random-seed-5: random weights, not a trained network"))
      let again = try await study.local(["-j", "2"], out: "again", data: "data-again")
      #expect(again.status == 0)
      #expect(try study.reproducibleReport("again") == study.reproducibleReport("one"))
      try await Self.predict(study)
      // In tasks of their own the features are the same; what differs is the study, and with it its digests.
      try Data(Self.yaml("weights: random-seed-5, task: own").utf8).write(to: study.file)
      let own = try await study.local(["-j", "2"], out: "own", data: "data-again")
      #expect(try own.json(as: LocalOutcome.self).extracted == 0)
      let other = try StudyReportFile.read(study.report("own").appendingPathComponent("report.json"))
      #expect(other.models == report.models && other.featureSet == report.featureSet)
      _ = try await study.local(["--stop"], data: "data-again")
    }
  }

  /// Weights that are named must be those of the model, random ones, too.
  private static func predict(_ study: SmallStudy) async throws {
    let model = study.report("one").appendingPathComponent("models/DL.json").path
    func predicted(_ options: [String]) async throws -> Programs.Result {
      try await Programs.run("coordinator", ["predict", model, study.manifest.path, "-j", "2"] + options)
    }
    let (plain, same) = (try await predicted([]), try await predicted(["--weights", "random-seed-5"]))
    #expect(plain.status == 0 && same.status == 0, Comment(rawValue: plain.errors + same.errors))
    #expect(plain.output == same.output && plain.output.hasPrefix("ID,Model,Probability\n"))
    let other = try await predicted(["--weights", "random-seed-6"])
    #expect(
      other.status == 65 && other.errors.contains("--weights: random-seed-6 has SHA-256")
        && other.errors.contains("random-seed-5"), Comment(rawValue: other.errors))
  }

  @Test func `of a ResNet50 has 2,048 features by its file, from the queue to the exported table`()
    async throws
  {
    try await SmallStudy.with { study in
      let weights = NetworkWeights.randomBytes(.resnet50, seed: 5)
      try Data(weights).write(to: study.cohort.appendingPathComponent("net.safetensors"))
      try Data(Self.yaml("weights: net.safetensors, channels: neighbours").utf8).write(to: study.file)
      let result = try await study.local()
      try #require(result.status == 0, Comment(rawValue: result.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(report.featureSet.count == 14 + 18 + 2048)
      #expect(report.models[1].features.allSatisfy { $0.name.hasPrefix("deep_resnet50_") })
      #expect(report.featureSet.parameters.contains { $0.name == "deep.network" && $0.value == "ResNet50" })
      #expect(
        report.featureSet.parameters.contains { $0.name == "deep.channels" && $0.value == "neighbours" })
      let page = try String(
        contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("global average pool of a ResNet50"))
    }
  }

  @Test func `of a network of volumes has its 512, and takes no settings of slices`() async throws {
    try await SmallStudy.with { study in
      try Data(Self.yaml("weights: random-medicalnet10-seed-5, slices: 3").utf8).write(to: study.file)
      let refused = try await study.local(out: "refused")
      #expect(
        refused.status == 65 && refused.errors.contains("slices set; expected none for a MedicalNet ResNet10")
      )
      try Data(Self.yaml("weights: random-medicalnet10-seed-5, size: [24, 24, 16]").utf8).write(
        to: study.file)
      let result = try await study.local()
      try #require(result.status == 0, Comment(rawValue: result.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(report.featureSet.count == 14 + 18 + 512)
      #expect(report.models[1].features.allSatisfy { $0.name.hasPrefix("deep_medicalnet10_") })
      #expect(
        report.featureSet.parameters.contains {
          $0.name == "deep.network" && $0.value == "MedicalNet ResNet10"
        })
    }
  }

  @Test func `asks its deep features whether they are robust, in tasks of their own as well`() async throws {
    try await SmallStudy.with { study in
      let asking = "selection: [icc: {from: perturbations, minimum: 0.3}, mann-whitney: {p: 0.3}, "
      let robust = "\nrobustness: {translation: [0.25, 0.75]}\n"
      let yaml =
        Self.yaml("weights: random-seed-5")
        .replacing("selection: [mann-whitney: {p: 0.1}, ", with: asking) + robust
      try Data(yaml.utf8).write(to: study.file)
      let result = try await study.local(["-j", "2"])
      try #require(result.status == 0, Comment(rawValue: result.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      let found = try #require(report.robustness)
      #expect(found.features.count == report.featureSet.count)
      let deep = found.features.filter { $0.name.hasPrefix("deep_") }
      #expect(deep.count == 512 && deep.contains { $0.icc != nil })
      let robustNames = Set(found.features.filter(\.isRobust).map(\.name))
      #expect(!robustNames.isEmpty)
      #expect(report.models[1].features.allSatisfy { robustNames.contains($0.name) })
      try Data(yaml.replacing("random-seed-5", with: "random-seed-5, task: own").utf8).write(to: study.file)
      let own = try await study.local(["-j", "2"], out: "own")
      try #require(own.status == 0, Comment(rawValue: own.errors))
      #expect(try own.json(as: LocalOutcome.self).extracted == 0)
      let other = try StudyReportFile.read(study.report("own").appendingPathComponent("report.json"))
      #expect(other.robustness == report.robustness && other.models == report.models)
    }
  }

  @Test func `without hand-crafted features tells how its images were acquired`() async throws {
    try await SmallStudy.with { study in
      let deepOnly = Self.yaml("weights: random-seed-5").split(separator: "\n").filter {
        !$0.contains("handcrafted")
      }.joined(separator: "\n")
      try Data(deepOnly.utf8).write(to: study.file)
      let result = try await study.local()
      try #require(result.status == 0, Comment(rawValue: result.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(report.models.map(\.name) == ["DL"] && report.featureSet.count == 512)
      let acquisition = try #require(report.acquisition)
      #expect(acquisition.count == 2 && acquisition.map(\.images).reduce(0, +) == SmallStudy.subjects)
      #expect(acquisition.allSatisfy { !$0.orientations.isEmpty && $0.inPlaneSpacing != nil })
    }
  }

  @Test func `refuses weights that are a pickle, and says how to export them`() async throws {
    try await SmallStudy.with { study in
      try Data(Self.yaml("weights: net.pth").utf8).write(to: study.file)
      try Data("PK\u{3}\u{4}archive/data.pkl".utf8).write(to: study.cohort.appendingPathComponent("net.pth"))
      let result = try await study.local()
      #expect(result.status == 65)
      #expect(result.errors.contains("pickle") && result.errors.contains("safetensors.torch.save_file"))
    }
  }

  @Test func `is finished by the workers that have its weights, and the others lose nothing`() async throws {
    try await SmallStudy.with { study in
      let weights = study.folder.appendingPathComponent("net.safetensors")
      try Data(NetworkWeights.randomBytes(seed: 3)).write(to: weights)
      try Data(Self.yaml("weights: net.safetensors, task: own").utf8).write(to: study.file)
      try await TestDatabase.withFresh { target in
        let database = ["--database", target]
        for command in [["migrate"], ["submit", study.file.path, "--weights", weights.path]] {
          let done = try await Programs.run("coordinator", command + database)
          try #require(done.status == 0, Comment(rawValue: done.errors))
        }
        let root = ["--root", study.cohort.path, "--drain"]
        let (declined, announce) = AsyncStream<Void>.makeStream()
        async let without = Programs.run("worker", ["run"] + root + database) { line in
          if line.contains("are left to other workers") { announce.yield() }
        }
        for await _ in declined { break }
        let connection = try await PostgresConnection.connect(to: target)
        // The only worker that there is has tasks, so it will end some.
        try await connection.wait(
          until:
            "EXISTS (SELECT FROM queue.live_task WHERE state = 'running' UNION ALL SELECT FROM queue.task_history)"
        )
        let with = try await Programs.run(
          "worker",
          ["run", "--weights", weights.path, "--kind", "extract", "--kind", "aggregate"] + root + database)
        #expect(with.status == 0, Comment(rawValue: with.errors))
        #expect(try await without.status == 0)
        let row = try await connection.query(
          """
          SELECT (SELECT state FROM queue.job), (SELECT count(*) FROM trabecula.job_case WHERE state = 'done'),
              (SELECT count(*) FROM queue.attempt_failure),
              (SELECT count(DISTINCT worker_id) FROM queue.task_history WHERE kind = 'extract')
          """
        ).only()
        #expect(try row.decode(at: 0, as: String.self) == "succeeded")
        #expect(try row.decode(at: 1, as: Int.self) == SmallStudy.subjects)
        #expect(try row.decode(at: 2, as: Int.self) == 0)
        #expect(try row.decode(at: 3, as: Int.self) == 2)
        await connection.close()
      }
    }
  }
}
