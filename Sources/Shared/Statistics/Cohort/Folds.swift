import LinearAlgebra

/// Fold numbers for cross-validation, balanced over the outcomes as scikit-learn's `StratifiedGroupKFold` does, with
/// the random numbers of `RandomStream`.
public enum Folds {
  /// A fold from 0 for each row: unique subjects are shuffled within each outcome (purpose `folds`, stratum 0 for
  /// controls, 1 for cases) and dealt out in turn, cases going on where controls stopped. A subject's rows share a
  /// fold.
  /// - Returns: fewer folds than asked for where the rarer outcome has fewer subjects; `nil` where it has only one.
  public static func stratified(
    count: Int, of rows: [Int], in table: CohortTable, address: RandomAddress
  ) -> [Int]? {
    var outcomeOfSubject: [Int: Bool] = [:]
    for row in rows {
      let subject = table.subjects[row]
      outcomeOfSubject[subject] = outcomeOfSubject[subject, default: false] || table.positives[row]
    }
    let controls = outcomeOfSubject.keys.filter { outcomeOfSubject[$0] == false }.sorted()
    let cases = outcomeOfSubject.keys.filter { outcomeOfSubject[$0] == true }.sorted()
    let folds = min(count, controls.count, cases.count)
    guard folds > 1 else { return nil }
    var foldOfSubject: [Int: Int] = [:]
    var dealt = 0
    for (stratum, subjects) in [controls, cases].enumerated() {
      var stream = RandomStream(
        seed: address.seed, purpose: .folds, replicate: address.replicate, stratum: stratum)
      var shuffled = subjects
      stream.shuffle(&shuffled)
      for subject in shuffled {
        foldOfSubject[subject] = dealt % folds
        dealt += 1
      }
    }
    return rows.map { foldOfSubject[table.subjects[$0], default: 0] }
  }
}
