import Modelling
import Statistics
import StudyPlan

extension ModelDocument {
  package init(_ model: FittedModel, of report: StudyReport) {
    self.init(
      study: report.study.name, name: model.name, outcome: report.study.outcome, intercept: model.intercept,
      features: model.features.indices.map { index in
        Feature(
          name: model.featureNames[index], mean: model.means[index],
          standardDeviation: model.deviations[index], median: model.medians[index],
          coefficient: model.coefficients[index],
          kind: Self.kind(
            model.features[index], named: model.featureNames[index], scores: model.scores?.map(\.name),
            report))
      },
      cutoff: model.cutoff, cutoffRule: report.models.first { $0.name == model.name }?.cutoff?.rule,
      featureSetDigest: report.featureSet.digest, configurationDigest: report.study.configurationDigest,
      jobKey: report.study.jobKey,
      software: Software(trabecula: report.software.trabecula, extractor: report.software.extractor),
      harmonisation: model.harmonisation)
    let below = (model.scores ?? []).filter { uses(scoreOf: $0.name) }
    if !below.isEmpty { scores = below.map { ModelDocument($0, of: report) } }
  }

  private func uses(scoreOf model: String) -> Bool {
    features.contains { $0.kind == .score && $0.name == ModelScores.columnName(of: model) }
  }

  /// A Cox model; its cut-off is the risk by the last horizon at which the group of higher risk begins.
  /// - Throws: `StudyTaskError` where the stored model has no cut, or the report no horizon.
  init(_ model: FittedSurvivalModel, _ outcome: StudyReport.Survival, of report: StudyReport)
    throws(StudyTaskError)
  {
    let cut = try model.riskCut()
    let survival = Survival(
      event: outcome.event, time: outcome.time, unit: outcome.unit, horizons: outcome.horizons,
      baseline: model.baseline, riskCut: cut)
    self.init(
      study: report.study.name, name: model.name, outcome: report.study.outcome, intercept: 0,
      features: model.features.indices.map { index in
        Feature(
          name: model.featureNames[index], mean: model.means[index],
          standardDeviation: model.deviations[index], median: model.medians[index],
          coefficient: model.coefficients[index],
          kind: Self.kind(
            model.features[index], named: model.featureNames[index], scores: model.scores?.map(\.name),
            report))
      },
      cutoff: try riskByLastHorizon(outcome.horizons.map { survival.risk(cut, by: $0) }),
      cutoffRule: "risk by the last horizon at the median of the training part",
      featureSetDigest: report.featureSet.digest, configurationDigest: report.study.configurationDigest,
      jobKey: report.study.jobKey,
      software: Software(trabecula: report.software.trabecula, extractor: report.software.extractor),
      harmonisation: model.harmonisation)
    equation = Self.survivalEquation
    self.survival = survival
    let below = (model.scores ?? []).filter { uses(scoreOf: $0.name) }
    if !below.isEmpty {
      scores = try below.map { (model) throws(StudyTaskError) in
        try ModelDocument(model, outcome, of: report)
      }
    }
  }

  /// Clinical columns and then scores stand behind the features of the study's table.
  private static func kind(_ index: Int, named name: String, scores: [String]?, _ report: StudyReport)
    -> PredictorKind?
  {
    guard index >= report.featureSet.count else { return nil }
    return (scores ?? []).contains { ModelScores.columnName(of: $0) == name } ? .score : .clinical
  }

  /// - Parameters:
  ///   - storedModel: JSON of a fitted model, as the aggregation stored it.
  ///   - study: of the report; `nil` where nobody is to compute new features by the document.
  /// - Throws: `StudyTaskError` where another version wrote it.
  package init(storedModel: String, of report: StudyReport, study: Study? = nil) throws(StudyTaskError) {
    do {
      if let survival = report.survival {
        let stored = try CanonicalJSON.decode(StoredSurvivalModel.self, from: Array(storedModel.utf8))
        try self.init(stored.fitted, survival, of: report)
        if let study {
          describeInput(
            study, images: report.featureSet.images, covariates: report.featureSet.covariates)
        }
        return
      }
      let model = try CanonicalJSON.decode(FittedModel.self, from: Array(storedModel.utf8))
      self.init(model, of: report)
    } catch {
      throw StudyTaskError(
        code: "bad-model", sentence: "The stored model cannot be read: \(error).",
        remedy: "Use the version that ran the study, or submit it again.")
    }
    if let study {
      describeInput(study, images: report.featureSet.images, covariates: report.featureSet.covariates)
    }
  }
}
