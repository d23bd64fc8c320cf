import Modelling
import Statistics
import StudyPlan

/// Questions about leakage from test to training, each answered by looking at what the study did.
package struct LeakageAudit {
  package typealias Line = StudyReport.AuditLine

  package var table: CohortTable
  package var split: Split
  package var plans: [ModelPlan]
  /// In the order of the plans.
  package var models: [FittedModel]
  package var replicates: [BootstrapReplicate]
  package var duplicates: [StudyReport.DuplicateGroup]
  package var seed: UInt64
  /// Who each row of the table is an image of, and where it lies, as the manifest says.
  package var origins: [(subject: String, site: String)]
  /// Of each plan, the models that were fitted without each site, in the table's order of sites; empty where no site
  /// is left out.
  package var withoutSite: [[FittedModel]] = []
  /// What was looked at to find duplicates.
  package var search = DuplicateSearch(digests: .imageFiles)
  /// Deals rows to so many folds, as fitting does.
  package var deal: (_ folds: Int, _ rows: [Int], CohortTable, RandomAddress) -> [Int]? = {
    Folds.stratified(count: $0, of: $1, in: $2, address: $3)
  }
  /// What the external cohort shares with the patients that models were fitted to or tested on; `nil` without one.
  package var external: ExternalOverlap? = nil

  package init(
    table: CohortTable, split: Split, plans: [ModelPlan], models: [FittedModel],
    replicates: [BootstrapReplicate], duplicates: [StudyReport.DuplicateGroup], seed: UInt64
  ) {
    self.table = table
    self.split = split
    self.plans = plans
    self.models = models
    self.replicates = replicates
    self.duplicates = duplicates
    self.seed = seed
    origins = zip(table.subjects, table.sites).map { (table.subjectNames[$0], table.siteNames[$1]) }
  }

  /// - Throws: what fitting a model again throws.
  package func lines() throws -> [Line] {
    guard !models.isEmpty else { return [] }
    return [subjectsInOnePart, everySubjectWhole, duplicatesAcrossSplit, duplicatesWithinParts]
      + [outcomeAmongFeatures, featuresTooGood, featuresOfLater, modelsTooGood, outcomeAmongCovariates]
      + (try trainingOnly()) + (try leaveOneSiteOut()) + [foldsBySubject]
      + [resamplingBySubject, resamplingWithinTraining, resamplingOfWholePipeline]
      + [externalUnseen].compactMap(\.self)
  }

  /// - Parameter names: of the features or models that the faults are of.
  func line(_ code: String, _ rule: String, faults: [String], of names: [String] = [], evidence: String)
    -> Line
  {
    Line(
      code: code, rule: rule, status: faults.isEmpty ? .pass : .fail,
      evidence: faults.isEmpty ? evidence : faults.joined(separator: "; "), about: names.isEmpty ? nil : names
    )
  }

  func notApplicable(_ code: String, _ rule: String, _ why: String) -> Line {
    Line(code: code, rule: rule, status: .notApplicable, evidence: why)
  }
}

// MARK: The split

extension LeakageAudit {
  var subjectsInOnePart: Line {
    let (code, rule) = ("subjects_in_one_part", "No subject is in both the training and the test part.")
    guard !split.test.isEmpty else { return notApplicable(code, rule, "There is no test part.") }
    let training = Set(split.training.map { table.subjects[$0] })
    let test = Set(split.test.map { table.subjects[$0] })
    let both = training.intersection(test).count
    return line(
      code, rule, faults: both == 0 ? [] : ["\(both) subjects are in both parts"],
      evidence: "\(training.count) training and \(test.count) test subjects, none in common.")
  }

  var everySubjectWhole: Line {
    let used = split.training + split.test
    let repeated = used.count - Set(used).count
    return line(
      "images_used_once", "Every image belongs to one part only.",
      faults: repeated == 0 ? [] : ["\(repeated) images are in a part twice or in both"],
      evidence: "\(split.training.count) training and \(split.test.count) test images of \(table.rowCount).")
  }
}

// MARK: The outcome

extension LeakageAudit {
  var outcomeAmongFeatures: Line {
    let leaks = table.featureNames.indices.filter { feature in
      tells(
        split.training.map { table.value(row: $0, feature: feature) },
        split.training.map { table.positives[$0] })
    }
    return line(
      "outcome_not_a_feature", "No feature is the outcome under another name.",
      faults: leaks.map { "\(table.featureNames[$0]) has one value for each outcome" },
      of: leaks.map { table.featureNames[$0] },
      evidence: "\(counted(table.featureCount, "feature")), none with exactly one value for each outcome.")
  }

  /// Whether values are constant within either outcome, and differ between them.
  private func tells(_ values: [Double], _ positives: [Bool]) -> Bool {
    let cases = Set(zip(values, positives).filter(\.1).map(\.0))
    let controls = Set(zip(values, positives).filter { !$0.1 }.map(\.0))
    return cases.count == 1 && controls.count == 1 && cases != controls
  }

  var outcomeAmongCovariates: Line {
    let (code, rule) = ("outcome_not_a_covariate", "Harmonisation does not use the outcome as a covariate.")
    let settings = plans.compactMap(\.harmonisation)
    guard !settings.isEmpty else { return notApplicable(code, rule, "No model harmonises its features.") }
    let names = Set(settings.flatMap(\.covariates)).sorted()
    let leaks = names.filter { name in
      guard let column = table.values(named: name) else { return name == "Outcome" }
      return tells(split.training.map { column[$0] }, split.training.map { table.positives[$0] })
    }
    return line(
      code, rule, faults: leaks.map { "covariate \($0) is the outcome" },
      evidence: names.isEmpty
        ? "Harmonisation uses no covariates." : "Covariates: \(names.joined(separator: ", ")).")
  }
}
