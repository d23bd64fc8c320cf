import Modelling

extension StudyReport.Checklist {
  /// TRIPOD+AI (Collins et al. 2024): 27 items with their parts, titles in our words.
  static func tripod(_ a: ChecklistAnswers) -> Self {
    Self(
      name: "TRIPOD+AI", source: "Collins et al., BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378",
      questions: tripodBackground(a) + tripodMethods(a) + tripodAnalysis(a) + tripodResults(a))
  }

  private static func tripodBackground(_ a: ChecklistAnswers) -> [Question] {
    [
      ("1", "Title", nil), ("2", "Abstract", nil), ("3a", "Healthcare context", nil),
      ("3b", "Target population and use", nil), ("3c", "Known inequalities", nil), ("4", "Objectives", nil),
    ]
  }

  private static func tripodMethods(_ a: ChecklistAnswers) -> [Question] {
    [
      ("5a", "Sources of data", nil), ("5b", "Dates", nil),
      ("6a", "Setting", a.multiCentre), ("6b", "Eligibility", nil), ("6c", "Treatments", nil),
      ("7", "Preparation of data", a.preprocessing),
      ("8a", "Outcome", nil), ("8b", "Who assessed the outcome", nil), ("8c", "Blinding", nil),
      ("9a", "Choice of predictors", a.featureCount), ("9b", "Definition of predictors", a.extraction),
      ("9c", "Who assessed predictors", nil),
      ("10", "Sample size", a.sampleSize), ("11", "Missing data", a.missingValues),
    ]
  }

  private static func tripodAnalysis(_ a: ChecklistAnswers) -> [Question] {
    [
      ("12a", "Use of the data, partition", a.dataPartition),
      ("12b", "Handling of predictors", a.scaling),
      ("12c", "Model type, building, internal validation", a.validation ?? a.algorithm),
      ("12d", "Differences between clusters", a.heterogeneity),
      ("12e", "Performance measures and plots", a.measures),
      ("12f", "Model updating", nil),
      ("12g", "How predictions were calculated", a.equation),
      ("13", "Class imbalance", a.imbalance),
      ("14", "Fairness", nil),
      ("15", "Output of the model", a.cutoff),
      ("16", "Differences between training and evaluation", nil),
      ("17", "Ethics", nil),
      ("18a", "Funding", nil), ("18b", "Conflicts of interest", nil), ("18c", "Protocol", nil),
      ("18d", "Registration", nil), ("18e", "Data sharing", nil), ("18f", "Code sharing", a.versions),
      ("19", "Patient and public involvement", nil),
    ]
  }

  private static func tripodResults(_ a: ChecklistAnswers) -> [Question] {
    [
      ("20a", "Flow of participants", a.participants), ("20b", "Characteristics", a.baseline),
      ("20c", "Training against evaluation", a.trainingAgainstEvaluation),
      ("21", "Participants and events in each analysis", a.denominators),
      ("22", "The full model", a.equation),
      ("23a", "Performance with intervals", a.performance),
      ("23b", "Performance by cluster", a.heterogeneity),
      ("24", "Results of updating", nil),
      ("25", "Interpretation", nil), ("26", "Limitations", nil),
      ("27a", "Poor or missing input at use", a.missingValues), ("27b", "Interaction with users", nil),
      ("27c", "Next steps", nil),
    ]
  }
}

extension ChecklistAnswers {
  var cutoff: Answer? {
    let rows = report.models.compactMap { model in
      model.cutoff.map { "\(model.name): \(PageNumber.fixed($0.probability)), \($0.rule)" }
    }
    return rows.isEmpty ? risks : ("Probability; cut-off \(rows.joined(separator: "; ")).", "models")
  }

  var denominators: Answer? {
    let rows = report.models.flatMap { model in
      EvaluationOrder.cohorts.compactMap { cohort in
        model.metric(discrimination, in: cohort).map {
          "\(model.name), \(PageText.heading(of: cohort).lowercased()): \($0.count) cases, \($0.positives) "
            + (report.survival == nil ? "positive" : "with the event")
        }
      }
    }
    return rows.isEmpty ? nil : (rows.joined(separator: "; ") + ".", "performance")
  }
}
