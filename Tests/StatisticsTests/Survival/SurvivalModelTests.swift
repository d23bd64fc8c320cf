import Foundation
import LinearAlgebra
import Statistics
import Testing

/// A cohort of generated rows at three sites, one row a subject.
private func cohort(
  rows: Int = 120, columns: Int = 12, seed: UInt64 = 7, everyEvent: Bool = false
) throws -> SurvivalCohort {
  let data = try GeneratedSurvival(rows: rows, columns: columns, seed: seed, whole: false)
  return try SurvivalCohort(
    featureNames: (0..<columns).map { "x\($0)" },
    rows: (0..<rows).map { row in
      (
        CohortTable.Row(
          caseName: "case \(1000 + row)", subject: "subject \(1000 + row)", site: "site \(row % 3)",
          isPositive: everyEvent || data.survival.events[row],
          values: (0..<columns).map { data.features[row, $0] }),
        data.survival.times[row]
      )
    })
}

private let all = Array(0..<120)
private let net = SurvivalPlan(name: "Rad", steps: [.coxNet(folds: 5)], refit: .none)

@Suite struct `Survival models` {
  @Test func `after selection are the Cox regression of what was selected`() throws {
    let cohort = try cohort()
    let model = try fitSurvivalModel(cohort, rows: all, plan: net, address: .finalFit(seed: 1))
    #expect(model.features.contains(0) && model.features.contains(1))
    let features = cohort.table.features.selecting(rows: all, columns: model.features)
    let fit = try CoxRegression(features: features, survival: cohort.survival)
    for place in model.features.indices {
      let coefficient = model.coefficients[place] / model.deviations[place]
      #expect(isNear(coefficient, fit.coefficients[place], within: 1e-9))
    }
    let predictors = model.linearPredictor(of: cohort.table, rows: all)
    let expected = fit.linearPredictor(of: features)
    #expect(zip(predictors, expected).allSatisfy { isNear($0, $1, within: 1e-9) })
    for time in [1.0, 5, 20] {
      let hazard = fit.baselines[0].cumulativeHazard(at: time)
      #expect(isNear(model.baseline.cumulativeHazard(at: time), hazard, within: 1e-9))
    }
    #expect(model.warnings == [])
    #expect(model.riskGroups(predictors).count { $0 == 1 } == 60)
  }

  @Test func `of a clinical column and a model's score are the Cox regression of what folds said`() throws {
    let plain = try cohort()
    let ages = all.map { row in row % 10 == 3 ? Double.nan : 50 + Double(row * 7 % 31) }
    let table = try CohortTable(
      featureNames: plain.table.featureNames, clinicalNames: ["Age"],
      rows: all.map { row in
        CohortTable.Row(
          caseName: plain.table.caseNames[row],
          subject: plain.table.subjectNames[plain.table.subjects[row]],
          site: plain.table.siteNames[plain.table.sites[row]], isPositive: plain.survival.events[row],
          values: (0..<12).map { plain.table.features[row, $0] }, clinical: [ages[row]])
      })
    let cohort = try SurvivalCohort(table, times: plain.survival.times)
    let below = SurvivalPlan(name: "Rad", steps: [.coxScore(maximumP: 0.2)], refit: .none)
    var plan = SurvivalPlan(name: "Both", features: .named([]), steps: [], refit: .none)
    plan.clinical = ClinicalPredictors(groups: [.init(columns: ["Age"], isCategory: false)])
    plan.scores = SurvivalScores(plans: [below], folds: 4)
    let model = try fitSurvivalModel(cohort, rows: all, plan: plan, address: .finalFit(seed: 1))
    #expect(model.featureNames == ["Age", "Rad score"])
    let folds = try #require(
      Folds.byEvent(count: 4, of: all, in: table, address: .finalFit(seed: 1)))
    var scores = [Double](repeating: 0, count: 120)
    for fold in 0..<4 {
      let outside = try fitSurvivalModel(
        cohort, rows: all.filter { folds[$0] != fold }, plan: below,
        address: RandomAddress(seed: 1, replicate: 0))
      let inside = all.filter { folds[$0] == fold }
      for (row, value) in zip(inside, outside.linearPredictor(of: table, rows: inside)) {
        scores[row] = value
      }
    }
    let known = ages.filter(\.isFinite).sorted()
    let typical = 0.5 * (known[(known.count - 1) / 2] + known[known.count / 2])
    let filled = ages.map { $0.isFinite ? $0 : typical }
    let fit = try CoxRegression(
      features: Matrix(columns: [filled, scores], rows: 120), survival: cohort.survival)
    for place in 0..<2 {
      #expect(
        isNear(model.coefficients[place] / model.deviations[place], fit.coefficients[place], within: 1e-9))
      let error = (try #require(model.covariance)[place][place]).squareRoot() / model.deviations[place]
      #expect(isNear(error, fit.standardErrors[place], within: 1e-9))
    }
    // A new case gets the score of the model of all.
    let whole = try fitSurvivalModel(cohort, rows: all, plan: below, address: .finalFit(seed: 1))
    #expect(model.predictorValues(at: 1, of: table, rows: all) == whole.linearPredictor(of: table, rows: all))
    #expect(model.medians[0] == typical)
  }

  @Test func `the screen is the score test of each feature alone`() throws {
    let cohort = try cohort(columns: 6)
    let p = try (0..<6).map { column in
      let fit = try CoxRegression(
        features: cohort.table.features.selecting(rows: all, columns: [column]), survival: cohort.survival,
        ties: .breslow)
      return ChiSquaredDistribution.upperTail(fit.scoreStatistic, degrees: 1)
    }
    let sorted = p.sorted()
    // Between the second and the third.
    let bound = 0.5 * (sorted[1] + sorted[2])
    let model = try fitSurvivalModel(
      cohort, rows: all, plan: SurvivalPlan(name: "Rad", steps: [.coxScore(maximumP: bound)]),
      address: .finalFit(seed: 1))
    #expect(model.features == (0..<6).filter { p[$0] < bound })
    #expect(model.steps.map(\.name) == ["usable", "Cox score test"])
  }

  @Test func `do not depend on the order of rows, and count repeats`() throws {
    let cohort = try cohort()
    let plan = SurvivalPlan(
      name: "Rad",
      steps: [
        .outcomeFree(.variance(threshold: 0)), .coxScore(maximumP: 0.5),
        .outcomeFree(.correlation(.spearman, maximum: 0.9)), .coxNet(folds: 5),
      ], refit: .lassoScore)
    let model = try fitSurvivalModel(cohort, rows: all, plan: plan, address: .finalFit(seed: 1))
    #expect(
      try fitSurvivalModel(cohort, rows: all.reversed(), plan: plan, address: .finalFit(seed: 1)) == model)
    let twice = try fitSurvivalModel(
      cohort, rows: all + all,
      plan: SurvivalPlan(name: "Rad", steps: [.coxNet(folds: 5)], refit: .lassoScore),
      address: .finalFit(seed: 1))
    #expect(!twice.isEmpty)
    let column = cohort.table.features.column(twice.features[0])
    #expect(isNear(twice.means[0], mean(column.span), within: 1e-12))
  }

  @Test func `without censoring are fitted, without events refused`() throws {
    let complete = try cohort(everyEvent: true)
    #expect(try !fitSurvivalModel(complete, rows: all, plan: net, address: .finalFit(seed: 1)).isEmpty)
    let usual = try cohort()
    let censored = all.filter { !usual.survival.events[$0] }
    #expect(throws: StatisticsError.self) {
      try fitSurvivalModel(usual, rows: censored, plan: net, address: .finalFit(seed: 1))
    }
    let single = censored + [try #require(all.first { usual.survival.events[$0] })]
    let model = try fitSurvivalModel(usual, rows: single, plan: net, address: .finalFit(seed: 1))
    #expect(model.isEmpty)
    #expect(model.warnings == [.common(.tooFewForFolds), .common(.nothingSelected)])
    #expect(model.concordance(usual, rows: all) == 0.5)
  }

  @Test(arguments: [
    SelectionStep.mannWhitney(maximumP: 0.05), .lasso(), .minimumRedundancy(count: 3), .tTest(maximumP: 0.05),
  ]) func `steps that would ignore the times are refused`(step: SelectionStep) throws {
    let cohort = try cohort(columns: 4)
    #expect(throws: StatisticsError.self) {
      try fitSurvivalModel(
        cohort, rows: all, plan: SurvivalPlan(name: "Rad", steps: [.outcomeFree(step)]),
        address: .finalFit(seed: 1))
    }
  }

  @Test func `plans and models come back from JSON, and damaged ones do not`() throws {
    let cohort = try cohort(columns: 5)
    let plan = SurvivalPlan(
      name: "Rad",
      steps: [.outcomeFree(.variance(threshold: 0)), .coxScore(maximumP: 0.3), .coxNet(folds: 4)],
      harmonisation: CombatSettings())
    #expect(try JSONDecoder().decode(SurvivalPlan.self, from: JSONEncoder().encode(plan)) == plan)
    let model = try fitSurvivalModel(cohort, rows: all, plan: plan, address: .finalFit(seed: 2))
    let text = String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
    let read = try JSONDecoder().decode(FittedSurvivalModel.self, from: Data(text.utf8))
    #expect(read == model)
    #expect(
      read.survival(of: cohort.table, rows: all, at: 9) == model.survival(of: cohort.table, rows: all, at: 9))
    let damaged = text.replacing("\"deviations\":[", with: "\"deviations\":[1,")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(FittedSurvivalModel.self, from: Data(damaged.utf8))
    }
  }

  @Test func `each fold has an event and whole subjects`() throws {
    let cohort = try cohort()
    let folds = try #require(
      Folds.byEvent(count: 10, of: all, in: cohort.table, address: .finalFit(seed: 3)))
    for fold in 0..<10 { #expect(all.contains { folds[$0] == fold && cohort.survival.events[$0] }) }
    #expect((0..<10).allSatisfy { fold in folds.count { $0 == fold } == 12 })
  }
}

@Suite struct `Bootstrap of survival models` {
  @Test func `estimates lie between out of bag and apparent`() throws {
    let cohort = try cohort()
    let bootstrap = try SurvivalBootstrap(cohort, training: all, plan: net, seed: 5, replicates: 12)
    let estimates = try #require(bootstrap.estimates)
    #expect(estimates.outOfBag < estimates.apparent)
    #expect(estimates.point632Plus > 0.5)
    #expect(estimates.point632Plus <= estimates.point632)
    #expect(estimates.outOfBag <= estimates.point632Plus)
    #expect(bootstrap.selectionCounts[0] > 6)
    // A replicate by itself is the same.
    let strata = SubjectStrata(of: cohort.table, rows: all)
    let alone = try SurvivalBootstrap.replicate(
      cohort, training: all, strata: strata, plan: net, address: RandomAddress(seed: 5, replicate: 7))
    #expect(alone == bootstrap.replicates[7])
  }
}

@Suite struct `Survival models at sites left out` {
  @Test func `are fitted without the site, and pooled`() throws {
    let cohort = try cohort()
    let result = try SurvivalLeaveOneSiteOut(cohort, plan: net, seed: 5)
    #expect(result.folds.map(\.site) == ["site 0", "site 1", "site 2"])
    let outside = all.filter { cohort.table.sites[$0] != 1 }
    #expect(
      try result.folds[1].model
        == fitSurvivalModel(cohort, rows: outside, plan: net, address: .finalFit(seed: 5)))
    let values = result.folds.compactMap { $0.concordance?.estimate }
    let pooled = try #require(result.pooled)
    let (lowest, highest) = (try #require(values.min()), try #require(values.max()))
    #expect(lowest < pooled.concordance && pooled.concordance < highest)
    #expect(pooled.predictionInterval.lower <= pooled.interval.lower)
  }
}

@Suite struct `Evaluation of survival models` {
  @Test func `gathers what a report prints`() throws {
    let cohort = try cohort()
    let (training, test) = (Array(0..<80), Array(80..<120))
    let model = try fitSurvivalModel(cohort, rows: training, plan: net, address: .finalFit(seed: 1))
    let evaluation = SurvivalEvaluation(
      model, cohort: cohort, rows: test, training: training, times: [5, 10, 15], seed: 1, replicates: 100)
    #expect(evaluation.rows == 40)
    #expect(evaluation.harrell?.estimate == model.concordance(cohort, rows: test))
    let interval = try #require(evaluation.harrellInterval)
    #expect(interval.lower < interval.upper)
    #expect(evaluation.horizons.map(\.time) == [5, 10, 15])
    #expect(evaluation.horizons.allSatisfy { $0.areaInterval != nil && $0.brierInterval != nil })
    #expect(evaluation.groups.reduce(0) { $0 + $1.count } == 40)
    #expect(evaluation.groups.reduce(0) { $0 + $1.events } == evaluation.events)
    #expect(evaluation.logRank != nil)
    #expect(evaluation.brier != nil && evaluation.uno != nil && evaluation.unoInterval != nil)
    let again = SurvivalEvaluation(
      model, cohort: cohort, rows: test, training: training, times: [5, 10, 15], seed: 1, replicates: 100)
    #expect(again == evaluation)
  }
}
