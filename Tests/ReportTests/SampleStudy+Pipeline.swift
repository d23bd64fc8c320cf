import Report

extension SampleStudy {
  static func pipeline(_ index: Int) -> StudyReport.Pipeline {
    .init(
      missing: "undefined values take the training median",
      harmonisation: index == 1
        ? nil
        : .init(
          method: "ComBat", detail: "parametric empirical Bayes", sites: sites, reference: "Bergen",
          covariates: ["Age", "Sex=m"], unseenSites: "refused"),
      inference: .init(
        coefficients: features(index).enumerated().map { position, feature in
          .init(
            feature: feature.name, standardError: 0.3171 + Double(position), waldP: 0.0213,
            likelihoodRatioP: 0.0178, varianceInflation: 1.37)
        }, likelihoodRatio: 41.23, likelihoodRatioP: 0.00001),
      mergedStrata: [.init(site: "Dijon", outcome: 1)],
      twoStage: .init(
        outer: 200, inner: 50, undefined: 2, undefinedInner: 17, emptyInner: 31,
        auc632Plus: .init(estimate: 0.841, lower: 0.771, upper: 0.902, method: "two-stage percentile"),
        outOfBag: .init(estimate: 0.803, lower: 0.731, upper: 0.881, method: "two-stage percentile"),
        harrell: .init(estimate: 0.947, lower: 0.901, upper: 0.989, method: "two-stage percentile")))
  }

  /// The same study with each site left out in turn; one of them has too few of an outcome.
  static var leftOutReport: StudyReport {
    var report = report
    report.cohort.test = 0
    report.study.split = "each site held out in turn"
    for index in report.models.indices {
      report.models[index].pipeline?.leaveOneSiteOut = leaveOneSiteOut
      for metric in report.models[index].metrics.indices
      where report.models[index].metrics[metric].cohort == .test {
        report.models[index].metrics[metric].cohort = .leftOut
      }
    }
    return report
  }

  static let leaveOneSiteOut = StudyReport.LeaveOneSiteOut(
    sites: sites.enumerated().map { position, site in
      .init(
        site: site, cases: 40 - position, positives: position == 3 ? 1 : 17,
        features: Array(features(0).map(\.name).prefix(3 + position)), cutoff: 0.412,
        auc: position == 3
          ? .init(estimate: nil, method: "DeLong")
          : .init(estimate: 0.777 - 0.01 * Double(position), lower: 0.613, upper: 0.888, method: "DeLong"),
        sensitivity: 0.706, specificity: 0.739, isPooled: position != 3)
    }, pooled: .init(estimate: 0.768, lower: 0.702, upper: 0.823, method: "REML, Hartung-Knapp"),
    predictionInterval: .init(estimate: 0.768, lower: 0.551, upper: 0.899, method: "prediction interval"),
    unseenSite: "features of the site left out are used as they are, without harmonisation")
}
