import Modelling
import Statistics

/// Predictions of a cohort or of one of its sites, with what several measures are computed from.
package struct MeasuredPredictions: Sendable {
  package let part: PartPredictions
  /// Cases of one subject; `nil` where each case is of another.
  package let clusters: Clusters?
  package let evaluation: Evaluation
  package let classification: Classification
  /// `nil` for a site, and where cases or controls are missing.
  package let resampled: ResampledMeasures?
  private let seed: UInt64

  /// - Parameter resampled: intervals over resamples of the same seed; `nil` leaves them out.
  package init(_ part: PartPredictions, seed: UInt64, resampled: ResampledMeasures?) {
    self.part = part
    let clusters = part.clusters
    self.clusters = clusters
    self.resampled = resampled
    self.seed = seed
    evaluation = Evaluation(
      part.probabilities, positives: part.positives, calls: part.calls, name: "", clusters: clusters,
      seed: seed, replicates: resampled == nil ? 0 : 2_000)
    // Intervals come from the resamples above, which are the same.
    classification = Classification(
      calls: part.calls, positives: part.positives, clusters: clusters, seed: seed, replicates: 0)
  }

  /// Every value of every measure, in the order of the measures.
  package func metrics(of measures: [Measure] = Measure.all) -> [StudyReport.Metric] {
    measures.flatMap { measure in measure.values(self).map { metric(measure, $0, site: nil) } }
  }

  /// One value of each measure that is told site by site.
  func metrics(at site: String) -> [StudyReport.Metric] {
    Measure.all.compactMap { measure in measure.valueAtSite.map { metric(measure, $0(self), site: site) } }
  }

  private func metric(_ measure: Measure, _ value: Measure.Value, site: String?) -> StudyReport.Metric {
    StudyReport.Metric(
      name: measure, cohort: part.cohort, site: site, estimate: value.estimate, lower: value.interval?.lower,
      upper: value.interval?.upper, method: value.method, count: evaluation.rows, positives: evaluation.cases,
      undefinedReason: value.estimate == nil ? value.reason : nil)
  }
}

// MARK: What measures share

extension MeasuredPredictions {
  /// Percentiles of any statistic over the resamples that all measures use; `nil` for a site, or where none defines it.
  /// - Parameter statistic: of the rows drawn, which index `part`; `nil` where it is not defined.
  package func percentileInterval(of statistic: ([Int]) -> Double?) -> Interval? {
    guard resampled != nil else { return nil }
    return Interval(resampling: part.positives, clusters: clusters, seed: seed, statistic)
  }

  package var percentile: String { IntervalMethod.bootstrap("percentile", clusters) }
  package var accelerated: String { IntervalMethod.bootstrap("BCa", clusters) }

  /// Why a measure that needs both outcomes has no value.
  package var gap: String {
    switch evaluation.gap {
    case .noRows: "there are no cases"
    case .noCases: "no case has the outcome"
    case .noControls: "every case has the outcome"
    case nil: "undefined"
    }
  }
}

/// Names of methods; those that allow for several images of a subject say so.
enum IntervalMethod {
  static let obuchowski = "clustered (Obuchowski)"

  static func deLong(_ clusters: Clusters?, onLogit: Bool) -> String {
    "DeLong" + (onLogit ? ", logit" : "") + (clusters == nil ? "" : ", \(obuchowski)")
  }

  static func bootstrap(_ kind: String, _ clusters: Clusters?) -> String {
    (clusters == nil ? "stratified bootstrap, " : "cluster bootstrap, ") + kind
  }

  static func sandwich(_ method: String, _ clusters: Clusters?) -> String {
    method + (clusters == nil ? "" : ", sandwich over subjects")
  }
}
