import Statistics

/// A measure that this program does not know.
extension Measure {
  package static let balancedAccuracy = Measure(
    "balanced_accuracy", label: "Balanced accuracy", explanation: "mean of sensitivity and specificity",
    values: { measured in
      let confusion = measured.evaluation.confusion
      let shares = [confusion.sensitivity.estimate, confusion.specificity.estimate].compactMap(\.self)
      return [
        Value(shares.count == 2 ? (shares[0] + shares[1]) / 2 : nil, by: "plain", orElse: "a class is empty")
      ]
    })
}
