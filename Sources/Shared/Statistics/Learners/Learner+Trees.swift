import CLearners
import ElementaryFunctions
import LinearAlgebra

extension Learner {
  /// One round of many trees: with the gradient of the logistic loss at even odds, a leaf is the share of cases in it less a half,
  /// times 4.
  func forestScores(
    _ rows: LearnerRows, _ positives: [Bool], _ others: LearnerRows, _ address: RandomAddress
  ) -> [Double]? {
    let tried = Double(rows.columns).squareRoot().rounded(.down)
    // XGBoost rounds the product of share and number of predictors down.
    let share = min(1, (tried + 0.5) / Double(rows.columns))
    guard
      let trees = Trees(
        rows,
        [
          "eta": "1", "num_parallel_tree": "500", "subsample": "0.632", "colsample_bynode": "\(share)",
          "max_depth": "64", "lambda": "0.00001", "min_child_weight": "0",
        ], address)
    else { return nil }
    let gradients = positives.map { $0 ? Float(-0.5) : 0.5 }
    guard trees.grow(gradients, [Float](repeating: 0.25, count: rows.count)) else { return nil }
    return trees.scores(of: others)
  }

  func boostedScores(
    _ rows: LearnerRows, _ positives: [Bool], _ others: LearnerRows, _ address: RandomAddress
  ) -> [Double]? {
    guard
      let trees = Trees(
        rows, ["eta": "0.3", "max_depth": "6", "lambda": "1", "min_child_weight": "1"], address)
    else { return nil }
    for _ in 0..<100 {
      guard let own = trees.ownScores() else { return nil }
      // The loss's derivatives are computed here, so that XGBoost calls no exponential function.
      let shares = own.map { Float(1 / (1 + Elementary.exp(-Double($0)))) }
      let gradients = zip(shares, positives).map { $0 - ($1 ? 1 : 0) }
      guard trees.grow(gradients, shares.map { max($0 * (1 - $0), 1e-16) }) else { return nil }
    }
    return trees.scores(of: others)
  }
}

/// Trees of XGBoost, which reads floats: predictors lose digits there, and scores have as few.
@safe private final class Trees {
  private let handle: OpaquePointer
  private let count: Int

  /// - Returns: `nil` where XGBoost is not there, or refuses something.
  init?(_ rows: LearnerRows, _ settings: [String: String], _ address: RandomAddress) {
    var all = settings
    all["booster"] = "gbtree"
    all["tree_method"] = "exact"
    all["nthread"] = "1"
    all["verbosity"] = "0"
    all["objective"] = "binary:logistic"
    // Even odds, a margin of 0, which other versions would estimate.
    all["base_score"] = "0.5"
    all["disable_default_eval_metric"] = "1"
    let stream = RandomStream(seed: address.seed, purpose: .trees, replicate: address.replicate)
    all["seed"] = "\(stream[0] >> 33)"
    guard let values = Self.floats(rows) else { return nil }
    // Names and values in turn, each with a zero behind it, and another at the end.
    var parameters: [CChar] = []
    for (name, value) in all.sorted(by: { $0.key < $1.key }) {
      for text in [name, value] { parameters += text.utf8.map { CChar(bitPattern: $0) } + [0] }
    }
    parameters.append(0)
    guard let made = unsafe learner_trees_make(values, rows.count, rows.columns, parameters) else {
      return nil
    }
    unsafe handle = made
    count = rows.count
  }

  deinit { unsafe learner_trees_free(handle) }

  /// `nil` where a value has none that is finite.
  private static func floats(_ rows: LearnerRows) -> [Float]? {
    let values = rows.values.map { Float($0) }
    return values.allSatisfy(\.isFinite) ? values : nil
  }

  func grow(_ gradients: [Float], _ curvatures: [Float]) -> Bool {
    var (gradients, curvatures) = (gradients, curvatures)
    return unsafe learner_trees_grow(handle, &gradients, &curvatures)
  }

  func ownScores() -> [Float]? {
    var scores = [Float](repeating: 0, count: count)
    return unsafe learner_trees_own_scores(handle, &scores) ? scores : nil
  }

  func scores(of others: LearnerRows) -> [Double]? {
    guard let values = Self.floats(others) else { return nil }
    var scores = [Float](repeating: 0, count: others.count)
    guard others.count > 0 else { return [] }
    guard unsafe learner_trees_scores(handle, values, others.count, &scores) else { return nil }
    return scores.allSatisfy(\.isFinite) ? scores.map { Double($0) } : nil
  }
}
