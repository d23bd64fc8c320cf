extension StudyReport.Checklist {
  /// CheckList for EvaluAtion of Radiomics research (Kocak et al. 2023): 58 items, titles in our words.
  static func clear(_ a: ChecklistAnswers) -> Self {
    Self(
      name: "CLEAR", source: "Kocak et al., Insights Imaging 2023;14:75, doi 10.1186/s13244-023-01415-8",
      questions: clearBackground(a) + clearData(a) + clearModels(a) + clearResults(a))
  }

  private static func clearBackground(_ a: ChecklistAnswers) -> [Question] {
    [
      ("1", "Title names the radiomic method", nil),
      ("2", "Structured abstract", nil),
      ("3", "Keywords", nil),
      ("4", "Scientific or clinical background", nil),
      ("5", "Why radiomics", nil),
      ("6", "Objectives", nil),
      ("7", "Guidelines followed", ("This table, METRICS and TRIPOD+AI below.", "checklists")),
      ("8", "Ethics", nil),
      ("9", "Sample size", a.sampleSize),
      ("10", "Retrospective or prospective", nil),
      ("11", "Eligibility", nil),
      ("12", "Flow of the technical pipeline", a.selection),
    ]
  }

  private static func clearData(_ a: ChecklistAnswers) -> [Question] {
    [
      ("13", "Source of the data", nil),
      ("14", "Overlap of data", a.overlap),
      ("15", "Data split", a.dataPartition),
      ("16", "Imaging protocol", nil),
      ("17", "Non-radiomic predictors", a.clinicalPredictors),
      ("18", "Reference standard", nil),
      ("19", "Segmentation strategy", nil),
      ("20", "Who segmented", nil),
      ("21", "Image preprocessing", a.preprocessing),
      ("22", "Resampling", a.resampling),
      ("23", "Discretisation", a.parameter(["binWidth", "binCount"])),
      ("24", "Image types", a.imageTypes),
      ("25", "Extraction software", a.extraction),
      ("26", "Feature classes", a.parameter(["classes", "featureClass"])),
      ("27", "Number of features", a.featureCount),
      ("28", "Remaining parameters", a.preprocessing),
    ]
  }

  private static func clearModels(_ a: ChecklistAnswers) -> [Question] {
    [
      ("29", "Missing data", a.missingValues),
      ("30", "Class imbalance", a.imbalance),
      ("31", "Reliability of segmentation", a.reliability),
      ("32", "Feature scaling", a.scaling),
      ("33", "Dimension reduction", a.selection),
      ("34", "Algorithm", a.algorithm),
      ("35", "Training and tuning", a.algorithm),
      ("36", "Confounders", nil),
      ("37", "Choice of the model", nil),
      ("38", "Internal and external testing", a.validation),
      ("39", "Performance measures", a.measures),
      ("40", "Uncertainty", a.uncertainty),
      ("41", "Statistical comparison", a.comparison),
      ("42", "Methods: non-radiomic and combined models", a.nonRadiomicModels),
      ("43", "Interpretability", a.equation),
    ]
  }

  private static func clearResults(_ a: ChecklistAnswers) -> [Question] {
    [
      ("44", "Baseline characteristics", a.baseline),
      ("45", "Flow of eligible cases", a.participants),
      ("46", "Feature statistics", a.featureStatistics),
      ("47", "Performance", a.performance),
      ("48", "Results: non-radiomic and combined models", a.nonRadiomicPerformance),
      ("49", "Main findings", nil),
      ("50", "Earlier work", nil),
      ("51", "Practical implications", nil),
      ("52", "Strengths and limitations", nil),
      ("53", "Sharing of images and masks", nil),
      ("54", "Sharing of features", nil),
      ("55", "Sharing of preprocessing settings", a.preprocessing),
      ("56", "Sharing of modelling code", a.versions),
      ("57", "Sharing of the final model", a.equation),
      ("58", "Ready-to-use system", nil),
    ]
  }
}
