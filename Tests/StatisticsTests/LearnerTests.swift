import LinearAlgebra
import Statistics
import Testing

/// Sixty rows of four predictors and six others; row and column give each value, by bits that are mixed well (splitmix64), from -2
/// to 2. The outcome is that the first predictor and the product of the next two exceed 0.1.
private enum Made {
  static func value(_ row: Int, _ column: Int) -> Double {
    var bits = UInt64(row * 4 + column + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53 * 4 - 2
  }

  static func rows(_ range: Range<Int>) -> LearnerRows {
    LearnerRows(
      count: range.count, columns: 4, values: range.flatMap { row in (0..<4).map { value(row, $0) } })
  }

  static let positives = (0..<60).map { value($0, 0) + value($0, 1) * value($0, 2) > 0.1 }
  static let address = RandomAddress(seed: 1, replicate: 2)

  static func scores(_ learner: Learner, address: RandomAddress = address) -> [Double]? {
    learner.scores(fittedTo: rows(0..<60), positives: positives, of: rows(60..<66), address: address)
  }
}

private let areInstalled = Learner.allCases.allSatisfy { $0.library.version != nil }

@Suite(.enabled(if: areInstalled, "libsvm or XGBoost is not installed")) struct `Other learners` {
  /// scikit-learn 1.5.2: `SVC(C=1, gamma=1/4, tol=1e-10).decision_function`, whose optimiser goes on where ours ends at 0.001.
  @Test func `score as scikit-learn's support vector machine does`() throws {
    let expected = [
      0.987889570929718, -0.14930324995475183, -0.8925743136785244, 0.5114147832000107, 0.8387370847848229,
      -1.6522800363176642,
    ]
    let found = try #require(Made.scores(.supportVectorMachine))
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 0.001 }, "\(found)")
  }

  /// xgboost 1.7.4 of PyPI: `train({tree_method: exact, eta: 0.3, max_depth: 6, objective: binary:logistic}, …, 100)`, margins. Its
  /// derivatives are computed in single precision.
  @Test func `score as XGBoost's own logistic loss does`() throws {
    let expected = [
      2.783714771270752, -1.2943233251571655, -2.1631784439086914, -1.0971808433532715, 0.5737022757530212,
      -3.0880773067474365,
    ]
    let found = try #require(Made.scores(.gradientBoosting))
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(found)")
  }

  /// xgboost 1.7.4 of PyPI with the seed that the address gives, 884144737: `train({num_parallel_tree: 500, subsample: 0.632,
  /// colsample_bynode: 0.625, max_depth: 64, reg_lambda: 1e-5, min_child_weight: 0, eta: 1, …}, …, 1)`, margins: the same bits.
  @Test func `score as a forest of XGBoost's with the same seed does`() throws {
    let expected: [Float] = [
      1.4399833679199219, -0.9359913468360901, -1.3999806642532349, 0.6719879508018494, -0.32799530029296875,
      -1.8719829320907593,
    ]
    #expect(try #require(Made.scores(.randomForest)) == expected.map { Double($0) })
  }

  @Test func `have the bits that are known, again and again, and of a forest others with another seed`()
    throws
  {
    for learner in Learner.allCases {
      #expect(learner.library.lack == nil)
      #expect(learner.bits() == learner.bits() && learner.bits() != nil)
    }
    let other = Made.scores(.randomForest, address: RandomAddress(seed: 1, replicate: 3))
    #expect(other != Made.scores(.randomForest))
    #expect(
      Made.scores(.gradientBoosting, address: RandomAddress(seed: 9, replicate: 3))
        == Made.scores(.gradientBoosting))
  }

  @Test(arguments: Learner.allCases)
  func `take what cannot be fitted for no result, and nothing selected for an AUC of a half`(learner: Learner)
  {
    let rows = LearnerRows(count: 2, columns: 1, values: [.infinity, 1])
    let other = LearnerRows(count: 1, columns: 1, values: [0])
    let scores = learner.scores(
      fittedTo: rows, positives: [true, false], of: other, address: Made.address)
    #expect(scores == nil || learner == .supportVectorMachine)
    let none = LearnerRows(count: 3, columns: 0, values: [])
    #expect(
      learner.scores(fittedTo: none, positives: [true, false, true], of: none, address: Made.address)
        == [0, 0, 0])
    #expect(
      learner.scores(
        fittedTo: LearnerRows(count: 2, columns: 1, values: [1, 2]), positives: [true, true], of: other,
        address: Made.address) == [0])
    let many = Learner.mostRows + 1
    #expect(
      learner.scores(
        fittedTo: LearnerRows(count: many, columns: 1, values: (0..<many).map { Double($0) }),
        positives: (0..<many).map { $0 % 2 == 0 }, of: other, address: Made.address) == nil)
  }

  @Test func `are fitted at the same time on several threads, with the same bits`() async throws {
    let alone = Learner.allCases.map { Made.scores($0) }
    let together = await withTaskGroup(of: [[Double]?].self) { group in
      for _ in 0..<6 { group.addTask { Learner.allCases.map { Made.scores($0) } } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(together.allSatisfy { $0 == alone })
  }
}

@Suite(.enabled(if: areInstalled, "libsvm or XGBoost is not installed"))
struct `Another learner beside a fitted model` {
  private static func table() throws -> CohortTable {
    try CohortTable(
      featureNames: (0..<4).map { "f\($0)" },
      rows: (0..<60).map { row in
        CohortTable.Row(
          caseName: "c\(row)", subject: "s\(row)", site: row % 3 == 0 ? "A" : "B",
          isPositive: Made.positives[row],
          values: (0..<4).map { Made.value(row, $0) })
      })
  }

  @Test func `sees the model's predictors as the model multiplies them`() throws {
    let table = try Self.table()
    let model = try fitModel(
      table, rows: table.allRows, plan: ModelPlan(name: "m", steps: []), address: .finalFit(seed: 1))
    let rows = model.standardised(table, rows: [3, 50, 3])
    #expect(rows.count == 3 && rows.columns == model.features.count)
    let predictor = (0..<3).map { row in
      model.features.indices.reduce(model.intercept) {
        $0 + model.coefficients[$1] * rows.values[row * rows.columns + $1]
      }
    }
    #expect(predictor == model.linearPredictor(of: table, rows: [3, 50, 3]))
  }

  @Test
  func `is fitted to the draws of a replicate and the folds of a cross-validation, and changes neither`()
    throws
  {
    let table = try Self.table()
    let plan = ModelPlan(name: "m", steps: [.mannWhitney(maximumP: 0.5)])
    let address = RandomAddress(seed: 4, replicate: 0)
    var found: [LearnerReplicate] = []
    let replicate = try BootstrapReplicate(table, training: table.allRows, plans: [plan], address: address) {
      _, model, drawn, outside in
      #expect(Set(drawn).isDisjoint(with: outside) && Set(drawn).union(outside) == Set(table.allRows))
      found = Learner.allCases.map {
        LearnerReplicate(
          $0, beside: model, table, training: table.allRows, drawn: drawn, outside: outside, address: address)
      }
    }
    #expect(
      try replicate == BootstrapReplicate(table, training: table.allRows, plans: [plan], address: address))
    #expect(found.map(\.learner) == Learner.allCases && found.allSatisfy { $0.isSound && $0.outOfBag != nil })
    // Trees follow those that they were fitted to.
    #expect(found.dropFirst().allSatisfy { $0.bag == 1 })
    let folds = try #require(
      try CrossValidatedArea.withLearners(
        Learner.allCases, table, training: table.allRows, plan: plan, seed: 4))
    #expect(try folds.model == CrossValidatedArea(table, training: table.allRows, plan: plan, seed: 4))
    #expect(folds.learners.allSatisfy { $0.folds.count == folds.model.folds.count && $0.value != nil })
  }
}
