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
          coefficient: model.coefficients[index])
      },
      cutoff: model.cutoff, cutoffRule: report.models.first { $0.name == model.name }?.cutoff?.rule,
      featureSetDigest: report.featureSet.digest, configurationDigest: report.study.configurationDigest,
      jobKey: report.study.jobKey,
      software: Software(trabecula: report.software.trabecula, extractor: report.software.extractor),
      harmonisation: model.harmonisation)
  }

  /// - Parameters:
  ///   - storedModel: JSON of a fitted model, as the aggregation stored it.
  ///   - study: of the report; `nil` where nobody is to compute new features by the document.
  /// - Throws: `StudyTaskError` where another version wrote it.
  package init(storedModel: String, of report: StudyReport, study: Study? = nil) throws(StudyTaskError) {
    do {
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
