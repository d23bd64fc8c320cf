extension Page.Flow {
  init(_ cohort: StudyReport.Cohort) {
    submitted = PageNumber.count(cohort.cases.submitted, "case")
    failed = PageNumber.count(cohort.cases.failed)
    excluded = PageNumber.count(cohort.cases.excluded)
    used = PageNumber.count(cohort.cases.done, "case")
    usedDetail =
      "\(PageNumber.count(cohort.subjects, "subject")), \(PageNumber.count(cohort.positives)) with the "
      + "outcome"
    training = PageNumber.count(cohort.training, "subject")
    test = PageNumber.count(cohort.test, "subject")
    hasTest = cohort.test > 0
  }
}

extension Page.SiteRow {
  init(_ site: StudyReport.Site) {
    self.init(
      site: site.site, subjects: PageNumber.count(site.subjects), images: PageNumber.count(site.images),
      positives: Self.positives(site.positives, of: site.subjects), training: PageNumber.count(site.training),
      test: PageNumber.count(site.test), failed: PageNumber.count(site.failed),
      excluded: PageNumber.count(site.excluded))
  }

  /// The cohort's own counts, not sums over sites, so that a disagreement would show.
  init(totalOf cohort: StudyReport.Cohort) {
    self.init(
      site: "All sites", subjects: PageNumber.count(cohort.subjects), images: PageNumber.count(cohort.images),
      positives: Self.positives(cohort.positives, of: cohort.subjects),
      training: PageNumber.count(cohort.training), test: PageNumber.count(cohort.test),
      failed: PageNumber.count(cohort.cases.failed), excluded: PageNumber.count(cohort.cases.excluded))
  }

  private static func positives(_ positives: Int, of subjects: Int) -> String {
    guard subjects > 0 else { return PageNumber.count(positives) }
    return "\(PageNumber.count(positives)) (\(PageNumber.percent(Double(positives) / Double(subjects))))"
  }
}

extension Page.ExclusionRow {
  init(_ exclusion: StudyReport.Exclusion) {
    id = exclusion.caseID
    site = exclusion.site
    kind = exclusion.kind.rawValue
    code = exclusion.code
    sentence = exclusion.sentence
    remedy = exclusion.remedy
  }
}

extension Page.DuplicateRow {
  init(_ group: StudyReport.DuplicateGroup) {
    cases = group.cases.joined(separator: ", ")
    let crossings = [
      group.crossesSites ? "at different sites" : nil,
      group.crossesSplit ? "in both the training and the test part" : nil,
    ].compactMap(\.self)
    consequence = crossings.isEmpty ? "within one site and part" : crossings.joined(separator: ", ")
  }
}
