import Modelling

extension Page {
  /// The summary of a survival study.
  static func summary(_ survival: StudyReport.Survival, of report: StudyReport) -> [String] {
    let cohort = report.cohort
    let cases = cohort.cases
    let fate =
      cases.submitted == cases.done
      ? "all were used"
      : "\(PageNumber.count(cases.done)) were used (\(PageNumber.count(cases.failed)) failed, "
        + "\(PageNumber.count(cases.excluded)) excluded; each is listed below)"
    let parts =
      cohort.test > 0
      ? "\(PageNumber.count(cohort.training)) subjects trained the models and \(PageNumber.count(cohort.test)) were kept apart to test "
        + "them (\(report.study.split))."
      : "All \(PageNumber.count(cohort.training)) subjects trained the final models; there is no test part (\(report.study.split))."
    let external = cohort.external.map {
      " The models were then applied to an external cohort that nothing was fitted to: \(PageNumber.count($0.subjects, "subject")) of "
        + "\($0.sites.joined(separator: ", ")), \(PageNumber.count($0.positives)) of them with the event."
    }
    return [
      "This study predicts the time until \(report.study.outcome), by Cox models. Of \(PageNumber.count(cases.submitted, "case")) "
        + "submitted by \(PageNumber.count(cohort.perSite.count, "site")), \(fate). The cases used come from "
        + "\(PageNumber.count(cohort.subjects, "subject")), \(PageNumber.count(cohort.positives)) of whom had the event. \(parts)"
        + (external ?? "")
    ]
  }

  /// One line of a Cox model.
  static func headline(survival model: StudyReport.Model) -> Headline {
    var parts = ["\(PageNumber.count(model.features.count, "feature"))"]
    for cohort in [EvaluationCohort.external, .test, .crossValidated, .training] {
      guard let metric = model.metric(.harrellC, in: cohort), cohort != .training || parts.count == 1 else {
        continue
      }
      let cases = "\(PageNumber.count(metric.count, "case")), \(PageNumber.count(metric.positives, "event"))"
      parts.append(
        "\(cohort == .training ? "apparent " : "")C \(PageNumber.interval(metric.interval)) "
          + "\(StudyReport.Primary.place(cohort)) (\(cases))")
    }
    if let sites = model.survival?.leaveOneSiteOut, let pooled = sites.pooled {
      parts.append("C \(PageNumber.interval(pooled)) at sites that the model did not know")
    }
    if let bootstrap = model.survival?.bootstrap {
      parts.append(
        "C \(PageNumber.fixed(bootstrap.optimismCorrected)) corrected for optimism, \(PageNumber.fixed(bootstrap.point632Plus)) by the "
          + ".632+ bootstrap, \(PageNumber.spread(bootstrap.outOfBag)) out of bag "
          + "(\(PageNumber.count(bootstrap.replicates, "replicate")) of the whole pipeline)")
    }
    return Headline(model: model.name, text: parts.joined(separator: "; ") + ".")
  }
}
