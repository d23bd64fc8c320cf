import Reporting
import Statistics
import Testing

@Suite struct `A leakage audit` {
  private typealias Status = StudyReport.AuditLine.Status

  private static func failed(_ audit: LeakageAudit) throws -> Set<String> {
    Set(try audit.lines().filter { $0.status == .fail }.map(\.code))
  }

  @Test func `of a sound study passes every line that applies`() throws {
    let lines = try AuditedStudy.audit().lines()
    #expect(lines.allSatisfy { $0.status != .fail })
    let notApplicable = lines.filter { $0.status == .notApplicable }.map(\.code)
    #expect(notApplicable == ["outcome_not_a_covariate", "harmonisation_on_training"])
    #expect(lines.count == 20 && Set(lines.map(\.code)).count == lines.count)
    #expect(lines.allSatisfy { !$0.evidence.isEmpty })
  }

  @Test func `fails where a subject is in both parts`() throws {
    var audit = try AuditedStudy.audit()
    let moved = audit.split.training[0]
    let split = Split(training: Array(audit.split.training.dropFirst()), test: [moved] + audit.split.test)
    audit.split = split
    audit.models = [
      try fitModel(audit.table, rows: split.training, plan: AuditedStudy.plan, address: .finalFit(seed: 3))
    ]
    audit.replicates = []
    #expect(try Self.failed(audit) == ["subjects_in_one_part"])
  }

  @Test func `fails where an image is used in both parts`() throws {
    var audit = try AuditedStudy.audit()
    audit.split = Split(training: audit.split.training, test: audit.split.test + [audit.split.training[0]])
    #expect(try Self.failed(audit) == ["subjects_in_one_part", "images_used_once"])
  }

  @Test func `fails where one image stands in both parts under two subjects`() throws {
    var audit = try AuditedStudy.audit()
    var groups = Array(repeating: SampleStudy.report.duplicates[0], count: 2)
    groups[0].crossesSplit = false
    groups[1].crossesSplit = true
    audit.duplicates = groups
    #expect(try Self.failed(audit) == ["duplicates_across_split"])
  }

  @Test func `fails where a feature is the outcome`() throws {
    #expect(try Self.failed(AuditedStudy.audit(outcomeAsFeature: true)).contains("outcome_not_a_feature"))
  }

  @Test func `fails where harmonisation keeps the outcome`() throws {
    var audit = try AuditedStudy.audit(outcomeAsFeature: true)
    audit.models = []
    #expect(try audit.lines().isEmpty)
    audit = try AuditedStudy.audit()
    audit.plans[0].harmonisation = CombatSettings(covariates: ["Outcome"])
    // Such a plan cannot be fitted at all, so that there is no test part to hide here.
    audit.split = Split(training: audit.split.training, test: [])
    #expect(try Self.failed(audit).contains("outcome_not_a_covariate"))
  }

  @Test func `fails where a model has seen the test part`() throws {
    var audit = try AuditedStudy.audit()
    let everything = Array(0..<audit.table.rowCount)
    audit.models = [
      try fitModel(audit.table, rows: everything, plan: AuditedStudy.plan, address: .finalFit(seed: 3))
    ]
    let failed = try Self.failed(audit)
    #expect(failed.isSuperset(of: ["scaling_on_training", "coefficients_on_training", "cutoff_on_training"]))
  }

  /// Fitted to everybody, every part of the model comes out otherwise.
  @Test func `fails where harmonisation, imputation or a penalty has seen the test part`() throws {
    let sound = try AuditedStudy.audit(plan: AuditedStudy.wholePlan)
    #expect(try Self.failed(sound).isEmpty)
    var audit = sound
    audit.replicates = []
    audit.models = [
      try fitModel(
        audit.table, rows: AuditedStudy.rows(of: audit.table), plan: AuditedStudy.wholePlan,
        address: .finalFit(seed: 3))
    ]
    #expect(
      try Self.failed(audit).isSuperset(of: [
        "harmonisation_on_training", "imputation_on_training", "penalty_on_training",
      ]))
  }

  @Test func `of sites left out in turn passes for models that do not know them`() throws {
    let lines = try AuditedStudy.siteAudit().lines()
    #expect(lines.allSatisfy { $0.status != .fail })
    let ofSites = lines.filter { $0.code.hasSuffix("_without_site") }
    #expect(ofSites.count == 7 && ofSites.allSatisfy { $0.status == .pass })
    #expect(lines.count == 29 && Set(lines.map(\.code)).count == lines.count)
  }

  @Test func `fails where a model has seen the site it predicts`() throws {
    var audit = try AuditedStudy.siteAudit()
    audit.withoutSite[0][1] = audit.models[0]
    let failed = try audit.lines().filter { $0.status == .fail }
    #expect(
      Set(failed.map(\.code)).isSuperset(of: [
        "harmonisation_without_site", "scaling_without_site", "imputation_without_site",
        "penalty_without_site",
        "coefficients_without_site", "cutoff_without_site",
      ]))
    #expect(failed.allSatisfy { $0.evidence.contains("Rad without site1") && !$0.evidence.contains("site2") })
  }

  @Test func `fails where a subject has images at two sites, one of which is left out`() throws {
    var audit = try AuditedStudy.siteAudit()
    #expect(audit.origins[0].subject == audit.origins[1].subject && audit.origins[1].site == "site0")
    audit.origins[1].site = "site1"
    let failed = try audit.lines().filter { $0.status == .fail }
    #expect(failed.map(\.code) == ["subjects_at_one_site"])
    #expect(failed[0].evidence == "1 subjects or groups have images at several sites")
  }

  @Test func `fails where an image is at two sites, one of which is left out`() throws {
    var audit = try AuditedStudy.siteAudit()
    audit.duplicates = SampleStudy.report.duplicates
    #expect(audit.duplicates.map(\.crossesSites) == [true])
    #expect(try Self.failed(audit) == ["duplicates_across_sites"])
  }

  @Test func `fails where a replicate tears a subject apart`() throws {
    var audit = try AuditedStudy.audit()
    // Images drawn one by one: of some subjects one image is in the bag and one is not.
    let drawn = audit.split.training.enumerated().filter { $0.offset % 2 == 0 || $0.offset % 3 == 0 }.map(
      \.element)
    audit.replicates = [
      try BootstrapReplicate(
        audit.table, training: audit.split.training, drawn: drawn, plans: audit.plans,
        address: RandomAddress(seed: 3, replicate: 0))
    ]
    #expect(try Self.failed(audit) == ["resampling_by_subject"])
  }

  @Test func `fails where replicates hold test cases`() throws {
    var audit = try AuditedStudy.audit()
    let everything = Array(0..<audit.table.rowCount)
    audit.replicates = [
      try BootstrapReplicate(
        audit.table, training: everything, plans: audit.plans, address: RandomAddress(seed: 3, replicate: 0))
    ]
    #expect(try Self.failed(audit).contains("resampling_within_training"))
  }

  @Test func `fails where a replicate is the final model again`() throws {
    var audit = try AuditedStudy.audit()
    let (drawn, outside) = (Array(audit.split.training.dropLast(2)), audit.split.training.suffix(2))
    let replicate = try BootstrapReplicate(
      audit.table, training: audit.split.training, drawn: drawn, plans: audit.plans,
      address: .finalFit(seed: 3))
    audit.models = [
      try fitModel(audit.table, rows: drawn, plan: AuditedStudy.plan, address: .finalFit(seed: 3))
    ]
    audit.replicates = [replicate]
    #expect(!outside.isEmpty)
    #expect(try Self.failed(audit).contains("whole_pipeline_resampled"))
  }
}
