extension Page {
  /// The page of a report.
  /// - Parameters:
  ///   - figures: drawn panels, by figure.
  ///   - files: what lies beside the page, for its list of links.
  init(_ report: StudyReport, figures: [FigureSection], files: [FileRow]) {
    title = report.study.title
    studyName = report.study.name
    outcome = report.study.outcome
    summary = Self.summary(of: report)
    headlines = report.models.map { Self.headline(of: $0, in: report) }
    warnings = Self.notices(of: report)
    flow = Flow(report.cohort)
    sites = report.cohort.perSite.map { SiteRow($0) }
    siteTotal = SiteRow(totalOf: report.cohort)
    exclusions = report.exclusions.map { ExclusionRow($0) }
    duplicates = report.duplicates.map { DuplicateRow($0) }
    modelNames = report.models.map(\.name)
    performance = PerformanceGroup.all(of: report)
    comparisons = report.comparisons.map { ComparisonRow($0) }
    perSite = SitePerformanceGroup.all(of: report)
    self.figures = figures
    models = report.models.enumerated().map { ModelSection($0.element, number: $0.offset + 1) }
    facts = Self.facts(of: report)
    parameters = report.featureSet.parameters.map { Fact(term: $0.name, value: $0.value, isCode: true) }
    self.files = files
    style = PageStyle.css
  }

  private static func summary(of report: StudyReport) -> [String] {
    let cohort = report.cohort
    let cases = cohort.cases
    let fate =
      cases.submitted == cases.done
      ? "all were used"
      : "\(PageNumber.count(cases.done)) were used (\(PageNumber.count(cases.failed)) failed, "
        + "\(PageNumber.count(cases.excluded)) excluded; each is listed below)"
    let parts =
      cohort.test > 0
      ? "\(PageNumber.count(cohort.training)) subjects trained the models and "
        + "\(PageNumber.count(cohort.test)) were kept apart to test them (\(report.study.split))."
      : "All \(PageNumber.count(cohort.training)) subjects trained the models; there is no test part "
        + "(\(report.study.split))."
    return [
      "This study predicts \(report.study.outcome). Of \(PageNumber.count(cases.submitted, "case")) "
        + "submitted by \(PageNumber.count(cohort.perSite.count, "site")), \(fate). The cases used come from "
        + "\(PageNumber.count(cohort.subjects, "subject")), \(PageNumber.count(cohort.positives)) of whom "
        + "have the outcome. \(parts)"
    ]
  }

  private static func headline(of model: StudyReport.Model, in report: StudyReport) -> Headline {
    var parts = ["\(PageNumber.count(model.features.count, "feature"))"]
    if let bootstrap = model.bootstrap {
      parts.append(
        "AUC \(PageNumber.interval(bootstrap.auc632Plus)) by the .632+ bootstrap, "
          + "\(PageNumber.interval(bootstrap.outOfBag)) out of bag "
          + "(\(PageNumber.count(bootstrap.replicates, "replicate")) of the whole pipeline)")
    }
    if let test = model.metric(.auc, in: .test) {
      let cases = "\(PageNumber.count(test.count, "case")), \(PageNumber.count(test.positives)) positive"
      parts.append("AUC \(PageNumber.interval(test.interval)) in the test part (\(cases))")
    } else if let training = model.metric(.auc, in: .training) {
      parts.append("apparent AUC \(PageNumber.interval(training.interval)) in the training part")
    }
    return Headline(model: model.name, text: parts.joined(separator: "; ") + ".")
  }

  /// All warnings, each once, with everything it applies to.
  private static func notices(of report: StudyReport) -> [Notice] {
    let ofStudy = report.warnings.map { Notice(subject: "Study", message: $0.message) }
    let ofFeatures = report.featureSet.notes.map { Notice(subject: "Features", message: $0) }
    let ofModels = report.models.flatMap { model in
      model.warnings.map { Notice(subject: model.name, message: $0.message) }
    }
    return (ofStudy + ofFeatures + ofModels).reduce(into: []) { notices, notice in
      if let known = notices.firstIndex(where: { $0.message == notice.message }) {
        notices[known].subject += ", \(notice.subject)"
      } else {
        notices.append(notice)
      }
    }
  }
}
