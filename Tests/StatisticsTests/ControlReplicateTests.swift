import Statistics
import Testing

@Suite struct `Differences paired by replicate` {
  /// Ten differences of mean 0.1: variance 1/600 by hand, `t` of five degrees of freedom 2.570582, and
  /// `1/10 + 1/(e - 1) = 0.6819767`.
  @Test func `have the corrected resampled t interval`() throws {
    let control = [Double?](repeating: 0.5, count: 10)
    let model: [Double?] = [0.55, 0.65, 0.6, 0.6, 0.65, 0.55, 0.6, 0.6, 0.55, 0.65]
    let found = try #require(ReplicateDifference(model, minus: control))
    // Six deviations of 0.05: 6 · 0.0025 / 9.
    let half = 2.5705818356363 * (0.015 / 9 * 0.6819767068693).squareRoot()
    #expect(abs(found.value - 0.1) < 1e-12 && found.replicates == 10)
    #expect(abs(found.interval.lower - (0.1 - half)) < 1e-9)
    #expect(abs(found.interval.upper - (0.1 + half)) < 1e-9)
    #expect(abs(found.means.first - 0.6) < 1e-12 && found.means.second == 0.5)
  }

  @Test func `leave out replicates in which one is undefined, and are none of too few`() throws {
    let model = [Double?](repeating: 0.7, count: 12)
    var control = [Double?](repeating: 0.5, count: 12)
    (control[3], control[7]) = (nil, nil)
    #expect(try #require(ReplicateDifference(model, minus: control)).replicates == 10)
    control[8] = nil
    #expect(ReplicateDifference(model, minus: control) == nil)
  }
}

@Suite struct `A control in a replicate` {
  private func table(_ value: (Int, Int) -> Double) throws -> CohortTable {
    try CohortTable(
      featureNames: ["a", "b"],
      rows: (0..<60).map { row in
        let name = String(100 + row)
        return CohortTable.Row(
          caseName: name, subject: name, site: row % 3 == 0 ? "X" : "Y", isPositive: row % 2 == 0,
          values: [value(row, 0), value(row, 1)])
      })
  }

  private let plan = ModelPlan(name: "Rad", steps: [])
  private static let noise: @Sendable (Int, Int) -> Double = { row, feature in
    Double((row + 1) * (feature + 3) * 7919 % 1009) / 1009 + (row % 2 == 0 && feature == 0 ? 0.3 : 0)
  }

  @Test func `of the model's own features is the model's out-of-bag AUC, bit by bit`() throws {
    let table = try table(Self.noise)
    let rows = Array(0..<50)
    for number in 0..<5 {
      let address = RandomAddress(seed: 9, replicate: number)
      let replicate = try BootstrapReplicate(table, training: rows, plans: [plan], address: address)
      let area = try ControlReplicate.outOfBagArea(
        table, drawnAs: table, training: rows, plan: plan, address: address)
      #expect(area == replicate.models[0].outOfBag?.auc && area != nil)
    }
  }

  @Test func `of exchanged outcomes is fitted to the subjects that the model is fitted to`() throws {
    let table = try table(Self.noise)
    let rows = Array(0..<60)
    let areas = try (0..<40).compactMap { number in
      let address = RandomAddress(seed: 9, replicate: number)
      return try ControlReplicate.outOfBagArea(
        table.permutingOutcomes(of: rows, address: address), drawnAs: table, training: rows, plan: plan,
        address: address)
    }
    // Nothing is to be told of exchanged outcomes: 40 AUCs of some 22 subjects each, standard error of their mean below 0.03.
    #expect(areas.count == 40 && abs(areas.reduce(0, +) / 40 - 0.5) < 0.1)
  }

  @Test func `of one outcome out of bag is undefined, and no error`() throws {
    let table = try table(Self.noise)
    let area = try ControlReplicate.area(
      of: plan, fittedTo: table, rows: Array(0..<40), on: (table, [1, 3, 5]),
      address: RandomAddress(seed: 9, replicate: 0))
    #expect(area == nil)
    let poor = try ControlReplicate.area(
      of: plan, fittedTo: table, rows: [1, 3, 5, 7], on: (table, [0, 1]),
      address: RandomAddress(seed: 9, replicate: 0))
    #expect(poor == nil)
  }
}
