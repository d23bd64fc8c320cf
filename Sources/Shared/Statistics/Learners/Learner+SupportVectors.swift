import CLearners
import ElementaryFunctions

extension Learner {
  /// Cost of a row on the wrong side, and the tolerance of the optimiser.
  private static let (cost, tolerance) = (1.0, 0.001)

  /// The kernel is computed here, so that libsvm calls no exponential function, whose bits depend on the machine.
  func supportVectorScores(_ rows: LearnerRows, _ positives: [Bool], _ others: LearnerRows) -> [Double]? {
    let outcomes = positives.map { $0 ? UInt8(1) : 0 }
    let kernel = RadialKernel(rows)
    guard
      let machine = unsafe learner_svm_fit(
        kernel.ownSimilarities, outcomes, rows.count, Self.cost, Self.tolerance)
    else { return nil }
    defer { unsafe learner_svm_free(machine) }
    let scores = (0..<others.count).map {
      unsafe learner_svm_score(machine, kernel.similarities(to: others, $0))
    }
    return scores.allSatisfy(\.isFinite) ? scores : nil
  }
}

/// `exp(-γ ‖x - y‖²)` with γ one over the number of predictors.
private struct RadialKernel {
  let rows: LearnerRows

  init(_ rows: LearnerRows) { self.rows = rows }

  /// With each of the rows.
  func similarities(to others: LearnerRows, _ index: Int) -> [Double] {
    (0..<rows.count).map { similarity(others, index, to: $0) }
  }

  /// Of each row with each, row by row.
  var ownSimilarities: [Double] {
    var values = [Double](repeating: 1, count: rows.count * rows.count)
    for row in 0..<rows.count {
      for other in 0..<row {
        let value = similarity(rows, row, to: other)
        values[row * rows.count + other] = value
        values[other * rows.count + row] = value
      }
    }
    return values
  }

  private func similarity(_ others: LearnerRows, _ index: Int, to row: Int) -> Double {
    var square = 0.0
    for column in 0..<rows.columns {
      let distance = others.values[index * rows.columns + column] - rows.values[row * rows.columns + column]
      square += distance * distance
    }
    return Elementary.exp(-square / Double(rows.columns))
  }
}
