import Modelling
import Statistics

/// A measure of predictions: what reports call it, what it says, and how it is computed.
///
/// A new measure is a file like those beside this one, and its name in `Measure.all`. The report, its page and tables,
/// the summary for a terminal and the checklists take it from there.
package struct Measure: Sendable {
  /// One estimate of the measure. A measure with several intervals has a value for each, the one to show first.
  package struct Value: Sendable {
    package var estimate: Double?
    package var interval: Interval?
    /// How the interval, or else the estimate, was made: `Wilson`.
    package var method: String
    /// Why there is no estimate, where there is none.
    package var reason: String

    package init(_ estimate: Double?, _ interval: Interval? = nil, by method: String, orElse reason: String) {
      (self.estimate, self.interval, self.method, self.reason) = (estimate, interval, method, reason)
    }
  }

  /// Its name in `report.json` and `metrics.csv`: `ppv`.
  package let key: String
  /// Its name on the page: `Positive predictive value`.
  package let label: String
  /// What it says, as Documentation/report.md has it.
  package let explanation: String
  /// Printed as a p-value, `< 0.001` where it is small.
  package let isPValue: Bool
  /// The values of a cohort; none of a measure that compares two models.
  package let values: @Sendable (MeasuredPredictions) -> [Value]
  /// The one value that a site's small numbers allow; `nil` for a measure that is not told site by site.
  package let valueAtSite: (@Sendable (MeasuredPredictions) -> Value)?

  package init(
    _ key: String, label: String, explanation: String, isPValue: Bool = false,
    atSite valueAtSite: (@Sendable (MeasuredPredictions) -> Value)? = nil,
    values: @escaping @Sendable (MeasuredPredictions) -> [Value]
  ) {
    self.key = key
    self.label = label
    self.explanation = explanation
    self.isPValue = isPValue
    self.values = values
    self.valueAtSite = valueAtSite
  }
}

extension Measure {
  /// Every measure, in the order of the report and the page.
  package static let all: [Measure] = [
    .auc, .averagePrecision,
    .sensitivity, .specificity, .positivePredictiveValue, .negativePredictiveValue, .accuracy,
    .noInformationRate, .noInformationP, .f1, .mcc,
    .brier, .scaledBrier, .expectedCalibrationError,
    .calibrationIntercept, .calibrationSlope, .observedOverExpected,
    .hosmerLemeshowStatistic, .hosmerLemeshowP, .spiegelhalterZ, .spiegelhalterP,
    .netReclassification, .integratedDiscrimination,
    .harrellC, .unoC, .areaAtTime, .brierAtTime, .integratedBrier, .observedOverExpectedAtTime,
    .hazardSlope, .logRankP,
  ]
}

/// Measures are told apart by their keys, which stand for them in JSON.
extension Measure: Hashable, Codable, CustomStringConvertible {
  package static func == (first: Measure, second: Measure) -> Bool { first.key == second.key }

  package func hash(into hasher: inout Hasher) { hasher.combine(key) }

  package var description: String { key }

  /// - Throws: `DecodingError` for a key that no measure has.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let key = try container.decode(String.self)
    guard let measure = Self.all.first(where: { $0.key == key }) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "there is no measure '\(key)'")
    }
    self = measure
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(key)
  }
}
