/// Measures of one model over another, which stand in comparisons only.
extension Measure {
  package static let netReclassification = Measure(
    "nri", label: "Net reclassification",
    explanation:
      "continuous net reclassification improvement, by any change of probability (Pencina et al. 2011)",
    values: { _ in [] })

  package static let integratedDiscrimination = Measure(
    "idi", label: "Integrated discrimination",
    explanation: "integrated discrimination improvement (Pencina et al. 2008)",
    values: { _ in [] })
}
