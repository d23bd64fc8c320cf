import Report

/// A study of realistic shape with invented numbers: three models, four sites, two cases not used.
///
/// Scores come from a small fixed generator and curves are computed from the scores, so that figures look
/// like figures.
enum SampleStudy {
  static let sites = ["Aachen", "Bergen", "Coimbra", "Dijon"]

  static var report: StudyReport {
    var report = StudyReport(
      study: .init(
        name: "femoral-head", title: "Early necrosis of the femoral head from one T2-weighted sequence",
        outcome: "necrosis of the femoral head (1) against a healthy hip (0)", seed: 20_240_917,
        split: "7:3 by subject, stratified by site and outcome", replicates: 1000,
        configurationDigest: "9f2c4a1be07d5c33a8b1d6e4f09c7752bb3e1f6a0d98c4475e6b21a3c0f7d812",
        jobKey: "41d0c8f7a2b96e5538c1f4e7d09ab36215fe8c7d40b3a9968e2d17c5f6b0a394"),
      software: .init(trabecula: "0.1.0", extractor: "1"),
      times: .init(generatedAt: "2026-03-01T12:00:00Z", extractionSeconds: 431.7, bootstrapSeconds: 9120.25),
      cohort: cohort,
      exclusions: exclusions,
      duplicates: [.init(cases: ["A-007", "C-021"], crossesSites: true, crossesSplit: false)],
      featureSet: .init(
        digest: "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2", count: 1709,
        imageTypes: ["Original", "Wavelet", "LoG"],
        parameters: [
          .init(name: "binWidth", value: "25"), .init(name: "resampledPixelSpacing", value: "[1, 1, 1]"),
          .init(name: "sigma", value: "[1.0, 3.0]"),
        ],
        deepWeights: "random-seed-7", notes: ["Deep weights random-seed-7 are not a trained network."]),
      models: ["Rad", "DL", "DLR"].enumerated().map { model($0.element, index: $0.offset) },
      comparisons: [
        .init(
          first: "DLR", second: "Rad", cohort: .test, difference: 0.024, lower: -0.031, upper: 0.079,
          pValue: 0.392, adjustedPValue: 0.784, method: "paired DeLong, Holm", count: 45),
        .init(
          first: "DLR", second: "DL", cohort: .test, difference: 0.038, lower: 0.001, upper: 0.075,
          pValue: 0.0004, adjustedPValue: 0.0008, method: "paired DeLong, Holm", count: 45),
      ],
      warnings: [.fewSites(4), .moreFeaturesThanSubjects(features: 1709, subjects: 105)])
    report.missing = .init(
      values: 14, features: 3, cases: 9, treatment: ["Rad: undefined values take the training median."])
    report.audit = audit
    report.siteCheck = .init(
      sites: sites.enumerated().map { .init(site: $0.element, subjects: 24 + $0.offset, auc: 0.81) },
      auc: 0.7621, permutations: 199, p: 0.005)
    report.checklists = StudyReport.Checklist.all(of: report)
    return report
  }

  static let audit: [StudyReport.AuditLine] = [
    .init(
      code: "subjects_in_one_part", rule: "No subject is in both parts.", status: .pass,
      evidence: "105 training and 45 test subjects, none in common."),
    .init(
      code: "duplicates_across_split", rule: "No image is in both parts.", status: .fail,
      evidence: "1 image is in both parts under other subjects"),
    .init(
      code: "harmonisation_on_training", rule: "Harmonisation is fitted on the training part only.",
      status: .notApplicable, evidence: "No model harmonises its features."),
  ]

  static let cohort = StudyReport.Cohort(
    subjects: 150, images: 150, positives: 70, training: 105, test: 45,
    cases: .init(submitted: 152, done: 150, failed: 1, excluded: 1),
    perSite: [
      .init(site: "Aachen", subjects: 48, images: 48, positives: 23, training: 34, test: 14),
      .init(site: "Bergen", subjects: 41, images: 41, positives: 17, training: 28, test: 13, failed: 1),
      .init(site: "Coimbra", subjects: 37, images: 37, positives: 18, training: 26, test: 11, excluded: 1),
      .init(site: "Dijon", subjects: 24, images: 24, positives: 12, training: 17, test: 7),
    ])

  static let exclusions: [StudyReport.Exclusion] = [
    .init(
      caseID: "B-019", subject: "B-019", site: "Bergen", kind: .failed, code: "mask_empty",
      sentence: "The mask has no voxel with label 1; the labels found are 2 and 3.",
      remedy: "Name the label of the region in the manifest’s Label column, or redraw the mask."),
    .init(
      caseID: "C-004", subject: "C-004", site: "Coimbra", kind: .excluded, code: "outcome_missing",
      sentence: "The manifest gives no outcome.",
      remedy: "Enter 0 or 1 in the Outcome column and submit again."),
  ]

  static var predictions: [PredictionRow] {
    ["Rad", "DL", "DLR"].enumerated().flatMap { index, name in
      scores(model: index).enumerated().map { row, score in
        PredictionRow(
          caseID: "P-\(row)", subject: "P-\(row)", site: sites[row % 4],
          split: row < 105 ? "training" : "test",
          outcome: score.outcome, model: name, probability: score.probability)
      }
    }
  }
}

extension SampleStudy {
  static func model(_ name: String, index: Int) -> StudyReport.Model {
    let all = scores(model: index)
    let training = Array(all[..<105])
    let test = Array(all[105...])
    var model = StudyReport.Model(
      name: name, sources: [["hand-crafted"], ["deep"], ["hand-crafted", "deep"]][index],
      selection: [
        .init(step: "Candidates", kept: [1197, 512, 1709][index], detail: "all features of the sources"),
        .init(step: "Mann-Whitney", kept: [402, 187, 589][index], detail: "p < 0.05"),
        .init(step: "Spearman", kept: [96, 71, 148][index], detail: "|ρ| < 0.9, the smaller p kept"),
        .init(step: "LASSO", kept: 6, detail: "10-fold cross-validation by subject, lambda.min"),
      ],
      features: features(index), intercept: -0.1832251234567, lassoLambda: 0.0341217,
      refit: .init(method: "ridge", lambda: 0.0125, detail: "5-fold cross-validation"),
      cutoff: .init(probability: 0.4831, rule: "Youden’s J on the training part"),
      warnings: index == 0
        ? [.separation(remedy: "ridge coefficients are reported")] : [.randomWeights("random-seed-7")],
      metrics: metrics(training, .training) + metrics(test, .test), perSite: perSite(index),
      roc: [roc(training, .training), roc(test, .test)],
      decision: [decision(training, .training), decision(test, .test)],
      calibration: [
        .init(cohort: .test, points: [.init(predicted: 0.2, observed: 0.25, count: 20)])
      ],
      bootstrap: bootstrap(index), pipeline: pipeline(index))
    model.precisionRecall = [precisionRecall(test, .test)]
    model.smoothCalibration = [
      .init(
        cohort: .test, points: (1...9).map { .init(predicted: Double($0) / 10, observed: Double($0) / 11) })
    ]
    model.scores = [
      .init(
        cohort: .test, scale: .radScore,
        negatives: test.filter { $0.outcome == 0 }.map { 6 * $0.probability - 3 },
        positives: test.filter { $0.outcome == 1 }.map { 6 * $0.probability - 3 })
    ]
    model.pooling = [pooling(index)]
    model.lassoPath = lassoPath
    return model
  }

  static func features(_ index: Int) -> [StudyReport.ModelFeature] {
    let names = [
      "original_shape_Sphericity", "wavelet-LLH_glcm_ClusterProminence",
      "log-sigma-3-0-mm-3D_glszm_SmallAreaHighGrayLevelEmphasis", "deep_resnet18_017", "deep_resnet18_301",
      "wavelet-HLL_firstorder_Skewness",
    ]
    return names.enumerated().map { position, name in
      .init(
        name: name, coefficient: 1.25 / Double(position + 1) * (position % 2 == 0 ? 1 : -1),
        mean: [0.7123, 18_233.42, 0.00004215, -0.0312, 1.25, -2][position],
        standardDeviation: 0.0517 + Double(position),
        selectionFrequency: 0.93 - 0.11 * Double(position) - 0.03 * Double(index))
    }
  }

  static func metrics(
    _ scores: [Score], _ cohort: StudyReport.EvaluationCohort
  ) -> [StudyReport.Metric] {
    let positives = scores.filter { $0.outcome == 1 }.count
    let auc = area(scores)
    func rate(_ outcome: Int) -> Double {
      let group = scores.filter { $0.outcome == outcome }
      return Double(group.filter { ($0.probability >= 0.4831) == (outcome == 1) }.count) / Double(group.count)
    }
    func metric(_ name: StudyReport.MetricName, _ value: Double, _ method: String) -> StudyReport.Metric {
      .init(
        name, cohort: cohort, estimate: value, lower: max(0, value - 0.071), upper: min(1, value + 0.043),
        method: method, count: scores.count, positives: positives)
    }
    return [
      metric(.auc, auc, "DeLong"), metric(.sensitivity, rate(1), "Wilson"),
      metric(.specificity, rate(0), "Wilson"),
    ]
  }

  static func perSite(_ index: Int) -> [StudyReport.Metric] {
    sites.enumerated().flatMap { position, site -> [StudyReport.Metric] in
      let n = cohort.perSite[position].test
      guard position < 3 else {
        return [
          .init(
            .auc, cohort: .test, site: site, estimate: nil, method: "DeLong", count: n, positives: n,
            undefinedReason: "one class only")
        ]
      }
      let auc = 0.95 - 0.03 * Double(position) - 0.01 * Double(index)
      return [
        .init(
          .auc, cohort: .test, site: site, estimate: auc, lower: auc - 0.21, upper: 1, method: "DeLong",
          count: n, positives: n / 2),
        .init(
          .sensitivity, cohort: .test, site: site, estimate: 0.875, lower: 0.529, upper: 0.978,
          method: "Wilson", count: n, positives: n / 2),
        .init(
          .specificity, cohort: .test, site: site, estimate: 0.857, lower: 0.487, upper: 0.974,
          method: "Wilson", count: n, positives: n / 2),
      ]
    }
  }

  static func bootstrap(_ index: Int) -> StudyReport.Bootstrap {
    let shift = 0.012 * Double(index)
    let names = features(0).map(\.name) + (0..<10).map { "wavelet-HHH_gldm_Feature\($0)" }
    return .init(
      replicates: 1000, undefined: 3, undefinedReasons: [.init(reason: "one class out of bag", count: 3)],
      emptySelections: 12 * index,
      auc632Plus: .init(
        estimate: 0.861 + shift, lower: 0.792 + shift, upper: 0.921 + shift,
        method: "two-stage percentile, recentred"),
      outOfBag: .init(
        estimate: 0.842 + shift, lower: 0.761, upper: 0.911, method: "percentiles of the replicates"),
      auc632: .init(estimate: 0.9), harrell: .init(estimate: 0.958), apparent: .init(estimate: 0.991),
      selectionStability: 0.412,
      selectionFrequencies: names.enumerated().map { position, name in
        .init(feature: name, frequency: 0.93 - 0.052 * Double(position))
      },
      auc632PlusPercentile: .init(
        estimate: 0.861 + shift, lower: 0.771 + shift, upper: 0.902 + shift, method: "two-stage percentile"))
  }
}
