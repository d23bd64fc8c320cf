import Digests
import Foundation
import Modelling
import Statistics
import StudyPlan

/// Puts together what a study found.
struct ReportAssembly {
  let study: PreparedStudy
  let models: [ReportedModel]
  let jobKey: [UInt8]

  var plan: Study { study.cohort.study }
  var modelled: Set<Int64> { study.predictedCases }

  /// The report but for audit and checklists, which look at it.
  /// - Parameter found: cases of several subjects that are one image.
  func report(duplicates found: [DuplicateCases]) throws -> StudyReport {
    let duplicates = duplicates(found)
    let acquisition = acquisition()
    let siteCheck = siteCheck()
    let siteInfluence = siteInfluence()
    let reported = models.map { $0.reported(study) }
    var report = StudyReport(
      study: StudyReport.Study(
        name: plan.name, title: plan.title, outcome: plan.outcome, seed: plan.seed, split: splitRule,
        replicates: plan.models.isEmpty ? 0 : plan.bootstrap.replicates,
        configurationDigest: sha256([Data(plan.canonicalJSON.utf8)]).hexadecimal, jobKey: jobKey.hexadecimal
      ),
      software: StudyReport.Software(trabecula: Release.version, extractor: Release.extractor),
      cohort: cohort(), exclusions: exclusions(), duplicates: duplicates,
      acquisition: acquisition.isEmpty ? nil : acquisition, featureSet: try featureSet(),
      primary: StudyReport.Primary(
        reported, part: study.primaryPart, choice: plan.primary,
        hasSeveralImages: study.table.rowCount > study.table.subjectNames.count),
      models: reported, comparisons: comparisons() + crossValidatedComparisons(),
      warnings: warnings(duplicates, acquisition, siteCheck, siteInfluence), siteCheck: siteCheck,
      siteInfluence: siteInfluence?.shortened, missing: missingValues())
    report.clinical = try clinical()
    return report
  }

  private var splitRule: String {
    guard !plan.models.isEmpty else { return "none" }
    switch plan.split {
    case .trainingShare(let share):
      let percent = Int((share * 100).rounded())
      return
        "\(percent):\(100 - percent) by subject, stratified by site and \(plan.survival == nil ? "outcome" : "event")"
    case .column: return "as column Split of the manifest says"
    case .leaveOneSiteOut: return "each site held out in turn; final model and bootstrap on all sites"
    }
  }
}
