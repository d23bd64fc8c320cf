extension StudyReport.Checklist {
  /// PROBAST+AI (Moons et al. 2025), by its two parts and four domains: what this study says to each. Its signalling questions
  /// (16 of development, 18 of evaluation) and every judgement are the reader's.
  static func probast(_ a: ChecklistAnswers) -> Self {
    Self(
      name: "PROBAST+AI",
      source:
        "Moons et al., BMJ 2025;388:e082505, doi 10.1136/bmj-2024-082505. Facts by part and domain, numbered by us; "
        + "quality, risk of bias and applicability are for a reader to judge",
      questions: [
        ("D1", "Development: participants and data sources", a.participants),
        ("D2", "Development: predictors", a.joined(a.extraction, a.featureCount, a.clinicalPredictors)),
        ("D3", "Development: outcome", nil),
        (
          "D4", "Development: analysis",
          a.joined(a.sampleSize, a.missingValues, a.selection, a.imbalance, a.audit)
        ),
        ("DA", "Development: applicability", nil),
        (
          "E1", "Evaluation: participants and data sources",
          a.joined(a.dataPartition, a.externalTesting, a.overlap)
        ),
        ("E2", "Evaluation: predictors", a.joined(a.extraction, a.scaling)),
        ("E3", "Evaluation: outcome", nil),
        (
          "E4", "Evaluation: analysis",
          a.joined(a.validation, a.denominators, a.calibration, a.uncertainty, a.heterogeneity)
        ),
        ("EA", "Evaluation: applicability", nil),
      ])
  }
}

extension ChecklistAnswers {
  /// Several answers as one, in the section of the first; `nil` without any.
  func joined(_ answers: Answer?...) -> Answer? {
    let given = answers.compactMap(\.self)
    guard let first = given.first else { return nil }
    return (given.map(\.text).joined(separator: " "), first.section)
  }
}
