import Statistics

extension Measure {
  package static let f1 = Measure(
    "f1", label: "F1 score", explanation: "harmonic mean of sensitivity and PPV",
    values: { measured in
      [
        Value(
          measured.classification.f1, measured.resampled?.f1, by: measured.percentile,
          orElse: "nothing is, or is called, positive")
      ]
    })
}
