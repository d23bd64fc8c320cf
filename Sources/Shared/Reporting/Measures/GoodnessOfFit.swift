import Modelling
import Statistics

/// Hosmer and Lemeshow's test and Spiegelhalter's, each with its statistic and its p-value.
extension Measure {
  package static let hosmerLemeshowStatistic = Measure(
    "hosmer_lemeshow_chi2", label: "Hosmer-Lemeshow χ²",
    explanation:
      "Hosmer and Lemeshow (1980), ten groups between type-7 quantiles, groups − 2 degrees of freedom",
    values: { measured in
      let test = measured.hosmerLemeshow
      return [
        Value(
          test?.statistic,
          by: "\(test?.groups.count ?? 10) groups, \(Int(test?.degrees ?? 8)) degrees of freedom",
          orElse: tooFewGroups)
      ]
    })

  package static let hosmerLemeshowP = Measure(
    "hosmer_lemeshow_p", label: "Hosmer-Lemeshow p", explanation: "its p-value by the χ² distribution",
    isPValue: true,
    values: { [Value($0.hosmerLemeshow?.p, by: "χ²", orElse: tooFewGroups)] })

  package static let spiegelhalterZ = Measure(
    "spiegelhalter_z", label: "Spiegelhalter z", explanation: "Spiegelhalter (1986)",
    values: { [Value($0.spiegelhalter?.z, by: "", orElse: noVariance)] })

  package static let spiegelhalterP = Measure(
    "spiegelhalter_p", label: "Spiegelhalter p", explanation: "its p-value by the normal distribution",
    isPValue: true,
    values: { [Value($0.spiegelhalter?.p, by: "normal", orElse: noVariance)] })

  private static let tooFewGroups = "the predictions make fewer than three groups"
  private static let noVariance = "every prediction is 0, 0.5 or 1"
}

extension MeasuredPredictions {
  fileprivate var hosmerLemeshow: HosmerLemeshow? {
    HosmerLemeshow(part.probabilities, positives: part.positives)
  }

  fileprivate var spiegelhalter: SpiegelhalterTest? {
    SpiegelhalterTest(part.probabilities, positives: part.positives)
  }
}
