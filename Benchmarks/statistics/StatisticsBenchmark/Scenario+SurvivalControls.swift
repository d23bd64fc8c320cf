import ElementaryFunctions
import LinearAlgebra
import Statistics

/// A Cox model against its controls, as reports of survival studies tell it: C of the model less C of the control.
extension Scenario {
  /// Behind all others, whose random numbers depend on their places.
  static let survivalControls: [Scenario] = SurvivalControls.Truth.allCases.flatMap { truth in
    [60, 150].flatMap { rows in
      let design = SurvivalControls(truth: truth, rows: rows)
      return [onTestPart(design), outOfBag(design)]
    }
  }

  /// The primary result of a study of times to an event without other patients; the truth is C of the model of all on 10,000 new patients.
  static let primaryConcordances: [Scenario] = [SurvivalControls.Truth.nothing, .texture].flatMap { truth in
    [60, 150].map { rows in
      let design = SurvivalControls(truth: truth, rows: rows)
      return Scenario(
        name: "primary C, \(design.name)", intervals: ["cross-validated C, corrected resampled t"],
        isSlow: true
      ) { _, study in
        [try design.crossValidated(study)]
      }
    }
  }

  /// Both models are of the training part of 70 %; the truth is the difference of their C on 10,000 new patients.
  private static func onTestPart(_ design: SurvivalControls) -> Scenario {
    Scenario(
      name: "controls of Cox models, test part, \(design.name)",
      intervals: [
        "volume, paired jackknife", "shuffled voxels, paired jackknife", "permuted, percentiles",
        "permuted, at least the model's own interval",
      ],
      isSlow: true
    ) { _, study in
      try design.onTestPart(study)
    }
  }

  /// The truth is the difference of C on 10,000 new patients of the models of all.
  private static func outOfBag(_ design: SurvivalControls) -> Scenario {
    Scenario(
      name: "controls of Cox models, out of bag, \(design.name)",
      intervals: [
        "volume, corrected resampled t", "shuffled voxels, corrected resampled t",
        "permuted, corrected resampled t",
      ], isSlow: true
    ) { _, study in
      try design.outOfBag(study)
    }
  }
}

/// A made-up cohort with a volume and 20 features of texture, and what its controls would be: shuffled voxels have textures that know
/// nothing.
private struct SurvivalControls: Sendable {
  enum Truth: String, CaseIterable, Sendable {
    case nothing = "no signal"
    case texture = "texture tells the event"
    case volume = "volume tells the event"
  }

  let truth: Truth
  let rows: Int

  var name: String { "\(truth.rawValue), \(rows) rows" }

  private static let (textures, factors, replicates) = (20, 4, 50)
  private static let names = ["f100"] + (0..<textures).map { "f\(101 + $0)" }
  private static let plan = SurvivalPlan(
    name: "Rad", steps: [.coxScore(maximumP: 0.2), .outcomeFree(.correlation(.spearman, maximum: 0.9))])
  private static let volumePlan = SurvivalPlan(name: "Rad", features: .named(["f100"]), steps: [])

  /// As drawn, and with shuffled voxels.
  private func cohorts(_ count: Int, seed: UInt64, _ study: Int) throws -> (
    own: SurvivalCohort, shuffled: SurvivalCohort
  ) {
    var stream = RandomStream(seed: seed, purpose: .synthesis, replicate: study, stratum: rows)
    var (own, shuffled, times) = ([CohortTable.Row](), [CohortTable.Row](), [Double]())
    for index in 0..<count {
      let (volume, hidden) = (stream.normal(), (0..<Self.factors).map { _ in stream.normal() })
      let logHazard: Double =
        switch truth {
        case .nothing: 0
        case .texture: 0.7 * (hidden[0] + hidden[1])
        case .volume: volume
        }
      let until = -Elementary.log(1 - stream.uniform()) * Elementary.exp(-logHazard)
      let last = 2 * stream.uniform()
      times.append(min(until, last))
      let name = String(100_000 + index)
      func row(_ textures: [Double]) -> CohortTable.Row {
        CohortTable.Row(
          caseName: name, subject: name, site: "S\(index % 3)", isPositive: until <= last,
          values: [volume] + textures)
      }
      own.append(row((0..<Self.textures).map { 0.8 * hidden[$0 % Self.factors] + 0.6 * stream.normal() }))
      shuffled.append(row((0..<Self.textures).map { _ in stream.normal() }))
    }
    func cohort(_ rows: [CohortTable.Row]) throws -> SurvivalCohort {
      try SurvivalCohort(CohortTable(featureNames: Self.names, rows: rows), times: times)
    }
    return (try cohort(own), try cohort(shuffled))
  }

  private func seed(_ study: Int) -> UInt64 { UInt64(10_000 * rows + study) }

  /// The same 10,000 new patients for all studies of a truth: the event depends on nothing else of a design.
  private static let newPatients: [Truth: (own: SurvivalCohort, shuffled: SurvivalCohort)] = {
    let pools = Truth.allCases.map { truth in
      (truth, try? SurvivalControls(truth: truth, rows: 0).cohorts(10_000, seed: 1_622, 0))
    }
    return Dictionary(uniqueKeysWithValues: pools.compactMap { truth, pool in pool.map { (truth, $0) } })
  }()

  /// C of the model, and of volume and shuffled voxels, on new patients.
  private func truths(
    _ model: FittedSurvivalModel, _ others: [FittedSurvivalModel]
  ) throws -> (model: Double, others: [Double]) {
    guard let new = Self.newPatients[truth] else { preconditionFailure("rows that make a table") }
    let rows = new.own.table.allRows
    return (
      model.concordance(new.own, rows: rows) ?? .nan,
      zip(others, [new.own, new.shuffled]).map { $0.concordance($1, rows: rows) ?? .nan }
    )
  }

  func crossValidated(_ study: Int) throws -> Scenario.Outcome {
    let own = try cohorts(rows, seed: 1_624, study).own
    let all = own.table.allRows
    let model = try fitSurvivalModel(own, rows: all, plan: Self.plan, address: .finalFit(seed: seed(study)))
    let found = try CrossValidatedArea(concordanceOf: own, training: all, plan: Self.plan, seed: seed(study))
    return Scenario.Outcome(found?.interval(), truth: try truths(model, []).model)
  }

  func onTestPart(_ study: Int) throws -> [Scenario.Outcome] {
    let (own, shuffled) = try cohorts(rows, seed: 1_621, study)
    let split = try Split(own.table, testShare: 0.3, seed: seed(study))
    func fit(_ plan: SurvivalPlan, _ cohort: SurvivalCohort) throws -> FittedSurvivalModel {
      try fitSurvivalModel(cohort, rows: split.training, plan: plan, address: .finalFit(seed: seed(study)))
    }
    let model = try fit(Self.plan, own)
    let others = [try fit(Self.volumePlan, own), try fit(Self.plan, shuffled)]
    let truth = try truths(model, others)
    let times = own.survival.selecting(split.test)
    let predictor = model.linearPredictor(of: own.table, rows: split.test)
    let jackknife = zip(others, [own, shuffled]).map { other, cohort in
      ConcordanceComparison(
        predictor, minus: other.linearPredictor(of: cohort.table, rows: split.test), times)?.interval
    }
    let permuted = try (0..<Self.replicates).compactMap { number in
      let address = RandomAddress(seed: seed(study), replicate: number)
      let exchanged = RandomAddress(seed: seed(study), replicate: 0x8000_0000 + number)
      return try ControlReplicate.concordance(
        of: Self.plan, fittedTo: own.permutingOutcomes(of: split.training, address: address),
        rows: split.training, on: (own.permutingOutcomes(of: split.test, address: exchanged), split.test),
        address: address)
    }
    let concordance = Concordance(predictor, times)
    let differences = concordance.flatMap {
      PermutationDifference($0.estimate, $0.logitInterval() ?? $0.interval(), over: permuted)
    }
    let percentiles = concordance.flatMap { own in
      Interval(percentilesOf: permuted.map { own.estimate - $0 })
    }
    return zip(jackknife, truth.others).map { Scenario.Outcome($0, truth: truth.model - $1) }
      + [percentiles, differences?.interval].map { Scenario.Outcome($0, truth: truth.model - 0.5) }
  }

  func outOfBag(_ study: Int) throws -> [Scenario.Outcome] {
    let (own, shuffled) = try cohorts(rows, seed: 1_623, study)
    let all = own.table.allRows
    func areas(_ plan: SurvivalPlan, _ cohort: (RandomAddress) -> SurvivalCohort) throws -> [Double?] {
      try (0..<Self.replicates).map { number in
        let address = RandomAddress(seed: seed(study), replicate: number)
        return try ControlReplicate.outOfBagConcordance(
          cohort(address), drawnAs: own.table, training: all, plan: plan, address: address)
      }
    }
    func fit(_ plan: SurvivalPlan, _ cohort: SurvivalCohort) throws -> FittedSurvivalModel {
      try fitSurvivalModel(cohort, rows: all, plan: plan, address: .finalFit(seed: seed(study)))
    }
    let truth = try truths(
      fit(Self.plan, own), [fit(Self.volumePlan, own), fit(Self.plan, shuffled)])
    let model = try areas(Self.plan) { _ in own }
    let others = [
      try areas(Self.volumePlan) { _ in own }, try areas(Self.plan) { _ in shuffled },
      try areas(Self.plan) { own.permutingOutcomes(of: all, address: $0) },
    ]
    return zip(others, truth.others + [0.5]).map { other, control in
      Scenario.Outcome(
        ReplicateDifference(model, minus: other)?.interval, truth: truth.model - control)
    }
  }
}
