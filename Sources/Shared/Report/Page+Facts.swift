extension Page {
  /// What is needed to compute the same numbers again.
  static func facts(of report: StudyReport) -> [Fact] {
    study(report.study) + software(report.software)
      + (report.scope == .study ? features(report.featureSet) : []) + (report.times.map(times) ?? [])
  }

  private static func study(_ study: StudyReport.Study) -> [Fact] {
    [
      Fact(term: "Study", value: study.name, isCode: true),
      Fact(term: "Seed", value: String(study.seed), isCode: true),
      Fact(term: "Split", value: study.split, isCode: false),
      Fact(term: "Bootstrap replicates", value: PageNumber.count(study.replicates), isCode: false),
      Fact(term: "Configuration, SHA-256", value: study.configurationDigest, isCode: true),
      Fact(term: "Job key", value: study.jobKey, isCode: true),
    ]
  }

  private static func software(_ software: StudyReport.Software) -> [Fact] {
    [
      Fact(term: "Trabecula", value: software.trabecula, isCode: false),
      Fact(term: "Feature extractor", value: software.extractor, isCode: false),
      Fact(
        term: "Feature definitions", value: "PyRadiomics \(software.pyRadiomicsConvention)", isCode: false),
    ]
  }

  private static func features(_ set: StudyReport.FeatureSet) -> [Fact] {
    [
      Fact(term: "Features a case", value: PageNumber.count(set.count), isCode: false),
      Fact(term: "Image types", value: set.imageTypes.joined(separator: ", "), isCode: false),
      Fact(term: "Deep weights", value: set.deepWeights ?? "none", isCode: false),
      Fact(term: "Feature set, SHA-256", value: set.digest, isCode: true),
    ]
  }

  private static func times(_ times: StudyReport.Times) -> [Fact] {
    var facts = [Fact(term: "Written", value: times.generatedAt, isCode: false)]
    if let seconds = times.extractionSeconds {
      facts.append(
        Fact(term: "Extraction, sum of tasks", value: PageNumber.duration(seconds), isCode: false))
    }
    if let seconds = times.bootstrapSeconds {
      facts.append(
        Fact(term: "Bootstrap, sum of tasks", value: PageNumber.duration(seconds), isCode: false))
    }
    return facts
  }
}
