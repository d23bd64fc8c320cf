extension StudyReport.Checklist {
  /// METhodological RadiomICs Score (Kocak et al. 2024): 30 items, titles in our words; the score itself is the
  /// authors' to give.
  static func metrics(_ a: ChecklistAnswers) -> Self {
    Self(
      name: "METRICS", source: "Kocak et al., Insights Imaging 2024;15:8, doi 10.1186/s13244-023-01572-w",
      questions: metricsData(a) + metricsModels(a))
  }

  private static func metricsData(_ a: ChecklistAnswers) -> [Question] {
    [
      ("1", "Guideline or checklist used", ("CLEAR and TRIPOD+AI on this page.", "checklists")),
      ("2", "Eligibility gives a representative sample", nil),
      ("3", "Sound reference standard", nil),
      ("4", "Several centres", a.multiCentre),
      ("5", "Imaging of clinical practice", nil),
      ("6", "Imaging protocol", nil),
      ("7", "Time between imaging and reference", nil),
      ("8", "Segmentation described", nil),
      ("9", "Automatic segmentation evaluated", nil),
      ("10", "Test masks by one reader or tool", nil),
      ("11", "Preprocessing described", a.preprocessing),
      ("12", "Standardised extraction software", a.extraction),
      ("13", "Extraction parameters", a.preprocessing),
      ("14", "Removal of features that do not repeat", a.robustness),
      ("15", "Removal of redundant features", a.selection),
      ("16", "Features against subjects", a.dimensionality),
      ("17", "Robustness of end-to-end deep learning", nil),
    ]
  }

  private static func metricsModels(_ a: ChecklistAnswers) -> [Question] {
    [
      ("18", "Proper data partition", a.audit ?? a.dataPartition),
      ("19", "Confounding", nil),
      ("20", "Fitting performance measures", a.measures),
      ("21", "Uncertainty", a.uncertainty),
      ("22", "Calibration", a.calibration),
      ("23", "One imaging parameter, or proof that more are needed", nil),
      ("24", "Comparison with a non-radiomic approach", a.nonRadiomicComparison),
      ("25", "Comparison with simple models", a.simplerModels),
      ("26", "Internal testing", a.validation),
      ("27", "External testing", a.externalTesting),
      ("28", "Data available", nil),
      ("29", "Code available", a.versions),
      ("30", "Model available", a.equation),
    ]
  }
}
