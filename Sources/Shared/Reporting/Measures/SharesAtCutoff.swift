import Modelling
import Statistics

/// Shares of calls at the cut-off that are right, among the cases that a condition picks.
extension Measure {
  package static let sensitivity = share(
    "sensitivity", label: "Sensitivity",
    explanation: "share of the cases with the outcome that are called positive",
    \.evaluation.confusion.sensitivity, resampled: \.sensitivity, orElse: "no case has the outcome"
  ) { $0.isPositive }

  package static let specificity = share(
    "specificity", label: "Specificity",
    explanation: "share of the cases without the outcome that are called negative",
    \.evaluation.confusion.specificity, resampled: \.specificity, orElse: "every case has the outcome"
  ) { !$0.isPositive }

  package static let positivePredictiveValue = share(
    "ppv", label: "Positive predictive value",
    explanation: "share of the cases called positive that have the outcome",
    \.evaluation.confusion.positivePredictiveValue, resampled: \.positivePredictiveValue,
    orElse: "no case is called positive"
  ) { $0.isCalled }

  package static let negativePredictiveValue = share(
    "npv", label: "Negative predictive value",
    explanation: "share of the cases called negative that lack the outcome",
    \.evaluation.confusion.negativePredictiveValue, resampled: \.negativePredictiveValue,
    orElse: "no case is called negative"
  ) { !$0.isCalled }

  package static let accuracy = share(
    "accuracy", label: "Accuracy", explanation: "share of the cases that are called as they are",
    \.evaluation.confusion.accuracy, resampled: \.accuracy, orElse: "there are no cases"
  ) { _ in true }

  private typealias Call = (isCalled: Bool, isPositive: Bool)

  /// Wilson's interval, Clopper and Pearson's, and the bootstrap's; at a site Wilson's.
  private static func share(
    _ key: String, label: String, explanation: String,
    _ proportion: any KeyPath<MeasuredPredictions, Proportion> & Sendable,
    resampled: any KeyPath<ResampledMeasures, Interval?> & Sendable, orElse reason: String,
    of isCounted: @escaping @Sendable (Call) -> Bool
  ) -> Measure {
    Measure(
      key, label: label, explanation: explanation,
      atSite: { wilson($0[keyPath: proportion], $0.clustered(isCounted), orElse: reason) },
      values: { measured in
        let (share, clustered) = (measured[keyPath: proportion], measured.clustered(isCounted))
        return [
          wilson(share, clustered, orElse: reason),
          Value(
            share.estimate, clustered?.exactInterval() ?? share.exactInterval(),
            by: "Clopper-Pearson" + (clustered == nil ? "" : ", effective numbers (Rao-Scott)"),
            orElse: reason),
          Value(
            share.estimate, measured.resampled?[keyPath: resampled], by: measured.percentile, orElse: reason),
        ]
      })
  }

  private static func wilson(
    _ share: Proportion, _ clustered: ClusteredProportion?, orElse reason: String
  ) -> Value {
    Value(
      share.estimate, clustered?.wilsonInterval() ?? share.wilsonInterval(),
      by: "Wilson" + (clustered == nil ? "" : ", clustered (Rao-Scott)"), orElse: reason)
  }
}

extension MeasuredPredictions {
  /// The share of cases that are called as they are, among those that a condition picks; `nil` where no two of the cases
  /// that it counts are of one subject.
  fileprivate func clustered(
    _ isCounted: ((isCalled: Bool, isPositive: Bool)) -> Bool
  ) -> ClusteredProportion? {
    guard let clusters else { return nil }
    let rows = part.calls.indices.filter { isCounted((part.calls[$0], part.positives[$0])) }
    return ClusteredProportion(
      rows.map { part.calls[$0] == part.positives[$0] }, clusters: clusters.selecting(rows))
  }
}
