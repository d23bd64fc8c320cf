import Statistics
import StudyPlan

/// A control of a model in one replicate, as it is stored.
struct ControlArea: Codable, Equatable, Sendable {
  var model: String
  var control: ControlKind
  /// AUC, or Harrell's C of Cox models; `nil` where it is undefined.
  var area: Double?
}

/// A control of a model over all replicates.
struct ControlAreas: Equatable, Sendable {
  let model: String
  let control: ControlKind
  let areas: [Double?]
}

extension PreparedStudy {
  /// Models that are held against controls, with the controls that are computed in each replicate.
  ///
  /// Other patients give an interval by themselves: with a test part or an external cohort, permuted outcomes alone are a matter
  /// of replicates.
  var replicatedControls: [(model: Int, control: ControlKind)] {
    let kinds = (cohort.study.controls ?? []).filter { $0 == .permuted || !hasOtherPatients }
    return plans.indices.filter { cohort.study.hasControls(cohort.study.models[$0]) }.flatMap { index in
      kinds.filter {
        controlTable($0, replicate: 0) != nil && controlPlan($0, of: plans[index]) != nil
      }.map { (index, $0) }
    }
  }

  /// Whether the study is judged by patients that nothing was fitted to.
  var hasOtherPatients: Bool { primaryPart == .test || primaryPart == .external }

  /// Table and rows of those patients.
  var otherPatients: (table: CohortTable, rows: [Int]) {
    primaryPart == .external ? external.map { ($0.table, $0.rows) } ?? (table, []) : (table, split.test)
  }

  /// Of the outcomes of those patients, which are exchanged as those of the training part are: against their true outcomes, a model of
  /// exchanged ones would now and then be the true model.
  private func addressOfPatients(_ number: Int) -> RandomAddress {
    // Replicates of both stages are numbered below.
    RandomAddress(seed: cohort.study.seed, replicate: 0x8000_0000 + number)
  }

  /// The controls of a replicate; `nil` in a study without any.
  ///
  /// Out of bag, each is fitted to the subjects that the models are. With other patients, the outcomes of the whole training part and
  /// theirs are exchanged.
  func controlAreas(_ number: Int) throws(StatisticsError) -> [ControlArea]? {
    let wanted = replicatedControls
    guard !wanted.isEmpty else { return nil }
    return try wanted.map { (index, kind) throws(StatisticsError) in
      let found: Double? =
        switch outcome {
        case .binary: try area(of: index, kind, replicate: number)
        case .survival(let survival): try concordance(of: index, kind, replicate: number, survival)
        }
      return ControlArea(model: plans[index].name, control: kind, area: found)
    }
  }

  private func area(of index: Int, _ kind: ControlKind, replicate number: Int) throws(StatisticsError)
    -> Double?
  {
    guard let plan = controlPlan(kind, of: plans[index]), let control = controlTable(kind, replicate: number)
    else { return nil }
    let address = RandomAddress(seed: cohort.study.seed, replicate: number)
    guard hasOtherPatients else {
      return try ControlReplicate.outOfBagArea(
        control, drawnAs: table, training: split.training, plan: plan, address: address)
    }
    let (table, rows) = otherPatients
    return try ControlReplicate.area(
      of: plan, fittedTo: control, rows: split.training,
      on: (table.permutingOutcomes(of: rows, address: addressOfPatients(number)), rows), address: address)
  }

  private func concordance(
    of index: Int, _ kind: ControlKind, replicate number: Int, _ survival: SurvivalStudy
  ) throws(StatisticsError) -> Double? {
    guard let plan = controlPlan(kind, of: survival.plans[index]),
      let control = try controlCohort(kind, replicate: number, survival)
    else { return nil }
    let address = RandomAddress(seed: cohort.study.seed, replicate: number)
    guard hasOtherPatients else {
      return try ControlReplicate.outOfBagConcordance(
        control, drawnAs: table, training: split.training, plan: plan, address: address)
    }
    let (others, rows) = try otherPatients(survival)
    return try ControlReplicate.concordance(
      of: plan, fittedTo: control, rows: split.training,
      on: (others.permutingOutcomes(of: rows, address: addressOfPatients(number)), rows), address: address)
  }

  /// As `otherPatients`, with their times.
  func otherPatients(_ survival: SurvivalStudy) throws(StatisticsError) -> (
    cohort: SurvivalCohort, rows: [Int]
  ) {
    let (table, rows) = otherPatients
    guard primaryPart == .external, let times = external?.survival else { return (survival.cohort, rows) }
    return (try SurvivalCohort(table, times: times.times), rows)
  }

  /// As `controlTable`, with times.
  func controlCohort(
    _ kind: ControlKind, replicate: Int, _ survival: SurvivalStudy
  ) throws(StatisticsError) -> SurvivalCohort? {
    switch kind {
    case .volume: return survival.cohort
    case .permuted:
      return survival.cohort.permutingOutcomes(
        of: split.training, address: RandomAddress(seed: cohort.study.seed, replicate: replicate))
    case .shuffled, .beside:
      guard let control = controlTable(kind, replicate: replicate) else { return nil }
      return try SurvivalCohort(control, times: survival.cohort.survival.times)
    }
  }
}

extension ControlAreas {
  /// What replicates say of each control, in their order.
  /// - Returns: `nil` where replicates differ in which controls they have, or an AUC is none.
  static func joined(_ replicates: [[ControlArea]]) -> [ControlAreas]? {
    guard let first = replicates.first else { return [] }
    guard
      replicates.allSatisfy({ areas in
        areas.map(\.model) == first.map(\.model) && areas.map(\.control) == first.map(\.control)
          && areas.compactMap(\.area).allSatisfy { 0...1 ~= $0 }
      })
    else { return nil }
    return first.indices.map { place in
      ControlAreas(
        model: first[place].model, control: first[place].control, areas: replicates.map { $0[place].area })
    }
  }
}
