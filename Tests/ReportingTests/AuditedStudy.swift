import Reporting
import Statistics

/// A small study of noise with a signal in the first feature, two images a subject, and its audit.
enum AuditedStudy {
  static let plan = ModelPlan(
    name: "Rad", steps: [.mannWhitney(maximumP: 0.3), .lasso(folds: 4)], refit: .ridge(), cutoff: .youden)

  static func table(outcomeAsFeature: Bool = false, sites: Int = 2) throws -> CohortTable {
    var state: UInt64 = 77
    func noise() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) - 0.5
    }
    var rows: [CohortTable.Row] = []
    for subject in 0..<60 {
      let isPositive = subject % 5 < 2
      for image in 0..<2 {
        var values = (0..<6).map { _ in noise() }
        if isPositive { values[0] += 0.6 }
        if outcomeAsFeature { values[5] = isPositive ? 3 : 1 }
        rows.append(
          CohortTable.Row(
            caseName: "c\(100 + subject)-\(image)", subject: "s\(100 + subject)",
            site: "site\(subject % sites)",
            isPositive: isPositive, values: values))
      }
    }
    return try CohortTable(featureNames: (0..<6).map { "f\($0)" }, rows: rows)
  }

  /// Harmonised, imputed and with penalties by cross-validation: every part of a model that the audit looks at.
  static let wholePlan = ModelPlan(
    name: "Rad", missing: .medianImpute(maximumShare: 0.5), steps: [.lasso(folds: 4)],
    refit: .crossValidatedRidge(folds: 4), harmonisation: CombatSettings(unseenSite: .unchanged))

  /// Each site left out in turn, and the audit of that.
  static func siteAudit(plan: ModelPlan = wholePlan) throws -> LeakageAudit {
    let table = try table(sites: 3)
    let model = try fitModel(table, rows: rows(of: table), plan: plan, address: .finalFit(seed: 3))
    var audit = LeakageAudit(
      table: table, split: Split(training: rows(of: table), test: []), plans: [plan], models: [model],
      replicates: [], duplicates: [], seed: 3)
    audit.withoutSite = [try LeaveOneSiteOut(table, plan: plan, seed: 3, replicates: 10).folds.map(\.model)]
    return audit
  }

  static func rows(of table: CohortTable) -> [Int] { Array(0..<table.rowCount) }

  static func audit(outcomeAsFeature: Bool = false, plan: ModelPlan = plan) throws -> LeakageAudit {
    let table = try table(outcomeAsFeature: outcomeAsFeature)
    let split = try Split(table, testShare: 0.3, seed: 3)
    let model = try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: 3))
    let replicates = try (0..<6).map {
      try BootstrapReplicate(
        table, training: split.training, plans: [plan], address: RandomAddress(seed: 3, replicate: $0))
    }
    return LeakageAudit(
      table: table, split: split, plans: [plan], models: [model], replicates: replicates, duplicates: [],
      seed: 3)
  }
}
