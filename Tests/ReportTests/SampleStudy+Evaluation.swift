import Report

extension SampleStudy {
  static func precisionRecall(
    _ scores: [Score], _ cohort: StudyReport.EvaluationCohort
  ) -> StudyReport.PrecisionRecallCurve {
    let positives = scores.count { $0.outcome == 1 }
    return .init(
      cohort: cohort,
      points: Set(scores.map(\.probability)).sorted(by: >).map { threshold in
        let called = scores.filter { $0.probability >= threshold }
        let hits = Double(called.count { $0.outcome == 1 })
        return .init(
          recall: hits / Double(positives), precision: hits / Double(called.count), threshold: threshold)
      })
  }

  static func pooling(_ index: Int) -> StudyReport.SitePooling {
    var estimate = StudyReport.SitePooling.Estimate(method: "REML, Hartung-Knapp")
    (estimate.estimate, estimate.lower, estimate.upper) = (0.91, 0.84, 0.95)
    (estimate.predictionLower, estimate.predictionUpper) = (0.77, 0.97)
    (estimate.tau2, estimate.i2, estimate.heterogeneityP) = (0.0123, 27, 0.4)
    var other = estimate
    other.method = "DerSimonian-Laird, normal"
    return .init(
      cohort: .test, measure: .auc, scale: "logit",
      sites: perSite(index).filter { $0.name == .auc }.map { metric in
        .init(
          site: metric.site ?? "", count: metric.count, positives: metric.positives,
          estimate: metric.estimate, lower: metric.lower, upper: metric.upper,
          isPooled: metric.estimate != nil)
      }, pooled: [estimate, other])
  }

  static let lassoPath: StudyReport.LassoPath = {
    let lambdas = (0..<30).map { step in (0..<step).reduce(0.4) { value, _ in value * 0.87 } }
    return .init(
      points: lambdas.enumerated().map { step, lambda in
        .init(
          lambda: lambda, deviance: 0.8 + 0.003 * Double((step - 17) * (step - 17)), standardError: 0.04,
          features: step / 3)
      },
      chosen: 17, minimum: 17, oneStandardError: 14,
      traces: ["original_shape_Sphericity", "deep_resnet18_017"].enumerated().map { place, name in
        .init(feature: name, coefficients: lambdas.map { (place == 0 ? 1 : -0.6) * max(0, 0.3 - $0) })
      })
  }()
}
