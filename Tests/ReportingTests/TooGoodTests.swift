import LinearAlgebra
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

/// Studies of sixty subjects with one planted column, and what the audit says of each.
private enum Planted {
  static func audit(
    _ names: [String] = ["planted"], sites: Int = 2, strength: Double = 0,
    _ values: (_ subject: Int, _ isPositive: Bool, inout RandomStream) -> [Double]
  ) throws -> LeakageAudit {
    var stream = RandomStream(seed: 21, purpose: .synthesis)
    let rows = (0..<80).map { subject in
      let isPositive = subject % 5 < 2
      return CohortTable.Row(
        caseName: "c\(100 + subject)", subject: "s\(100 + subject)", site: "site\(subject % sites)",
        isPositive: isPositive,
        values: values(subject, isPositive, &stream)
          + (0..<6).map { _ in stream.normal() + (isPositive ? strength : 0) })
    }
    let table = try CohortTable(featureNames: names + (0..<6).map { "f\($0)" }, rows: rows)
    let split = try Split(table, testShare: 0.3, seed: 3)
    let plan = ModelPlan(name: "Rad", steps: [], refit: .ridge())
    return LeakageAudit(
      table: table, split: split, plans: [plan],
      models: [try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: 3))],
      replicates: [],
      duplicates: [], seed: 3)
  }

  static func failed(_ audit: LeakageAudit) throws -> [String] {
    try audit.lines().filter { $0.status == .fail }.map(\.code)
  }
}

@Suite struct `A planted leak` {
  @Test func `of the outcome itself, of it with noise, and of a running number heads the warnings`() throws {
    let leaks: [(Int, Bool, inout RandomStream) -> [Double]] = [
      { _, isPositive, _ in [isPositive ? 1 : 0] },
      { _, isPositive, stream in [(isPositive ? 1 : 0) + 0.15 * stream.normal()] },
      { subject, isPositive, _ in [isPositive ? Double(subject) : Double(500 + subject)] },
    ]
    for leak in leaks {
      let lines = try Planted.audit(["planted"], leak).lines()
      let first = try #require(lines.warnings.first)
      #expect(first.code == "too_good" && first.message.contains("planted: AUC"))
      #expect(lines.warnings.allSatisfy { ["too_good", "audit_failed"].contains($0.code) })
    }
  }

  @Test func `by where values are missing is found`() throws {
    let audit = try Planted.audit { _, isPositive, stream in [isPositive ? stream.normal() : .nan] }
    let warning = try #require(try audit.lines().warnings.first)
    #expect(warning.code == "too_good" && warning.message.contains("where planted is undefined: AUC 1.000"))
  }

  /// The time of an event is shorter where there is one; who is censored early looks the same.
  @Test func `of the event's time is found by its name and what it tells`() throws {
    func times(_ name: String) throws -> [String] {
      try Planted.failed(
        Planted.audit([name]) { subject, isPositive, _ in
          [Double(isPositive ? subject * 7 % 13 : 5 + subject * 11 % 29)]
        })
    }
    #expect(try times("days_to_event") == ["features_known_later"])
    #expect(try times("SurvivalTime") == ["features_known_later"])
    #expect(try times("followUp") == ["features_known_later"])
    #expect(try times("original_firstorder_Mean") == [])
    #expect(try times("EchoTime") == [] && times("age_months") == [])
  }

  /// A model may put together what no column says alone.
  @Test func `of a sum of two columns is found in the model`() throws {
    let audit = try Planted.audit(["a", "b"]) { _, isPositive, stream in
      let noise = 4 * stream.normal()
      return [noise, (isPositive ? 1.0 : 0) - noise + 0.05 * stream.normal()]
    }
    var unpenalised = audit
    let plan = ModelPlan(name: "Rad", steps: [], refit: .ridge(penalty: 1e-6))
    unpenalised.plans = [plan]
    unpenalised.models = [
      try fitModel(audit.table, rows: audit.split.training, plan: plan, address: .finalFit(seed: 3))
    ]
    let lines = try unpenalised.lines()
    #expect(lines.filter { $0.status == .fail }.map(\.code) == ["models_too_good"])
    #expect(lines.warnings.first?.code == "too_good")
  }

  @Test func `is none in noise, nor where an honest signal is strong`() throws {
    for strength in [0, 0.5, 0.9] {
      let audit = try Planted.audit(strength: strength) { _, _, stream in [stream.normal()] }
      #expect(try Planted.failed(audit).isEmpty, "\(strength)")
      #expect(try audit.lines().warnings.isEmpty)
    }
  }

  @Test func `in a covariate of harmonisation fails its line`() throws {
    var audit = try Planted.audit { _, _, stream in [stream.normal()] }
    let rows = audit.table.caseNames.indices.map { row in
      CohortTable.Row(
        caseName: audit.table.caseNames[row], subject: audit.table.subjectNames[audit.table.subjects[row]],
        site: audit.table.siteNames[audit.table.sites[row]], isPositive: audit.table.positives[row],
        values: [Double(row % 7)], covariates: [audit.table.positives[row] ? 4 : 2])
    }
    audit.table = try CohortTable(featureNames: ["f"], covariateNames: ["Grade"], rows: rows)
    audit.plans[0].harmonisation = CombatSettings(covariates: ["Grade"])
    audit.models = [
      try fitModel(
        audit.table, rows: audit.split.training, plan: ModelPlan(name: "Rad", steps: []),
        address: .finalFit(seed: 3))
    ]
    // Such a plan cannot be fitted at all, so that there is no test part to hide here.
    audit.split = Split(training: audit.split.training, test: [])
    #expect(try Planted.failed(audit).contains("outcome_not_a_covariate"))
  }
}

@Suite struct `Lines of the audit that look` {
  private func folds(_ audit: LeakageAudit) throws -> StudyReport.AuditLine {
    try #require(try audit.lines().first { $0.code == "folds_by_subject" })
  }

  @Test func `tell the folds that the models use, and none where they use none`() throws {
    #expect(try folds(AuditedStudy.audit()).evidence == "42 subjects in 4 folds.")
    let five = ModelPlan(name: "Rad", steps: [.lasso(folds: 5)], refit: .crossValidatedRidge(folds: 3))
    #expect(try folds(AuditedStudy.audit(plan: five)).evidence == "42 subjects in 3 and in 5 folds.")
    let none = ModelPlan(name: "Rad", steps: [.mannWhitney(maximumP: 0.3)], refit: .ridge())
    let line = try folds(AuditedStudy.audit(plan: none))
    #expect(line.status == .notApplicable && line.evidence.contains("cross-validation"))
  }

  @Test func `fail where folds tear a subject apart`() throws {
    var audit = try AuditedStudy.audit()
    audit.deal = { count, rows, _, _ in rows.indices.map { $0 % count } }
    let line = try folds(audit)
    #expect(line.status == .fail && line.evidence == "42 subjects are in several folds")
  }

  @Test func `fail where an image stands under two subjects of one part`() throws {
    var audit = try AuditedStudy.audit()
    var group = SampleStudy.report.duplicates[0]
    group.crossesSplit = false
    group.sharesPart = true
    audit.duplicates = [group]
    let failed = try audit.lines().filter { $0.status == .fail }
    #expect(failed.map(\.code) == ["duplicates_within_parts"])
    #expect(failed[0].evidence.contains(group.cases[0]))
  }

  /// What each line says of a run changes with the run: no line passes for all of them by saying the same.
  @Test func `are each of a run`() throws {
    let one = try AuditedStudy.audit().lines()
    let two = try AuditedStudy.siteAudit().lines()
    let constant = one.filter { line in
      line.status == .pass
        && two.contains { $0.code == line.code && $0.status == .pass && $0.evidence == line.evidence }
    }
    // The same table of six features, without duplicates.
    #expect(
      Set(constant.map(\.code)).isSubset(of: [
        "outcome_not_a_feature", "features_known_later", "duplicates_within_parts",
      ]))
  }
}

@Suite struct `Answers to guidelines that look` {
  private func answer(_ number: String, in list: Int, _ change: (inout StudyReport) -> Void = { _ in })
    -> String?
  {
    var report = SampleStudy.report
    change(&report)
    return StudyReport.Checklist.all(of: report)[list].items.first { $0.number == number }?.answer
  }

  @Test func `tell resampling only where images were resampled`() {
    #expect(answer("22", in: 0)?.contains("resampledPixelSpacing [1, 1, 1]") == true)
    for value in [nil, "[0,0,0]"] as [String?] {
      let without = answer("22", in: 0) { report in
        let spacing = report.featureSet.parameters.firstIndex { $0.name == "resampledPixelSpacing" } ?? 0
        var interpolator = report.featureSet.parameters[spacing]
        (interpolator.name, interpolator.value) = ("interpolator", "sitkBSpline")
        report.featureSet.parameters.append(interpolator)
        if let value {
          report.featureSet.parameters[spacing].value = value
        } else {
          report.featureSet.parameters.remove(at: spacing)
        }
      }
      #expect(without == nil)
    }
  }

  @Test func `tell the ICC of repeat segmentations where a model asks for it`() {
    #expect(answer("31", in: 0) == nil && answer("14", in: 1) == nil)
    func withICC(_ report: inout StudyReport) {
      var step = report.models[0].selection[1]
      (step.step, step.kept, step.detail) = ("ICC(2,1)", 900, "ICC ≥ 0.75")
      report.models[0].selection.insert(step, at: 1)
    }
    #expect(answer("31", in: 0, withICC)?.contains("Rad: ICC(2,1), ICC ≥ 0.75, 900 kept") == true)
    #expect(answer("14", in: 1, withICC) == answer("31", in: 0, withICC))
    let kept = answer("14", in: 1) { report in
      withICC(&report)
      var warning = StudyReport.Warning.fewSites(2)
      warning.code = "no_repeats"
      report.models[0].warnings.append(warning)
    }
    #expect(kept == nil)
  }

  @Test func `tell simpler models only where some were compared`() {
    #expect(answer("25", in: 1) { $0.comparisons = [] } == nil)
    #expect(answer("25", in: 1) { $0.models = [$0.models[0]] } == nil)
    let told = answer("25", in: 1) { report in report.models[0].features.removeLast() }
    #expect(told?.contains("Rad (5 features)") == true)
  }

  @Test func `tell calibration by what was computed`() {
    let none = answer("22", in: 1) { report in
      for index in report.models.indices { report.models[index].metrics.removeAll { $0.name != .auc } }
    }
    #expect(none?.contains("Hosmer") != true && none?.contains("Brier") != true)
  }

  @Test func `tell a test part and sites left out where nothing was resampled`() {
    func unsampled(_ report: inout StudyReport) {
      for index in report.models.indices { report.models[index].bootstrap = nil }
    }
    #expect(answer("26", in: 1, unsampled) == "A test part kept apart.")
    #expect(
      answer("26", in: 1) { report in
        unsampled(&report)
        report.cohort.test = 0
      } == nil)
  }
}

@Suite struct `An explanation` {
  private static func lines(_ explanations: [Explanation]) throws -> [StudyReport.AuditLine] {
    try Planted.audit(["planted", "second"]) { _, isPositive, stream in
      (0..<2).map { _ in (isPositive ? 1 : 0) + 0.15 * stream.normal() }
    }.lines().explained(by: explanations)
  }

  private static func explanation(_ name: String?, code: String = "too_good") -> Explanation {
    Explanation(code: code, name: name, because: "It is the size of the lesion, measured before.")
  }

  @Test func `of every feature and model that is too good leaves the warning with its reason`() throws {
    let lines = try Self.lines(["planted", "second", "Rad"].map { Self.explanation($0) })
    let warnings = lines.warnings
    #expect(warnings.map(\.code) == ["too_good", "too_good"])
    #expect(
      warnings[0].explained?.map(\.text) == [
        "planted: It is the size of the lesion, measured before.",
        "second: It is the size of the lesion, measured before.",
      ])
    #expect(warnings[0].message.contains("planted: AUC") && !warnings[0].message.contains("no number"))
    #expect(lines.allSatisfy { $0.status != .fail || $0.isExplained })
    #expect(lines.inVain([Self.explanation("Rad")]).isEmpty)
  }

  @Test func `of one of two features explains neither away`() throws {
    let lines = try Self.lines([Self.explanation("planted"), Self.explanation("Rad")])
    let feature = try #require(lines.first { $0.code == "features_too_good" })
    #expect(!feature.isExplained && feature.explained?.count == 1)
    #expect(lines.warnings.map { $0.explained == nil } == [true, false])
  }

  @Test func `of what was not found is told`() throws {
    let vain = [Self.explanation("third"), Self.explanation(nil, code: "folds_by_subject")]
    let lines = try Self.lines(vain)
    #expect(lines.warnings.allSatisfy { $0.explained == nil })
    let warning = try #require(lines.inVain(vain).first)
    #expect(warning.code == "explained_in_vain")
    #expect(warning.message.contains("too_good of third, folds_by_subject"))
  }

  @Test func `can be of every line that an audit has`() throws {
    let lines = try AuditedStudy.audit().lines() + AuditedStudy.siteAudit().lines()
    // A line of its own where there is an external cohort.
    let codes = lines.map(\.code) + ["external_never_seen"]
    let known = Explanation.codesOfFeatures + Explanation.codesOfStudy
    #expect(Set(codes.filter { !$0.hasSuffix("_too_good") }) == Set(known))
  }
}
