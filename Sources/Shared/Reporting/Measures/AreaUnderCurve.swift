import Modelling
import Statistics

extension Measure {
  /// DeLong's interval on the logit scale and as it is, and the bootstrap's two.
  ///
  /// The logit's comes first: of the two it holds what it promises at a high AUC, too, and it stays within 0 and 1.
  /// An AUC of 0 or 1, or of scores that are all equal, has no interval by these methods: DeLong's variance and
  /// the resamples do not vary.
  package static let auc = Measure(
    "auc", label: "AUC",
    explanation: "probability that a case with the outcome scores higher, ties one half",
    atSite: { $0.deLong[0] },
    values: { measured in
      let auc = measured.evaluation.auc
      let intervals = measured.hasVaryingArea ? (auc?.percentile, auc?.accelerated) : (nil, nil)
      return measured.deLong + [
        Value(auc?.value, intervals.0, by: measured.percentile, orElse: measured.gap),
        Value(auc?.value, intervals.1, by: measured.accelerated, orElse: measured.gap),
      ]
    })
}

extension MeasuredPredictions {
  fileprivate var hasVaryingArea: Bool {
    let isConstant = Set(part.probabilities).count < 2
    return evaluation.auc.map { !isConstant && $0.value > 0 && $0.value < 1 } ?? false
  }

  fileprivate var deLong: [Measure.Value] {
    let auc = evaluation.auc
    guard hasVaryingArea else {
      return [Measure.Value(auc?.value, by: "DeLong (no variance)", orElse: gap)]
    }
    return [(auc?.logitDeLong, true), (auc?.deLong, false)].map { interval, onLogit in
      Measure.Value(
        auc?.value, interval, by: IntervalMethod.deLong(clusters, onLogit: onLogit), orElse: gap)
    }
  }
}
