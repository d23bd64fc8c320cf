import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private let short = """
  models: [{name: Rad, selection: [mann-whitney: {p: 0.3}, lasso: {folds: 4}]}]
  bootstrap: {replicates: 6, per_task: 4}

  """

private func report(_ cohort: StudyCohort) throws -> StudyReport {
  try StudyReport(json: Data(try PreparedStudy(cohort).report().report.utf8))
}

/// Well-mixed values: of the pattern of `FeatureCohort` some features are the outcome nearly.
private func mixed(_ subject: Int, _ feature: Int) -> Double {
  var bits = UInt64(subject * 97 + feature + 1) &* 0x9E37_79B9_7F4A_7C15
  bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
  bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
  return Double((bits ^ bits >> 31) >> 11) * 0x1p-53 + (feature == 0 ? 0.35 * Double(subject % 2) : 0)
}

private let made = FeatureCohort(subjects: 60, value: mixed)

extension StudyCohort {
  /// As a study from a table of features.
  fileprivate func fromTable(digests column: String? = nil) -> StudyCohort {
    var cohort = self
    let digests = column.map { ",\"digestColumn\":\"\($0)\"" } ?? ""
    let source = "{\"name\":\"t.csv\",\"sha256\":\"00\",\"features\":8,\"otherColumns\":[]\(digests)}"
    do {
      cohort.study.table = try JSONDecoder().decode(FeatureTableSource.self, from: Data(source.utf8))
    } catch {
      preconditionFailure("\(error)")
    }
    return cohort
  }

  fileprivate func blanking(_ subjects: [Int]) -> StudyCohort {
    var cohort = self
    for item in cases where subjects.contains((Int(item.subject) ?? 0) - 1_000) {
      cohort.features[0].values[item.id] = cohort.features[0].values[item.id]?.map { _ in .nan }
    }
    return cohort
  }
}

extension StudyReport {
  fileprivate var codes: [String] { warnings.map(\.code) }
  fileprivate func line(_ code: String) -> AuditLine? { audit.first { $0.code == code } }
}

@Suite struct `What a study loses` {
  @Test func `of blank rows is told, and costs neither features nor the site check`() throws {
    let whole = try report(made.cohort(short).fromTable())
    let blank = try report(made.cohort(short).fromTable().blanking([3, 4, 5]))
    #expect(
      blank.cohort.images == 57 && blank.exclusions.map(\.code) == ["no-values", "no-values", "no-values"])
    #expect(blank.models[0].selection.first?.kept == 8 && blank.siteCheck != nil)
    #expect(blank.codes.contains("blank_rows") && !whole.codes.contains("blank_rows"))
    #expect(blank.duplicates.isEmpty && blank.line("duplicates_within_parts")?.status == .pass)
  }

  @Test func `of features to a few rows is told with the rows`() throws {
    var cohort = try made.cohort(short)
    let whole = try PreparedStudy(cohort)
    let item = whole.cases[whole.split.training[0]]
    cohort.features[0].values[item.id]?.replaceSubrange(1..<7, with: [Double](repeating: .nan, count: 6))
    let found = try report(cohort)
    let warning = try #require(found.warnings.first { $0.code == "features_lost" })
    #expect(
      warning.message.contains("6 of its 8 features") && warning.message.contains("in 1 of 42 training cases")
    )
    #expect(!(try report(made.cohort(short)).codes.contains("features_lost")))
    #expect(found.siteCheck != nil)
  }

  @Test func `of a site without outcomes, or without values, heads the warnings`() throws {
    var unknown = FeatureCohort(subjects: 60, sites: ["North", "South", "West"], value: mixed)
    unknown.outcome = { $0 / 2 % 3 == 2 ? nil : $0 % 2 }
    let found = try report(unknown.cohort(short))
    #expect(found.codes.first == "site_lost")
    #expect(
      found.warnings[0].message.hasPrefix(
        "Site West is missing: none of its 20 cases could be used (most often outcome-unknown)"))
    #expect(!(try report(made.cohort(short)).codes.contains("site_lost")))
  }

  @Test func `of everything ends with what most cases are lost to`() throws {
    var cohort = try made.cohort(short)
    for index in cohort.cases.indices {
      cohort.cases[index].state = .failed
      cohort.cases[index].loss = StudyCase.Loss(
        code: "mask-empty", sentence: "The mask has no voxel of label 1.", remedy: "Give the right label.")
    }
    #expect {
      _ = try PreparedStudy(cohort)
    } throws: { error in
      guard let error = error as? StudyTaskError else { return false }
      return error.code == "no-cases"
        && error.sentence.contains("None of the 60 cases can be used (60 failed)")
        && error.sentence.contains("mask-empty") && error.remedy == "Give the right label."
    }
  }

  @Test func `of an ID that stands at two sites is told, unless sites number their subjects alike`() throws {
    func renamed(_ name: (Int, StudyCase) -> String) throws -> StudyCohort {
      var cohort = try made.cohort(short)
      for index in cohort.cases.indices { cohort.cases[index].subject = name(index, cohort.cases[index]) }
      return cohort
    }
    var count: [String: Int] = [:]
    let numbered = try renamed { _, item in
      count[item.site, default: 0] += 1
      return "P\(count[item.site] ?? 0)"
    }
    #expect(!(try report(numbered).codes.contains("ids_at_several_sites")))
    let first = try #require(try made.cohort(short).cases.first { $0.site == "North" })
    let other = try #require(try made.cohort(short).cases.first { $0.site == "South" })
    let shared = try renamed { _, item in item.id == other.id ? first.subject : item.subject }
    let warning = try #require(try report(shared).warnings.first { $0.code == "ids_at_several_sites" })
    #expect(warning.message.hasPrefix("1 ID stands at several sites (\(first.subject))"))
  }
}

@Suite struct `Duplicates in a study` {
  /// The rows of some subjects under other names, too: of the same site and outcome.
  private func copied(_ yaml: String, noise: Double = 0) throws -> StudyCohort {
    var cohort = made
    cohort.value = { subject, feature in
      let twin = (40..<52).contains(subject) ? subject - 40 : subject
      return mixed(twin, feature) + noise * (Double(feature % 2) - 0.5)
    }
    return try cohort.cohort(yaml)
  }

  @Test(arguments: [0, 0.002]) func `inside the training part fail the audit, which names the remedy`(
    noise: Double
  )
    throws
  {
    let found = try report(copied(short, noise: noise))
    #expect(found.duplicates.count == 12 && found.duplicates.allSatisfy { $0.evidence == .features })
    let line = try #require(found.line("duplicates_within_parts"))
    #expect(line.status == .fail && line.evidence.contains("duplicates: group"))
    #expect(found.codes.prefix(2) == ["audit_failed", "audit_failed"] || found.codes.first == "audit_failed")
    #expect(found.failsAudit)
  }

  @Test func `are one subject each where the study says so`() throws {
    let found = try report(copied(short + "duplicates: group\n"))
    #expect(found.cohort.subjects == 48 && found.cohort.images == 60)
    #expect(found.line("duplicates_within_parts")?.status == .pass)
    #expect(found.line("duplicates_across_split")?.status == .pass)
    #expect(!found.failsAudit && found.codes.contains("duplicates_grouped"))
    let study = try PreparedStudy(copied(short + "duplicates: group\n"))
    for range in study.plan.ranges { _ = try study.replicates(range) }
  }

  @Test func `are known by the image file, and by a column of digests that the study names`() throws {
    var byFile = try made.cohort(short)
    for (place, index) in byFile.cases.indices.enumerated() {
      byFile.cases[index].imageSHA256 = [UInt8(place / 2)]
    }
    let files = try report(byFile)
    #expect(files.duplicates.count == 30 && files.duplicates.allSatisfy { $0.evidence == nil })
    #expect(files.line("duplicates_within_parts")?.status == .fail)
    var byColumn = try made.cohort(short).fromTable(digests: "sha")
    for (place, index) in byColumn.cases.indices.enumerated() {
      byColumn.cases[index].extra["sha"] = place < 46 ? "\(place / 2)" : ""
    }
    let column = try report(byColumn)
    #expect(column.duplicates.count == 23 && column.duplicates.allSatisfy { $0.evidence == .digestColumn })
    #expect(column.line("duplicates_across_split")?.rule.contains("by column sha") == true)
    #expect(column.line("duplicates_within_parts")?.status == .fail)
  }

  @Test func `of a table are told by what was looked at`() throws {
    let found = try report(made.cohort(short).fromTable())
    let line = try #require(found.line("duplicates_across_split"))
    #expect(!line.rule.contains("SHA-256") && line.evidence.contains("no file, and no column of digests"))
    #expect(line.evidence.contains("60 rows compared with each other by 8 features"))
  }
}

@Suite struct `The size of a study` {
  @Test func `is told where models need more subjects, and more so where hardly anybody has the outcome`()
    throws
  {
    let small = try report(made.cohort(short))
    let warning = try #require(small.warnings.last)
    #expect(warning.code == "sample_size" && warning.message.contains("Rad: 8 candidate features need"))
    var five = made
    five.outcome = { $0 % 10 == 0 ? 1 : 0 }
    let few = try report(five.cohort(short))
    #expect(few.codes.contains("few_events") && !few.codes.contains("sample_size"))
    #expect(
      few.warnings.first { $0.code == "few_events" }?.message.contains("only 4 have the rarer outcome")
        == true)
  }

  @Test func `is enough for few candidates and many subjects`() {
    let size = StudySize(subjects: 1_000, positives: 500, models: [.init(name: "Rad", candidates: 4)])
    #expect(size.tooSmall == nil && size.fewEvents == nil)
    let large = StudySize(subjects: 1_000, positives: 500, models: [.init(name: "Rad", candidates: 1_709)])
    let sentence = large.tooSmall ?? ""
    #expect(sentence.contains("Rad: 1,709 candidate features need"))
    #expect(sentence.contains("here 0.29 events for each"))
    #expect(
      StudySize(subjects: 10, positives: 5, models: [.init(name: "Rad", candidates: 4)]).fewEvents != nil)
  }
}
