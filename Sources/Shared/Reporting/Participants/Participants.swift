import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// Who entered, with every denominator.
  package struct Cohort: Codable, Equatable, Sendable {
    /// Subjects with at least one case used.
    package var subjects: Int
    /// Cases used, one image and mask each.
    package var images: Int
    /// Used subjects with the outcome.
    package var positives: Int
    /// Used subjects in the training part.
    package var training: Int
    /// Used subjects in the test part; zero where the study has none.
    package var test: Int
    package var cases: CaseCounts
    /// In the order of the site names.
    package var perSite: [Site]
    /// Of the external cohort, who are in none of the counts above but `cases`; absent without one.
    package var external: External? = nil

    private enum CodingKeys: String, CodingKey {
      case subjects, images, positives, training, test, cases, external
      case perSite = "per_site"
    }
  }

  /// Used patients of the external cohort.
  package struct External: Codable, Equatable, Sendable {
    package var subjects: Int
    package var images: Int
    /// Subjects with the outcome.
    package var positives: Int
    package var sites: [String]
  }

  /// How each submitted case ended: `submitted == done + failed + excluded`.
  package struct CaseCounts: Codable, Equatable, Sendable {
    package var submitted: Int
    package var done: Int
    package var failed: Int
    package var excluded: Int
  }

  /// One site's part of the cohort; the counts mean what they mean in `Cohort`.
  package struct Site: Codable, Equatable, Sendable {
    package var site: String
    package var subjects: Int
    package var images: Int
    package var positives: Int
    package var training: Int
    package var test: Int
    /// Cases of the site that failed.
    package var failed: Int = 0
    /// Cases of the site that were excluded.
    package var excluded: Int = 0
  }

  /// A submitted case that no model saw, and why.
  package struct Exclusion: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
      /// The case could not be read or measured.
      case failed
      /// A rule of the study left the case out.
      case excluded
    }

    package var caseID: String
    package var subject: String
    package var site: String
    package var kind: Kind
    /// Short and stable, for programs: `mask_empty`.
    package var code: String
    /// What is wrong, in a sentence.
    package var sentence: String
    /// What to do about it.
    package var remedy: String

    private enum CodingKeys: String, CodingKey {
      case caseID = "id"
      case subject, site, kind, code, sentence, remedy
    }
  }

  /// Cases of several subjects that are one image, which a study of independent subjects should not have.
  package struct DuplicateGroup: Codable, Equatable, Sendable {
    /// IDs of the cases, sorted.
    package var cases: [String]
    package var crossesSites: Bool
    /// True where one copy was trained on and another tested: the test is then not independent.
    package var crossesSplit: Bool
    /// True where two copies stand in one part under subjects that are not one group: folds, resamples and intervals then take
    /// them for two people. Absent in reports of before, and where it is not so.
    package var sharesPart: Bool? = nil
    /// How they are known: `digest_column` or `features`; absent where by the SHA-256 of their image files.
    package var evidence: DuplicateCases.Evidence? = nil

    private enum CodingKeys: String, CodingKey {
      case cases
      case crossesSites = "crosses_sites"
      case crossesSplit = "crosses_split"
      case sharesPart = "shares_part"
      case evidence
    }
  }
}

extension StudyReport.External {
  init(_ external: ExternalCohort) {
    let table = external.table
    self.init(
      subjects: table.subjectNames.count, images: external.members.joined().count,
      positives: Set(table.subjects.indices.filter { table.positives[$0] }.map { table.subjects[$0] }).count,
      sites: table.siteNames)
  }
}

extension ReportAssembly {
  func cohort() -> StudyReport.Cohort {
    let table = study.table
    let training = Set(study.split.training.map { table.subjects[$0] })
    let test = Set(study.split.test.map { table.subjects[$0] })
    let positive = Set(table.subjects.indices.filter { table.positives[$0] }.map { table.subjects[$0] })
    let siteOf = Dictionary(zip(table.subjects, table.sites)) { first, _ in first }
    let names = Set(study.cohort.cases.map(\.site)).sorted()
    return StudyReport.Cohort(
      subjects: table.subjectNames.count, images: study.members.joined().count, positives: positive.count,
      training: training.count,
      test: test.count, cases: counts(of: study.cohort.cases),
      perSite: names.map { name in
        let site = table.siteNames.firstIndex(of: name)
        func here(_ subjects: Set<Int>) -> Int { site == nil ? 0 : subjects.count { siteOf[$0] == site } }
        let cases = counts(of: study.cohort.cases.filter { $0.site == name })
        let images = study.members.joined().count { $0.site == name }
        return StudyReport.Site(
          site: name, subjects: here(Set(table.subjects)), images: images, positives: here(positive),
          training: here(training), test: here(test), failed: cases.failed, excluded: cases.excluded)
      }, external: study.external.map(StudyReport.External.init))
  }

  private func counts(of cases: [StudyCase]) -> StudyReport.CaseCounts {
    let used = modelled
    let done = cases.count { used.contains($0.id) }
    let failed = cases.count { $0.state == .failed }
    return StudyReport.CaseCounts(
      submitted: cases.count, done: done, failed: failed, excluded: cases.count - done - failed)
  }

  func exclusions() -> [StudyReport.Exclusion] {
    let names = study.cohort.caseNames
    let used = modelled
    return study.cohort.cases.filter { !used.contains($0.id) }.map { item in
      let loss = item.loss ?? .outcomeUnknown
      return StudyReport.Exclusion(
        caseID: names[item.id] ?? "", subject: item.subject, site: item.site,
        kind: item.state == .failed ? .failed : .excluded, code: loss.code, sentence: loss.sentence,
        remedy: loss.remedy)
    }
  }

  /// Cases of different subjects that are one image.
  func duplicates(_ found: [DuplicateCases]) -> [StudyReport.DuplicateGroup] {
    let names = study.cohort.caseNames
    let training = Set(study.split.training.flatMap { study.members[$0].map(\.id) })
    let test = Set(study.split.test.flatMap { study.members[$0].map(\.id) })
    let external = Set(study.external?.members.joined().map(\.id) ?? [])
    let unseen = test.union(external)
    func units(in part: Set<Int64>, of cases: [StudyCase]) -> Int {
      Set(cases.filter { part.contains($0.id) }.map(\.unit)).count
    }
    return found.map { group in
      let cases = group.cases
      return StudyReport.DuplicateGroup(
        cases: cases.map { "\($0.site)/\(names.name(of: $0))" }.sorted(),
        crossesSites: Set(cases.map(\.site)).count > 1,
        crossesSplit: cases.contains { training.contains($0.id) }
          && cases.contains { unseen.contains($0.id) },
        sharesPart: [training, test, external].contains { units(in: $0, of: cases) > 1 } ? true : nil,
        evidence: group.evidence == .imageFile ? nil : group.evidence)
    }.sorted { $0.cases.lexicographicallyPrecedes($1.cases) }
  }
}
