import Report
import Statistics

extension StudyReport.SitePooling {
  private static let models: [(MetaAnalysis.Method, MetaAnalysis.Test, String)] = [
    (.restrictedLikelihood, .hartungKnapp, "REML, Hartung-Knapp"),
    (.derSimonianLaird, .hartungKnapp, "DerSimonian-Laird, Hartung-Knapp"),
    (.derSimonianLaird, .normal, "DerSimonian-Laird, normal"),
  ]

  /// AUC, calibration slope, and observed over expected; a measure that no site defines is left out.
  static func all(
    of sites: [(site: String, part: PartPredictions)], cohort: StudyReport.EvaluationCohort
  ) throws -> [Self] {
    let named = sites.map {
      (name: $0.site, probabilities: $0.part.probabilities, positives: $0.part.positives)
    }
    let clusters = sites.map(\.part.clusters)
    let all =
      [try area(named, clusters, cohort)]
      + (try CalibrationPooling.Measure.allCases.map {
        try calibration($0, named, clusters, cohort)
      })
    return all.filter { $0.sites.contains { $0.estimate != nil } }
  }

  private static func area(
    _ sites: [(name: String, probabilities: [Double], positives: [Bool])], _ clusters: [Clusters?],
    _ cohort: StudyReport.EvaluationCohort
  ) throws -> Self {
    var (described, pooled) = ([SitePooling.Site](), [Estimate]())
    for (method, test, name) in models {
      let pooling = try SitePooling(sites, clusters: clusters, method: method, test: test)
      described = pooling.sites
      if let analysis = pooling.pooled?.analysis { pooled.append(Estimate(name, analysis, back: logistic)) }
    }
    return Self(
      cohort: cohort, measure: .auc, scale: "logit",
      sites: described.map { site in
        Site(
          site: site.name, count: site.rows, positives: site.cases, estimate: site.auc,
          lower: site.isPooled ? site.interval?.lower : nil,
          upper: site.isPooled ? site.interval?.upper : nil, isPooled: site.isPooled)
      }, pooled: pooled)
  }

  private static func calibration(
    _ measure: CalibrationPooling.Measure,
    _ sites: [(name: String, probabilities: [Double], positives: [Bool])], _ clusters: [Clusters?],
    _ cohort: StudyReport.EvaluationCohort
  ) throws -> Self {
    var (described, pooled) = ([CalibrationPooling.Site](), [Estimate]())
    for (method, test, name) in models {
      let pooling = try CalibrationPooling(
        measure, of: sites, clusters: clusters, method: method, test: test)
      described = pooling.sites
      if let analysis = pooling.analysis { pooled.append(Estimate(name, analysis, back: measure.back)) }
    }
    return Self(
      cohort: cohort, measure: measure == .slope ? .calibrationSlope : .observedOverExpected,
      scale: measure == .slope ? "identity" : "log",
      sites: described.map { site in
        Site(
          site: site.name, count: site.rows, positives: site.cases, estimate: site.estimate,
          lower: site.interval?.lower, upper: site.interval?.upper, isPooled: site.estimate != nil)
      }, pooled: pooled)
  }
}

extension StudyReport.SitePooling.Estimate {
  /// - Parameter back: from the scale of pooling to the measure's own.
  fileprivate init(_ method: String, _ analysis: MetaAnalysis, back: (Double) -> Double) {
    self.init(method: method)
    estimate = back(analysis.mean)
    (lower, upper) = (back(analysis.interval.lower), back(analysis.interval.upper))
    predictionLower = back(analysis.predictionInterval.lower)
    predictionUpper = back(analysis.predictionInterval.upper)
    tau2 = analysis.tau2
    (tau2Lower, tau2Upper) = (analysis.tau2Interval?.lower, analysis.tau2Interval?.upper)
    i2 = analysis.i2
    heterogeneityP = analysis.qP
  }
}
