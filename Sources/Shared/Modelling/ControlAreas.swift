import Statistics
import StudyPlan

/// A control of a model in one replicate, as it is stored.
struct ControlArea: Codable, Equatable, Sendable {
  var model: String
  var control: ControlKind
  /// AUC; `nil` where it is undefined.
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
  var replicatedControls: [(plan: ModelPlan, control: ControlKind)] {
    let kinds = (cohort.study.controls ?? []).filter { $0 == .permuted || !hasOtherPatients }
    return zip(cohort.study.models, plans).filter { cohort.study.hasControls($0.0) }.flatMap { _, plan in
      kinds.compactMap { kind in
        controlTable(kind, replicate: 0) == nil
          ? nil : controlPlan(kind, of: plan).map { ($0, kind) }
      }
    }
  }

  /// Whether the study is judged by patients that nothing was fitted to.
  var hasOtherPatients: Bool { primaryPart == .test || primaryPart == .external }

  /// Table and rows of those patients.
  var otherPatients: (table: CohortTable, rows: [Int]) {
    primaryPart == .external ? external.map { ($0.table, $0.rows) } ?? (table, []) : (table, split.test)
  }

  /// Those patients with their outcomes exchanged, as those of the training part are: against their true outcomes, a model of
  /// exchanged ones would now and then be the true model.
  private func permutedPatients(_ number: Int) -> (table: CohortTable, rows: [Int]) {
    let (table, rows) = otherPatients
    // Replicates of both stages are numbered below.
    let address = RandomAddress(seed: cohort.study.seed, replicate: 0x8000_0000 + number)
    return (table.permutingOutcomes(of: rows, address: address), rows)
  }

  /// The controls of a replicate; `nil` in a study without any.
  ///
  /// Out of bag, each is fitted to the subjects that the models are. With other patients, the outcomes of the whole training part and
  /// theirs are exchanged.
  func controlAreas(_ number: Int) throws(StatisticsError) -> [ControlArea]? {
    let wanted = replicatedControls
    guard !wanted.isEmpty else { return nil }
    let address = RandomAddress(seed: cohort.study.seed, replicate: number)
    return try wanted.map { (plan, kind) throws(StatisticsError) in
      guard let control = controlTable(kind, replicate: number) else {
        return ControlArea(model: plan.name, control: kind, area: nil)
      }
      let area =
        try hasOtherPatients
        ? ControlReplicate.area(
          of: plan, fittedTo: control, rows: split.training, on: permutedPatients(number), address: address)
        : ControlReplicate.outOfBagArea(
          control, drawnAs: table, training: split.training, plan: plan, address: address)
      return ControlArea(model: plan.name, control: kind, area: area)
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
