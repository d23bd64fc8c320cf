import Statistics

extension Measure {
  package static let noInformationRate = Measure(
    "no_information_rate", label: "No-information rate", explanation: "share of the commoner outcome",
    values: { measured in
      [
        Value(
          measured.classification.noInformationRate, by: "share of the commoner outcome",
          orElse: "there are no cases")
      ]
    })

  package static let noInformationP = Measure(
    "no_information_p", label: "Accuracy above no-information rate, p",
    explanation: "one-sided exact binomial test that accuracy is no better than the no-information rate",
    isPValue: true,
    values: { measured in
      [
        Value(
          measured.classification.noInformationP,
          by: "exact binomial, one-sided"
            + (measured.clusters == nil ? "" : ", effective numbers (Rao-Scott)"),
          orElse: "there are no cases")
      ]
    })
}
