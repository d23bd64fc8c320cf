import Statistics

extension Measure {
  package static let mcc = Measure(
    "mcc", label: "Matthews correlation", explanation: "correlation of call and outcome (Matthews 1975)",
    values: { measured in
      [
        Value(
          measured.classification.matthews, measured.resampled?.matthews, by: measured.percentile,
          orElse: "outcome or call is constant")
      ]
    })
}
