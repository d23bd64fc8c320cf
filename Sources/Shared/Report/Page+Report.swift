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
    let tested = report.comparisons.filter { $0.cohort != .training }
    comparisons = (tested.isEmpty ? report.comparisons : tested).map { ComparisonRow($0) }
    perSite = SitePerformanceGroup.all(of: report)
    self.figures = figures
    models = report.models.enumerated().map { ModelSection($0.element, number: $0.offset + 1) }
    facts = Self.facts(of: report)
    parameters = (report.featureSet.isTable ? [] : report.featureSet.parameters).map {
      Fact(term: $0.name, value: $0.value, isCode: true)
    }
    self.files = files
    isStudy = report.scope == .study
    kind = isStudy ? "Study report" : "Evaluation of predictions"
    audit = report.audit.map { AuditRow($0) }
    auditSummary = AuditRow.summary(of: report)
    checklists = report.checklists.map { ChecklistSection($0) }
    pooling = PoolingGroup.all(of: report, byFirstMethod: true)
    otherPooling = PoolingGroup.all(of: report, byFirstMethod: false)
    let isTested = report.comparisons.contains { $0.cohort != .training }
    comparisonNote = isTested ? " Those of the training part are in report.json." : ""
    intervals = IntervalRow.all(of: report)
    missing = Self.missing(report.missing)
    leftOut = LeftOutGroup.all(of: report)
    performanceNote =
      leftOut.isEmpty
      ? ""
      : "Each site was held out in turn, so that there is no test part: “Sites left out” has every case as predicted by "
        + "the model that did not know its site. What is said of the training part is apparent performance of the final "
        + "models, fitted to all sites."
    poolingNote =
      leftOut.isEmpty || pooling.isEmpty
      ? ""
      : "“Sites left out” pools what models say that did not know the site; the final models knew all sites, so that "
        + "what is pooled of the training part is apparent, and says nothing of new sites."
    let method = report.models.compactMap(\.bootstrap).map(\.auc632Plus.method).first { !$0.isEmpty }
    intervalNote = method.map { "; the interval of .632+ is the \($0)" } ?? ""
    siteCheck = report.siteCheck.map { [SiteCheckSection($0, of: report)] } ?? []
    hasSites = !(leftOut.isEmpty && pooling.isEmpty && siteCheck.isEmpty)
    style = PageStyle.css
  }

  private static func missing(_ missing: StudyReport.MissingValues?) -> [String] {
    guard let missing else { return [] }
    guard missing.values > 0 else { return ["Every feature of every case used has a finite value."] }
    return [
      "\(PageNumber.count(missing.values, "value")) of \(PageNumber.count(missing.features, "feature")) and "
        + "\(PageNumber.count(missing.cases, "case")) are undefined."
    ] + missing.treatment
  }

  private static func summary(of report: StudyReport) -> [String] {
    let cohort = report.cohort
    guard report.scope == .study else {
      return [
        "\(PageNumber.count(report.models.count, "model")) predicted the outcome of "
          + "\(PageNumber.count(cohort.images, "case")), \(PageNumber.count(cohort.positives)) of them with the "
          + "outcome, at \(PageNumber.count(cohort.perSite.count, "site")). The predictions were made elsewhere: "
          + "how the models were built, and whether their data were kept apart, cannot be told from them."
      ]
    }
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
      : "All \(PageNumber.count(cohort.training)) subjects trained the final models; there is no test part "
        + "(\(report.study.split))."
    return [
      "This study predicts \(report.study.outcome). Of \(PageNumber.count(cases.submitted, "case")) "
        + "submitted by \(PageNumber.count(cohort.perSite.count, "site")), \(fate). The cases used come from "
        + "\(PageNumber.count(cohort.subjects, "subject")), \(PageNumber.count(cohort.positives)) of whom "
        + "have the outcome. \(parts)"
    ]
  }

  private static func headline(of model: StudyReport.Model, in report: StudyReport) -> Headline {
    var parts =
      report.scope == .study ? ["\(PageNumber.count(model.features.count, "feature"))"] : []
    let leftOut = model.pipeline?.leaveOneSiteOut
    if let leftOut { parts.append(LeftOutGroup.headline(leftOut)) }
    if let bootstrap = model.bootstrap {
      parts.append(
        "AUC \(PageNumber.interval(bootstrap.auc632Plus)) by the .632+ bootstrap, "
          + "\(PageNumber.interval(bootstrap.outOfBag)) out of bag "
          + "(\(PageNumber.count(bootstrap.replicates, "replicate")) of the whole pipeline)")
    }
    if let test = model.metric(.auc, in: .test) {
      let cases = "\(PageNumber.count(test.count, "case")), \(PageNumber.count(test.positives)) positive"
      parts.append("AUC \(PageNumber.interval(test.interval)) in the test part (\(cases))")
    } else if let all = model.metric(.auc, in: .all) {
      let cases = "\(PageNumber.count(all.count, "case")), \(PageNumber.count(all.positives)) positive"
      parts.append("AUC \(PageNumber.interval(all.interval)) (\(cases))")
    } else if leftOut == nil, let training = model.metric(.auc, in: .training) {
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
