import Digests
import Foundation
import ImageFilters
import Report
import Statistics
import StudyPlan

/// Puts together what a study found.
struct ReportAssembly {
  let study: PreparedStudy
  let models: [FinalModel]
  let jobKey: [UInt8]

  private var plan: Study { study.cohort.study }
  private var modelled: Set<Int64> { Set(study.cases.map(\.id)) }

  func report() -> StudyReport {
    let duplicates = duplicates()
    let siteCheck = siteCheck()
    var report = StudyReport(
      study: StudyReport.Study(
        name: plan.name, title: plan.title, outcome: plan.outcome, seed: plan.seed, split: splitRule,
        replicates: plan.models.isEmpty ? 0 : plan.bootstrap.replicates,
        configurationDigest: sha256([Data(plan.canonicalJSON.utf8)]).hexadecimal, jobKey: jobKey.hexadecimal
      ),
      software: StudyReport.Software(trabecula: Release.version, extractor: Release.extractor), times: nil,
      cohort: cohort(), exclusions: exclusions(), duplicates: duplicates, featureSet: featureSet(),
      models: models.map { reported($0) }, comparisons: comparisons(),
      warnings: warnings(duplicates, siteCheck), siteCheck: siteCheck)
    report.missing = missingValues()
    return report
  }

  /// The model as it is told; of a table nobody knows how its features were made.
  private func reported(_ model: FinalModel) -> StudyReport.Model {
    var reported = model.reported(table: study.table)
    if plan.table != nil { reported.sources = ["feature table"] }
    return reported
  }

  private func siteCheck() -> StudyReport.SiteCheck? {
    guard !models.isEmpty else { return nil }
    return SiteCheck(study.table, rows: Array(0..<study.table.rowCount), seed: plan.seed).map { check in
      StudyReport.SiteCheck(
        sites: check.sites.map { .init(site: $0.name, subjects: $0.subjects, auc: $0.auc) }, auc: check.auc,
        permutations: check.permutations, p: check.p)
    }
  }

  private var splitRule: String {
    guard !plan.models.isEmpty else { return "none" }
    switch plan.split {
    case .trainingShare(let share):
      let percent = Int((share * 100).rounded())
      return "\(percent):\(100 - percent) by subject, stratified by site and outcome"
    case .column: return "as column Split of the manifest says"
    case .leaveOneSiteOut: return "each site held out in turn; final model and bootstrap on all sites"
    }
  }
}

// MARK: Who entered

extension ReportAssembly {
  private func cohort() -> StudyReport.Cohort {
    let table = study.table
    let training = Set(study.split.training.map { table.subjects[$0] })
    let test = Set(study.split.test.map { table.subjects[$0] })
    let positive = Set(table.subjects.indices.filter { table.positives[$0] }.map { table.subjects[$0] })
    let siteOf = Dictionary(zip(table.subjects, table.sites)) { first, _ in first }
    let names = Set(study.cohort.cases.map(\.site)).sorted()
    return StudyReport.Cohort(
      subjects: table.subjectNames.count, images: table.rowCount, positives: positive.count,
      training: training.count,
      test: test.count, cases: counts(of: study.cohort.cases),
      perSite: names.map { name in
        let site = table.siteNames.firstIndex(of: name)
        func here(_ subjects: Set<Int>) -> Int { subjects.count { siteOf[$0] == site } }
        let cases = counts(of: study.cohort.cases.filter { $0.site == name })
        return StudyReport.Site(
          site: name, subjects: here(Set(table.subjects)), images: cases.done, positives: here(positive),
          training: here(training), test: here(test), failed: cases.failed, excluded: cases.excluded)
      })
  }

  private func counts(of cases: [StudyCase]) -> StudyReport.CaseCounts {
    let used = modelled
    let done = cases.count { used.contains($0.id) }
    let failed = cases.count { $0.state == .failed }
    return StudyReport.CaseCounts(
      submitted: cases.count, done: done, failed: failed, excluded: cases.count - done - failed)
  }

  private func exclusions() -> [StudyReport.Exclusion] {
    let names = study.cohort.caseNames
    let used = modelled
    return study.cohort.cases.filter { !used.contains($0.id) }.map { item in
      let loss =
        item.loss
        ?? StudyCase.Loss(
          code: "outcome-unknown",
          sentence: "The manifest gives no outcome; the case was extracted but not modelled.",
          remedy: "Fill column Outcome to use it.")
      return StudyReport.Exclusion(
        caseID: names[item.id] ?? "", subject: item.subject, site: item.site,
        kind: item.state == .failed ? .failed : .excluded, code: loss.code, sentence: loss.sentence,
        remedy: loss.remedy)
    }
  }

  /// Cases of different subjects whose images are the same bytes.
  private func duplicates() -> [StudyReport.DuplicateGroup] {
    let names = study.cohort.caseNames
    let training = Set(study.split.training.map { study.cases[$0].id })
    let test = Set(study.split.test.map { study.cases[$0].id })
    var groups: [[UInt8]: [StudyCase]] = [:]
    for item in study.cohort.cases {
      if let digest = item.imageSHA256 { groups[digest, default: []].append(item) }
    }
    let repeated = groups.values.filter { Set($0.map { "\($0.site)/\($0.subject)" }).count > 1 }
    return repeated.map { cases in
      StudyReport.DuplicateGroup(
        cases: cases.map { "\($0.site)/\(names[$0.id] ?? "")" }.sorted(),
        crossesSites: Set(cases.map(\.site)).count > 1,
        crossesSplit: cases.contains { training.contains($0.id) } && cases.contains { test.contains($0.id) })
    }.sorted { $0.cases.lexicographicallyPrecedes($1.cases) }
  }
}

// MARK: What was measured, and what to bear in mind

extension ReportAssembly {
  private func featureSet() -> StudyReport.FeatureSet {
    if let table = plan.table { return featureSet(of: table) }
    let parameters = plan.extraction
    let isHandcrafted = plan.sources.contains(.handcrafted)
    return StudyReport.FeatureSet(
      digest: sha256(study.cohort.features.map { Data($0.digest) }).hexadecimal,
      count: study.table.featureCount,
      imageTypes: isHandcrafted ? parameters.images.map(\.type.rawValue) : [],
      parameters: (isHandcrafted ? settings(parameters.preprocessing) + settings(parameters.features) : [])
        + (plan.deep.map(settings) ?? []),
      deepWeights: plan.deep?.weights.label)
  }

  private func settings(_ deep: DeepPlan) -> [StudyReport.Parameter] {
    settings(deep.settings).map { StudyReport.Parameter(name: "deep.\($0.name)", value: $0.value) }
      + [StudyReport.Parameter(name: "deep.weights.sha256", value: deep.weights.sha256 ?? "")]
  }

  private func featureSet(of table: FeatureTableSource) -> StudyReport.FeatureSet {
    StudyReport.FeatureSet(
      digest: sha256(study.cohort.features.map { Data($0.digest) }).hexadecimal,
      count: study.table.featureCount, imageTypes: [],
      parameters: [
        .init(name: "table", value: table.name), .init(name: "table_sha256", value: table.sha256),
        .init(name: "columns_that_are_no_features", value: table.otherColumns.joined(separator: ", ")),
      ])
  }

  /// Settings by name, as a parameter file would write them.
  private func settings(_ value: some Encodable) -> [StudyReport.Parameter] {
    guard
      let object = try? JSONSerialization.jsonObject(with: canonicalBytes(of: value)) as? [String: Any]
    else { preconditionFailure("settings are a JSON object") }
    return object.keys.sorted().map { key in
      let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys]
      guard let value = object[key],
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
      else { preconditionFailure("settings hold JSON values") }
      return StudyReport.Parameter(
        name: key, value: String(decoding: data, as: UTF8.self).trimmingCharacters(in: ["\""]))
    }
  }

  private func warnings(
    _ duplicates: [StudyReport.DuplicateGroup], _ siteCheck: StudyReport.SiteCheck?
  ) -> [StudyReport.Warning] {
    var warnings: [StudyReport.Warning] = []
    if let siteCheck, siteCheck.p < 0.05 {
      warnings.append(
        .sitesRecognisable(
          auc: siteCheck.auc, p: siteCheck.p,
          harmonised: models.filter { $0.plan.harmonisation != nil }.map(\.plan.name),
          of: models.map(\.plan.name)))
    }
    if (2..<5).contains(study.table.siteNames.count) {
      warnings.append(.fewSites(study.table.siteNames.count))
    }
    let crossing = duplicates.count { $0.crossesSplit }
    if crossing > 0 { warnings.append(.duplicatesAcrossSplit(groups: crossing)) }
    if study.table.rowCount > study.table.subjectNames.count {
      warnings.append(
        .severalImages(images: study.table.rowCount, subjects: study.table.subjectNames.count))
    }
    if let weights = plan.deep?.weights, weights.randomSeed != nil {
      warnings.append(.randomWeights(weights.name))
    }
    return warnings
  }
}
