import ImageFilters
import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// Something that limits what the numbers mean, such as `few_sites` or `separation`.
  package struct Warning: Codable, Equatable, Sendable {
    /// Short and stable, for programs.
    package var code: String
    /// A sentence for readers.
    package var message: String
    /// Why it is as it should be, as the study file says; absent where nothing is explained, or not all of it.
    package var explained: [Reason]? = nil
  }
}

extension StudyReport.Warning {
  /// The study has fewer sites than pooling across sites needs.
  package static func fewSites(_ count: Int) -> Self {
    Self(
      code: "few_sites",
      message:
        "\(PageNumber.count(count, "site")): with fewer than five sites, differences between sites and "
        + "intervals for a new site cannot be estimated reliably.")
  }

  /// There are more features to choose from than subjects to learn from.
  package static func moreFeaturesThanSubjects(features: Int, subjects: Int) -> Self {
    Self(
      code: "more_features_than_subjects",
      message:
        "\(PageNumber.count(features, "feature")) for \(PageNumber.count(subjects, "training subject")): the "
        + "apparent AUC and Harrell’s correction are far too high at this ratio; judge by .632+ and out of "
        + "bag."
    )
  }

  /// The model's features divide the training part without error.
  package static func separation(remedy: String) -> Self {
    Self(
      code: "separation",
      message:
        "The selected features separate the training part completely, so that unpenalised coefficients have "
        + "no finite value; \(remedy).")
  }

  /// Deep features come from weights that were never trained.
  package static func randomWeights(_ name: String) -> Self {
    Self(
      code: "random_weights",
      message:
        "The deep features come from \(name): random weights, not a trained network. They serve "
        + "demonstrations and tests; results that use them say nothing about patients.")
  }

  /// Selection kept nothing in some replicates.
  package static func emptySelections(_ count: Int, of replicates: Int) -> Self {
    Self(
      code: "empty_selections",
      message:
        "In \(PageNumber.count(count)) of \(PageNumber.count(replicates)) bootstrap replicates selection "
        + "kept no feature; each counts with an AUC of 0.5.")
  }

  /// An image was trained on and tested on.
  package static func duplicatesAcrossSplit(groups: Int) -> Self {
    Self(
      code: "duplicates_across_split",
      message:
        "\(PageNumber.count(groups, "image")) stood in both the training and the test part under different "
        + "case IDs; the test part is not independent.")
  }
}

extension StudyReport.Warning {
  /// Subjects have several images, which the tests of calibration take for independent; all else allows for it.
  package static func severalImages(images: Int, subjects: Int) -> Self {
    Self(
      code: "several_images_per_subject",
      message:
        "\(PageNumber.count(images, "image")) of \(PageNumber.count(subjects, "subject")): splits, folds and "
        + "replicates keep a subject’s images together, and intervals and comparisons allow for it, as their "
        + "methods say. Only Hosmer and Lemeshow’s and Spiegelhalter’s tests take images for independent: their "
        + "p-values are too small where images of a subject are alike.")
  }

  /// Subjects without one of the images that others have.
  package static func incompleteSubjects(_ lacking: [(part: String, rows: Int)], of subjects: Int) -> Self {
    let parts = lacking.map { "\($0.part) (\(PageNumber.count($0.rows)))" }.joined(separator: ", ")
    return Self(
      code: "incomplete_subjects",
      message:
        "Of \(PageNumber.count(subjects, "subject")) some lack an image, or it failed: \(parts). Their features of it are "
        + "undefined, and each model treats them as its policy for missing values says.")
  }

  /// The cut-off was not chosen on a training part of the predictions.
  package static func cutoffNotTrained(_ cutoff: Double) -> Self {
    Self(
      code: "cutoff_not_trained",
      message:
        "The predictions name no training cases with both outcomes, so that the cut-off is the probability "
        + "\(PageNumber.fixed(cutoff)) and was not chosen on data.")
  }
}

extension ReportAssembly {
  /// What limits the study as a whole.
  func warnings(
    _ duplicates: [StudyReport.DuplicateGroup], _ acquisition: [StudyReport.Acquisition],
    _ siteCheck: StudyReport.SiteCheck?,
    _ siteInfluence: StudyReport.SiteInfluence?
  ) -> [StudyReport.Warning] {
    var warnings = siteInfluence.map(StudyReport.Warning.featuresThatDiffer) ?? []
    if let siteCheck, siteCheck.p < 0.05 {
      warnings.append(
        .sitesRecognisable(
          auc: siteCheck.auc, p: siteCheck.p,
          harmonised: plan.models.filter { $0.harmonisation != nil }.map(\.name),
          of: plan.models.map(\.name)))
    }
    let differences = acquisition.differences(isOriented: plan.extraction.preprocessing.orientation == .lps)
    if !differences.isEmpty { warnings.append(.acquisitionDiffers(differences)) }
    if (2..<5).contains(study.table.siteNames.count) {
      warnings.append(.fewSites(study.table.siteNames.count))
    }
    let lacking = study.lackingImages
    if !lacking.isEmpty { warnings.append(.incompleteSubjects(lacking, of: study.table.rowCount)) }
    let crossing = duplicates.count { $0.crossesSplit }
    if crossing > 0 { warnings.append(.duplicatesAcrossSplit(groups: crossing)) }
    if study.table.rowCount > study.table.subjectNames.count {
      warnings.append(
        .severalImages(images: study.table.rowCount, subjects: study.table.subjectNames.count))
    }
    if let weights = plan.deep?.weights, weights.randomSeed != nil {
      warnings.append(.randomWeights(weights.name))
    }
    return lostSites() + losses(duplicates) + warnings + sizeOfStudy()
  }
}
