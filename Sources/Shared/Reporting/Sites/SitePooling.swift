import Modelling
import Statistics

extension StudyReport {
  /// A measure at each site, and pooled over sites by random effects.
  package struct SitePooling: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var count: Int
      package var positives: Int
      @FiniteOrNull package var estimate: Double?
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
      /// False where the site has no estimate with a variance, and is left out of the pooling.
      package var isPooled: Bool

      private enum CodingKeys: String, CodingKey {
        case site, positives, estimate, lower, upper
        case count = "n"
        case isPooled = "pooled"
      }
    }

    package struct Estimate: Codable, Equatable, Sendable {
      /// `REML, modified Hartung-Knapp`.
      package var method: String
      @FiniteOrNull package var estimate: Double?
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
      /// Where the value of another site is expected, with a nominal probability of 95 %.
      @FiniteOrNull package var predictionLower: Double? = nil
      @FiniteOrNull package var predictionUpper: Double? = nil
      /// Variance between sites on the scale of pooling, and its interval.
      @FiniteOrNull package var tau2: Double? = nil
      @FiniteOrNull package var tau2Lower: Double? = nil
      @FiniteOrNull package var tau2Upper: Double? = nil
      /// Share, in per cent, of the total variance that lies between sites.
      @FiniteOrNull package var i2: Double? = nil
      /// p-value of Cochran's test of no difference between sites.
      @FiniteOrNull package var heterogeneityP: Double? = nil

      private enum CodingKeys: String, CodingKey {
        case method, estimate, lower, upper, tau2, i2
        case predictionLower = "prediction_lower"
        case predictionUpper = "prediction_upper"
        case tau2Lower = "tau2_lower"
        case tau2Upper = "tau2_upper"
        case heterogeneityP = "heterogeneity_p"
      }
    }

    package var cohort: EvaluationCohort
    package var measure: Measure
    /// `logit`, `log` or `identity`: the scale on which sites are averaged.
    package var scale: String
    package var sites: [Site]
    /// Empty where fewer than two sites can be pooled.
    package var pooled: [Estimate]
    /// Fewer than five sites were pooled: the variance between them is hardly known.
    package var hasFewSites: Bool

    private enum CodingKeys: String, CodingKey {
      case cohort, measure, scale, sites, pooled
      case hasFewSites = "few_sites"
    }
  }
}

extension StudyReport.SitePooling {
  /// Says of few sites that they are few.
  init(cohort: EvaluationCohort, measure: Measure, scale: String, sites: [Site], pooled: [Estimate]) {
    self.init(
      cohort: cohort, measure: measure, scale: scale, sites: sites, pooled: pooled,
      hasFewSites: sites.count { $0.isPooled } < 5)
  }

  private static let models: [(MetaAnalysis.Method, MetaAnalysis.Test, String)] = [
    (.restrictedLikelihood, .modifiedHartungKnapp, "REML, modified Hartung-Knapp"),
    (.derSimonianLaird, .modifiedHartungKnapp, "DerSimonian-Laird, modified Hartung-Knapp"),
    (.derSimonianLaird, .normal, "DerSimonian-Laird, normal"),
  ]

  /// AUC, calibration slope, and observed over expected; a measure that no site defines is left out.
  static func all(
    of sites: [(site: String, part: PartPredictions)], cohort: EvaluationCohort
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
    _ cohort: EvaluationCohort
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
    _ cohort: EvaluationCohort
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
    self.init(
      method: method, estimate: back(analysis.mean), lower: back(analysis.interval.lower),
      upper: back(analysis.interval.upper), predictionLower: back(analysis.predictionInterval.lower),
      predictionUpper: back(analysis.predictionInterval.upper), tau2: analysis.tau2,
      tau2Lower: analysis.tau2Interval?.lower, tau2Upper: analysis.tau2Interval?.upper, i2: analysis.i2,
      heterogeneityP: analysis.qP)
  }
}
