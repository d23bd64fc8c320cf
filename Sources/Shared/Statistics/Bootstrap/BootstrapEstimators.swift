// .632: Efron (1983), doi:10.1080/01621459.1983.10477973. .632+, its relative overfitting, and the error without
// information: Efron and Tibshirani (1997), doi:10.1080/01621459.1997.10474007; for the AUC, which is larger when
// better, with 0.5 for the value without information. Optimism: Harrell (2015), doi:10.1007/978-3-319-19425-7, 5.3.

extension BootstrapSummary.Estimates {
  /// Of the AUC, over replicates in which it is defined out of bag.
  init?(aucOf models: [BootstrapReplicate.ModelReplicate], apparent: Double?) {
    self.init(
      areas: (
        models.compactMap(\.bag.auc), models.compactMap(\.training.auc),
        models.compactMap { $0.outOfBag?.auc }
      ), apparent: apparent)
  }

  /// Of AUCs on bags, on the training part and out of bag.
  init?(areas: (bag: [Double], training: [Double], outOfBag: [Double]), apparent: Double?) {
    guard let apparent, let bag = mean(areas.bag), let training = mean(areas.training),
      let outOfBag = mean(areas.outOfBag)
    else { return nil }
    let chance = 0.5
    let leftOut = max(chance, outOfBag)
    let overfitting = apparent > leftOut && apparent > chance ? (apparent - leftOut) / (apparent - chance) : 0
    self.init(
      apparent: apparent, bag: bag, training: training, outOfBag: outOfBag, leftOut: outOfBag,
      bounded: leftOut,
      relativeOverfitting: min(1, overfitting), noInformation: chance)
  }

  /// Of an error, which is smaller when better. What is left out is averaged by row first (Efron's leave-one-out
  /// bootstrap).
  init?(
    errorOf models: [BootstrapReplicate.ModelReplicate], measure: KeyPath<Performance, Double>,
    apparent: Double,
    leftOut: Double?, noInformation: Double
  ) {
    guard let leftOut, let bag = mean(models.map { $0.bag[keyPath: measure] }),
      let training = mean(models.map { $0.training[keyPath: measure] }),
      let outOfBag = mean(models.compactMap { $0.outOfBag?[keyPath: measure] })
    else { return nil }
    let bounded = min(leftOut, noInformation)
    let overfitting =
      bounded > apparent && noInformation > apparent ? (bounded - apparent) / (noInformation - apparent) : 0
    self.init(
      apparent: apparent, bag: bag, training: training, outOfBag: outOfBag, leftOut: leftOut,
      bounded: bounded,
      relativeOverfitting: min(1, overfitting), noInformation: noInformation)
  }

  /// Of the AUC: the .632+ estimate with what is out of bag as it is, below the value without information too.
  ///
  /// Efron and Tibshirani bound it there, which lifts the estimate where there is no signal. The bound on relative overfitting, and so
  /// on the weight, stays.
  public var unbounded632Plus: Double { (1 - weight) * apparent + weight * outOfBag }

  private init(
    apparent: Double, bag: Double, training: Double, outOfBag: Double, leftOut: Double, bounded: Double,
    relativeOverfitting: Double, noInformation: Double
  ) {
    let weight = 0.632 / (1 - 0.368 * relativeOverfitting)
    self.init(
      apparent: apparent, bag: bag, training: training, outOfBag: outOfBag,
      optimismCorrected: apparent - (bag - training), point632: 0.368 * apparent + 0.632 * leftOut,
      point632Plus: (1 - weight) * apparent + weight * bounded, weight: weight,
      relativeOverfitting: relativeOverfitting, noInformation: noInformation)
  }
}

/// Errors of rows while they were out of bag: averaged over replicates for each row, then over rows.
struct LeaveOneOutErrors {
  let brier: Double
  let error: Double

  /// - Returns: `nil` where no row was ever out of bag.
  init?(_ models: [BootstrapReplicate.ModelReplicate], table: CohortTable) {
    var squares = [Double](repeating: 0, count: table.rowCount)
    var wrong = squares
    var times = squares
    for model in models {
      for (row, p) in zip(model.outOfBagRows, model.outOfBagProbabilities) {
        let distance = p - (table.positives[row] ? 1 : 0)
        squares[row] += distance * distance
        wrong[row] += (p >= 0.5) == table.positives[row] ? 0 : 1
        times[row] += 1
      }
    }
    let seen = times.indices.filter { times[$0] > 0 }
    guard let brier = mean(seen.map { squares[$0] / times[$0] }),
      let error = mean(seen.map { wrong[$0] / times[$0] })
    else { return nil }
    (self.brier, self.error) = (brier, error)
  }
}

/// Mean error over all pairs of a prediction and an outcome, as if they were independent.
enum NoInformation {
  static func brier(_ probabilities: [Double], positives: [Bool]) -> Double {
    let n = Double(positives.count)
    let share = Double(positives.count { $0 }) / n
    return probabilities.reduce(0) { $0 + share * (1 - $1) * (1 - $1) + (1 - share) * $1 * $1 } / n
  }

  static func error(_ probabilities: [Double], positives: [Bool]) -> Double {
    let n = Double(positives.count)
    let share = Double(positives.count { $0 }) / n
    let called = Double(probabilities.count { $0 >= 0.5 }) / n
    return share * (1 - called) + (1 - share) * called
  }
}
