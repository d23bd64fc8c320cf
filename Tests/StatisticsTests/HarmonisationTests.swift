import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

/// A reference table of features by images, transposed to rows by columns.
private func images(_ file: String, dropping first: Int = 0) throws -> Matrix {
  let text = try String(contentsOf: ReferenceData.file(file), encoding: .utf8)
  // Outputs with a column of names have a header, which may be of numbers.
  let lines = text.split(whereSeparator: \.isNewline).dropFirst(first).map { line in
    line.split(separator: ",").dropFirst(first).map { Double($0) }
  }
  let features = lines.filter { $0.allSatisfy { $0 != nil } }.map { $0.compactMap(\.self) }
  return Matrix(columns: features, rows: features[0].count)
}

private let tenSites = ["1", "1", "1", "1", "1", "2", "2", "2", "2", "2"]
private let testSites = ["1", "1", "1", "1", "2", "2", "2", "3", "3", "3"]

@Suite struct `ComBat against the published implementations` {
  /// Every output of `Jfortin1/ComBatHarmonization` that names its settings.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `outputs of R, Python and Matlab agree`() throws {
    let features = try images("combat/Testing/inputData/testdata.csv")
    let folder = ReferenceData.file("combat/Testing/outputData")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasPrefix("testdata_combat") }
    var tally = Tally("combat/, \(files.count) files", "ComBat of 10 images (R, Python, Matlab)")
    for file in files {
      var settings = CombatSettings()
      settings.prior =
        file.contains("_noeb") ? .none : file.contains("nonparametric") ? .nonParametric : .parametric
      settings.isMeanOnly = file.contains("meanonl")
      settings.referenceSite = file.contains("batchref") ? "1" : nil
      let isAdjusted = !file.contains("unadjusted")
      let covariates =
        isAdjusted ? [CombatCovariate(name: "pheno", values: (0..<10).map { $0 % 2 == 0 ? 1 : 0 })] : []
      let model = try CombatModel(
        features: features, sites: tenSites, covariates: covariates, settings: settings)
      let harmonised = try model.applied(to: features, sites: tenSites, covariates: covariates)
      let expected = try images("combat/Testing/outputData/\(file)")
      // Matlab ends the parametric iteration elsewhere, and differs from R by as much.
      let slack: Double = file.contains("_parametric") && file.contains("matlab") ? 10_000 : 1
      for (value, reference) in zip(harmonised.values, expected.values) {
        tally.check(value, reference, relative: 1e-8, absolute: 1e-8, slack: slack, file)
      }
    }
    tally.report()
  }

  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ["python", "r"])
  func `rows without covariates are harmonised at their mean`(language: String) throws {
    let features = try images("combat/Testing/inputData/testdata.csv")
    let model = try CombatModel(
      features: features, sites: tenSites,
      covariates: [CombatCovariate(name: "pheno", values: (0..<10).map { $0 % 2 == 0 ? 1 : 0 })])
    let rows = [0, 1, 5, 6]
    let harmonised = try model.applied(
      to: features.selecting(rows: rows, columns: Array(0..<200)), sites: rows.map { tenSites[$0] },
      covariates: [CombatCovariate(name: "pheno", values: rows.map { _ in .nan })])
    let expected = try images("combat/Testing/outputData/training_test_scenario2_\(language).csv")
    var tally = Tally(
      "combat/training_test_scenario2_\(language).csv", "ComBat from training, no covariates in the test part"
    )
    for (value, reference) in zip(harmonised.values, expected.values) {
      tally.check(value, reference, relative: 1e-8, absolute: 1e-8)
    }
    tally.report()
  }
}

/// WDBC at three made-up sites, or the ten images of neuroCombat's own test.
private struct CombatReference {
  let features: Matrix
  let sites: [String]
  let covariates: [CombatCovariate]

  static func wdbc() throws -> CombatReference {
    let table = try ReferenceTable("data/wdbc_3site.csv")
    let columns = try table.numbers(fromColumn: 3).columns
    return CombatReference(
      features: Matrix(columns: columns, rows: table.rows.count), sites: try table.text("site"),
      covariates: [CombatCovariate(name: "group", values: try table.numbers("malignant"))])
  }

  static func ten() throws -> CombatReference {
    let table = try ReferenceTable("data/neurocombat_testdata_covars.csv")
    return CombatReference(
      features: try images("statistics/data/neurocombat_testdata.csv"), sites: testSites,
      covariates: [
        CombatCovariate(name: "age", values: try table.numbers("age"))
      ]
        + CombatCovariate.indicators(
          name: "disease", levels: ["1", "2"], values: try table.text("disease")))
  }
}

@Suite struct `ComBat against sva` {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var settings = CombatSettings()
    var isAdjusted = false
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "wdbc3_nocov"), Case(name: "wdbc3_cov", isAdjusted: true),
    Case(name: "wdbc3_meanonly", settings: CombatSettings(isMeanOnly: true)),
    Case(name: "wdbc3_noeb", settings: CombatSettings(prior: .none)),
    Case(name: "wdbc3_refA", settings: CombatSettings(referenceSite: "A")),
    Case(name: "testdata_nocov"), Case(name: "testdata_cov", isAdjusted: true),
    Case(name: "testdata_nonparam", settings: CombatSettings(prior: .nonParametric)),
  ]

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: cases)
  func `outputs and parameters agree`(item: Case) throws {
    let data = try item.name.hasPrefix("wdbc3") ? CombatReference.wdbc() : CombatReference.ten()
    let covariates = item.isAdjusted ? data.covariates : []
    let model = try CombatModel(
      features: data.features, sites: data.sites, covariates: covariates, settings: item.settings)
    let harmonised = try model.applied(to: data.features, sites: data.sites, covariates: covariates)
    let expected = try images("statistics/combat_\(item.name)_out.csv", dropping: 1)
    var tally = Tally("combat_\(item.name)", "ComBat and its parameters (sva)")
    try #require(harmonised.values.count == expected.values.count)
    for (value, reference) in zip(harmonised.values, expected.values) {
      tally.check(value, reference, relative: 1e-8, absolute: 1e-8)
    }
    if let parameters = try? ReferenceJSON.load("combat_\(item.name)_params.json") {
      check(model, parameters, &tally)
    }
    tally.report()
  }

  private func check(_ model: CombatModel, _ parameters: ReferenceJSON, _ tally: inout Tally) {
    for (column, feature) in model.features.enumerated() {
      guard let feature else {
        Issue.record("column \(column) is not harmonised")
        continue
      }
      let variance = feature.deviation * feature.deviation
      tally.check(variance, parameters.var_pooled.doubles[column], relative: 1e-8, "variance")
      for (site, effect) in feature.effects.enumerated() {
        tally.check(
          effect.shift, parameters.gamma_star[site].doubles[column], relative: 1e-8, absolute: 1e-8, "shift")
        tally.check(effect.scale, parameters.delta_star[site].doubles[column], relative: 1e-8, "scale")
      }
    }
  }

  /// The last three of each ten images of a site are its test part.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `a fit to the training part harmonises the test part`() throws {
    let data = try CombatReference.wdbc()
    func rows(_ file: String) throws -> [Int] {
      let header = try ReferenceTable(file).names.dropFirst()
      return try header.map { try #require(Int($0)) - 1 }
    }
    func part(_ rows: [Int]) -> (features: Matrix, sites: [String]) {
      (
        data.features.selecting(rows: rows, columns: Array(0..<data.features.columns)),
        rows.map { data.sites[$0] }
      )
    }
    let training = part(try rows("combat_wdbc3_train_out.csv"))
    let test = part(try rows("combat_wdbc3_test_applied.csv"))
    let model = try CombatModel(features: training.features, sites: training.sites)
    var tally = Tally("combat_wdbc3_train, combat_wdbc3_test", "ComBat from training (sva)")
    for (rows, file) in [(training, "combat_wdbc3_train_out.csv"), (test, "combat_wdbc3_test_applied.csv")] {
      let expected = try images("statistics/\(file)", dropping: 1)
      let harmonised = try model.applied(to: rows.features, sites: rows.sites)
      for (value, reference) in zip(harmonised.values, expected.values) {
        tally.check(value, reference, relative: 1e-8, absolute: 1e-8, file)
      }
    }
    check(model, try ReferenceJSON.load("combat_wdbc3_train_params.json"), &tally)
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `iterated to the end, parameters agree with a fully converged fit`() throws {
    let data = try CombatReference.wdbc()
    let model = try CombatModel(
      features: data.features, sites: data.sites, settings: CombatSettings(convergence: 1e-14))
    let reference = try ReferenceJSON.load("combat_wdbc3_nocov_fullconv.json")
    var tally = Tally("combat_wdbc3_nocov_fullconv.json", "ComBat, converged fully (R)")
    for (column, feature) in model.features.enumerated() {
      for (site, effect) in try #require(feature).effects.enumerated() {
        tally.check(effect.shift, reference.gamma_star[site].doubles[column], relative: 1e-8, absolute: 1e-8)
        tally.check(effect.scale, reference.delta_star[site].doubles[column], relative: 1e-8)
      }
    }
    tally.report()
  }
}

@Suite struct `Harmonisation` {
  private static func features(rows: Int, columns: Int) -> Matrix {
    var stream = RandomStream(seed: 4, purpose: .synthesis)
    return Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in stream.normal() })
  }

  private static let sites = (0..<12).map { $0 < 6 ? "a" : "b" }

  @Test func `sites too small, alone or unknown are errors with a remedy`() throws {
    let features = Self.features(rows: 12, columns: 4)
    let small = (0..<12).map { $0 < 10 ? "a" : "b" }
    let cases: [(StatisticsError.Code, String, () throws -> Void)] = [
      (.tooFewSubjects, "Merge it", { _ = try CombatModel(features: features, sites: small) }),
      (
        .tooFewSubjects, "leave harmonisation out",
        { _ = try CombatModel(features: features, sites: small.map { _ in "a" }) }
      ),
      (
        .unseenSite, "add subjects of it",
        {
          let model = try CombatModel(features: features, sites: Self.sites)
          _ = try model.applied(to: features, sites: small.map { _ in "c" })
        }
      ),
      (
        .invalidArgument, "choose one of a, b",
        {
          _ = try CombatModel(
            features: features, sites: Self.sites, settings: CombatSettings(referenceSite: "c"))
        }
      ),
      (
        .collinear, "remove one",
        {
          let same = CombatCovariate(name: "scanner", values: Self.sites.map { $0 == "a" ? 1 : 0 })
          _ = try CombatModel(features: features, sites: Self.sites, covariates: [same])
        }
      ),
    ]
    for (code, remedy, run) in cases {
      let error = #expect(throws: StatisticsError.self) { try run() }
      #expect(error?.code == code)
      #expect(error?.message.contains(remedy) == true, "\(error?.message ?? "")")
    }
  }

  @Test func `the outcome is refused as a covariate, by name and by value`() throws {
    let settings = CombatSettings(covariates: ["age", "Outcome"])
    #expect(throws: StatisticsError.self) { try settings.requireNoOutcome(named: "Outcome") }
    try settings.requireNoOutcome(named: "Died")
    let positives = [true, false, true]
    #expect(throws: StatisticsError.self) {
      try CombatSettings.requireNoOutcome([2, 1, 2], named: "group", positives: positives)
    }
    try CombatSettings.requireNoOutcome([2, 1, 1], named: "group", positives: positives)
    let table = try syntheticTable { row, values in values[3] = row % 5 < 2 ? 1 : 0 }
    var plan = ModelPlan.short
    plan.harmonisation = CombatSettings(covariates: ["rad_03"])
    let error = #expect(throws: StatisticsError.self) {
      try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    }
    #expect(error?.code == .outcomeAsCovariate)
  }

  @Test func `a constant column and values that are missing are left as they are`() throws {
    var features = Self.features(rows: 12, columns: 4)
    for row in 0..<12 { features[row, 1] = 7 }
    features[3, 2] = .nan
    let model = try CombatModel(features: features, sites: Self.sites)
    let harmonised = try model.applied(to: features, sites: Self.sites)
    #expect(model.features[1] == nil && harmonised.column(1) == features.column(1))
    #expect(harmonised[3, 2].isNaN && harmonised[4, 2] != features[4, 2])
  }

  @Test func `without shrinkage sites have the same mean and deviation`() throws {
    var features = Self.features(rows: 12, columns: 3)
    for row in 6..<12 { features[row, 0] = 5 + 3 * features[row, 0] }
    let settings = CombatSettings(prior: .none)
    let harmonised = try CombatModel(features: features, sites: Self.sites, settings: settings)
      .applied(to: features, sites: Self.sites)
    let (a, b) = (Moments(Array(harmonised.column(0)[..<6])), Moments(Array(harmonised.column(0)[6...])))
    #expect(abs(a.mean - b.mean) < 1e-13 && abs(a.sumOfSquares - b.sumOfSquares) < 1e-12)
  }

  @Test func `a reference site stays as it is, and a model survives JSON`() throws {
    let features = Self.features(rows: 12, columns: 4)
    let model = try CombatModel(
      features: features, sites: Self.sites, settings: CombatSettings(referenceSite: "b"))
    let harmonised = try model.applied(to: features, sites: Self.sites)
    for row in 6..<12 { #expect(harmonised[row, 2] == features[row, 2]) }
    #expect(harmonised[0, 2] != features[0, 2])
    let decoded = try JSONDecoder().decode(CombatModel.self, from: JSONEncoder().encode(model))
    #expect(try decoded.applied(to: features, sites: Self.sites) == harmonised)
  }

  /// Shifts a site by far more than the signal.
  private static func shifted(subjects: Int = 60) throws -> CohortTable {
    try syntheticTable(subjects: subjects) { row, values in
      if row % 3 == 1 { for index in values.indices { values[index] = 8 + 2 * values[index] } }
    }
  }

  @Test func `a harmonised plan finds a signal that sites hide`() throws {
    let table = try Self.shifted(subjects: 90)
    let raw = ModelPlan(name: "raw", features: .named(["rad_00"]), steps: [])
    var harmonised = raw
    harmonised.harmonisation = CombatSettings()
    let areas = try [raw, harmonised].map { plan in
      let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
      let p = model.probabilities(of: table, rows: table.allRows)
      return try #require(areaUnderCurve(p, positives: table.positives))
    }
    #expect(areas[0] < 0.75 && areas[1] > 0.8, "\(areas)")
  }

  @Test func `a replicate harmonises its own resample and is repeatable`() throws {
    let table = try Self.shifted()
    var plan = ModelPlan.short
    plan.harmonisation = CombatSettings(covariates: ["deep_11"])
    let replicates = try (0..<2).map { _ in
      try BootstrapReplicate(
        table, training: table.allRows, plans: [plan], address: RandomAddress(seed: 3, replicate: 5))
    }
    #expect(replicates[0] == replicates[1])
    let raw = try BootstrapReplicate(
      table, training: table.allRows, plans: [.short], address: RandomAddress(seed: 3, replicate: 5))
    #expect(raw.models[0].outOfBagRows == replicates[0].models[0].outOfBagRows)
    #expect(raw.models[0].outOfBagProbabilities != replicates[0].models[0].outOfBagProbabilities)
  }

  @Test func `a plan without harmonisation or cut-off is encoded without them`() throws {
    let encoder = JSONEncoder()
    let plain = String(decoding: try encoder.encode(ModelPlan.short), as: UTF8.self)
    #expect(!plain.contains("harmonisation") && !plain.contains("cutoff"))
    let table = try syntheticTable()
    let model = try fitModel(table, rows: table.allRows, plan: .short, address: .finalFit(seed: 1))
    let encoded = String(decoding: try encoder.encode(model), as: UTF8.self)
    #expect(!encoded.contains("harmonisation"))
    var plan = ModelPlan.short
    plan.harmonisation = CombatSettings()
    plan.cutoff = .fixed(0.3)
    let decoded = try JSONDecoder().decode(ModelPlan.self, from: encoder.encode(plan))
    #expect(decoded == plan && decoded.cutoff == .fixed(0.3))
  }

  @Test func `a resample poorer than the training part gets what it can carry`() throws {
    let features = Self.features(rows: 12, columns: 4)
    let subjects = [0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6]
    #expect(throws: StatisticsError.self) {
      try CombatModel(features: features, sites: Self.sites, subjects: subjects)
    }
    let model = try CombatModel(
      features: features, sites: Self.sites, subjects: subjects, shortage: .adapt)
    #expect(model.locationOnly == ["b"])
    #expect(model.features.allSatisfy { $0?.effects[1].scale == 1 })
    let constant = CombatCovariate(name: "sex", values: subjects.map { _ in 1 })
    #expect(throws: StatisticsError.self) {
      try CombatModel(features: features, sites: Self.sites, covariates: [constant])
    }
    let without = try CombatModel(
      features: features, sites: Self.sites, covariates: [constant], shortage: .adapt)
    #expect(without.covariates.isEmpty)
    #expect(try without.features == CombatModel(features: features, sites: Self.sites).features)
  }
}
