// A replicate only counts how often each distinct score was drawn among cases and among controls, and sweeps the
// counts once: 1,000 replicates of 105 rows take about 1 ms.

import LinearAlgebra

/// AUCs of resamples drawn with replacement within controls (stratum 0) and cases (stratum 1), rows in order.
package struct StratifiedBootstrap: Equatable, Sendable {
  package let auc: Double
  /// The AUC of each replicate, in order.
  package let replicates: [Double]
  private let jackknife: (controls: [Double], cases: [Double])

  package static func == (a: Self, b: Self) -> Bool { a.auc == b.auc && a.replicates == b.replicates }

  /// - Returns: `nil` when cases or controls are missing.
  package init?(_ scores: [Double], positives: [Bool], replicates count: Int = 2_000, seed: UInt64) {
    guard let auc = areaUnderCurve(scores, positives: positives) else { return nil }
    self.auc = auc
    let groups = ScoreGroups(scores)
    let controls = positives.indices.filter { !positives[$0] }.map { groups.group[$0] }
    let cases = positives.indices.filter { positives[$0] }.map { groups.group[$0] }
    var sweep = groups.sweep
    replicates = (0..<count).map { replicate in
      sweep.clear()
      var stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: 0)
      for _ in controls { sweep.controls[controls[stream.index(below: controls.count)]] += 1 }
      stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: 1)
      for _ in cases { sweep.cases[cases[stream.index(below: cases.count)]] += 1 }
      return sweep.auc
    }
    jackknife = Self.jackknife(groups: groups, controls: controls, cases: cases)
  }

  /// Type-7 percentiles of the replicates.
  package func percentileInterval(confidence: Double = 0.95) -> Interval? {
    Interval(percentilesOf: replicates, confidence: confidence)
  }

  /// Bias-corrected and accelerated interval (Efron 1987), ties with the estimate counting one half in the bias, the
  /// acceleration from the jackknife within strata; `nil` where every replicate lies on one side.
  package func acceleratedInterval(confidence: Double = 0.95) -> Interval? {
    Interval(
      acceleratedFor: auc, replicates: replicates, acceleration: acceleration, confidence: confidence)
  }

  /// `Σₛ Σ l³/nₛ³ / (6 (Σₛ Σ l²/nₛ²)^(3/2))` over strata `s` with influences `l = (nₛ - 1)(mean - jackknife)`.
  package var acceleration: Double {
    var (cubes, squares) = (0.0, 0.0)
    for values in [jackknife.controls, jackknife.cases] {
      let n = Double(values.count)
      let center = mean(values.span)
      for value in values {
        let influence = (n - 1) * (center - value)
        cubes += influence * influence * influence / (n * n * n)
        squares += influence * influence / (n * n)
      }
    }
    return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
  }

  /// The AUC without each control and without each case.
  private static func jackknife(
    groups: ScoreGroups, controls: [Int], cases: [Int]
  ) -> (controls: [Double], cases: [Double]) {
    var sweep = groups.sweep
    for group in controls { sweep.controls[group] += 1 }
    for group in cases { sweep.cases[group] += 1 }
    let withoutControl = controls.map { group in
      sweep.controls[group] -= 1
      defer { sweep.controls[group] += 1 }
      return sweep.auc
    }
    let withoutCase = cases.map { group in
      sweep.cases[group] -= 1
      defer { sweep.cases[group] += 1 }
      return sweep.auc
    }
    return (withoutControl, withoutCase)
  }
}

/// Rows grouped by equal score, groups in ascending order.
private struct ScoreGroups {
  let group: [Int]
  let count: Int

  init(_ scores: [Double]) {
    var group = [Int](repeating: 0, count: scores.count)
    var last = -1
    var previous = Double.nan
    for index in ascendingOrder(of: scores) {
      if scores[index] != previous { last += 1 }
      previous = scores[index]
      group[index] = last
    }
    self.group = group
    count = last + 1
  }

  var sweep: GroupSweep {
    GroupSweep(controls: [Int32](repeating: 0, count: count), cases: [Int32](repeating: 0, count: count))
  }
}

/// Numbers of controls and cases at each distinct score.
private struct GroupSweep {
  var controls: [Int32]
  var cases: [Int32]

  mutating func clear() {
    for group in controls.indices {
      controls[group] = 0
      cases[group] = 0
    }
  }

  /// NaN when a class is empty.
  var auc: Double {
    var (below, positives, doubled) = (0, 0, 0)
    for group in controls.indices {
      let (control, positive) = (Int(controls[group]), Int(cases[group]))
      doubled += positive * (2 * below + control)
      below += control
      positives += positive
    }
    return Double(doubled) / (2 * Double(below) * Double(positives))
  }
}
