import Modelling

extension Page {
  struct Headline {
    var model: String
    var text: String
  }

  struct Notice {
    var subject: String
    var message: String
    /// What the study says of it.
    var reasons: [String] = []
  }
}

extension Page {
  static func summary(of report: StudyReport) -> [String] {
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
      "Of \(PageNumber.count(cases.submitted, "case")) "
        + "submitted by \(PageNumber.count(cohort.perSite.count, "site")), \(fate). The cases used come from "
        + "\(PageNumber.count(cohort.subjects, "subject")), \(PageNumber.count(cohort.positives)) of whom "
        + "have the outcome. \(parts)\(external(of: cohort))"
    ]
  }

  private static func external(of cohort: StudyReport.Cohort) -> String {
    guard let external = cohort.external else { return "" }
    return " The models were then applied to an external cohort that nothing was fitted to: "
      + "\(PageNumber.count(external.subjects, "subject")) of \(external.sites.joined(separator: ", ")), "
      + "\(PageNumber.count(external.positives)) of them with the outcome."
  }

  static func headline(of model: StudyReport.Model, in report: StudyReport) -> Headline {
    var parts =
      report.scope == .study ? ["\(PageNumber.count(model.features.count, "feature"))"] : []
    if let external = model.metric(.auc, in: .external) {
      let cases =
        "\(PageNumber.count(external.count, "case")), \(PageNumber.count(external.positives)) positive"
      parts.append("AUC \(PageNumber.interval(external.interval)) in the external cohort (\(cases))")
    }
    let leftOut = model.pipeline?.leaveOneSiteOut
    if let leftOut { parts.append(LeftOutGroup.headline(leftOut)) }
    if let bootstrap = model.bootstrap {
      parts.append(
        "AUC \(PageNumber.interval(bootstrap.auc632Plus)) by the .632+ bootstrap, "
          + "\(PageNumber.spread(bootstrap.outOfBag)) out of bag "
          + "(\(PageNumber.count(bootstrap.replicates, "replicate")) of the whole pipeline)")
    }
    if let validated = model.metric(.auc, in: .crossValidated) {
      parts.append("AUC \(PageNumber.interval(validated.interval)) by cross-validation of the whole pipeline")
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
  static func notices(of report: StudyReport) -> [Notice] {
    let ofStudy = report.warnings.map {
      Notice(subject: "Study", message: $0.message, reasons: ($0.explained ?? []).map(\.text))
    }
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
