import Statistics
import Testing

@Suite struct `Cohort tables` {
  private func row(_ name: String, subject: String, site: String = "A", _ values: [Double] = [1])
    -> CohortTable.Row
  {
    CohortTable.Row(caseName: name, subject: subject, site: site, isPositive: false, values: values)
  }

  @Test func `rows are sorted by the bytes of subject and case, whatever their order`() throws {
    let rows = [
      row("c", subject: "é"), row("b", subject: "z"), row("d", subject: "Z"), row("a", subject: "z", [7]),
    ]
    let table = try CohortTable(featureNames: ["f"], rows: rows)
    #expect(table.caseNames == ["d", "a", "b", "c"])
    #expect(table.subjectNames == ["Z", "z", "é"])
    #expect(table.subjects == [0, 1, 1, 2])
    #expect(table == (try CohortTable(featureNames: ["f"], rows: rows.reversed())))
  }

  @Test func `a case or a feature that occurs twice is an error`() {
    #expect(throws: StatisticsError.self) {
      try CohortTable(featureNames: ["f"], rows: [row("a", subject: "1"), row("a", subject: "2")])
    }
    #expect(throws: StatisticsError.self) {
      try CohortTable(featureNames: ["f", "f"], rows: [row("a", subject: "1", [1, 2])])
    }
  }

  @Test func `a subject at two sites is an error that names both`() throws {
    let error = #expect(throws: StatisticsError.self) {
      try CohortTable(
        featureNames: ["f"], rows: [row("a", subject: "1"), row("b", subject: "1", site: "B")])
    }
    #expect(error?.message.contains("A and B") == true)
  }

  @Test func `rows of another length are an error`() {
    #expect(throws: StatisticsError.self) {
      try CohortTable(featureNames: ["f"], rows: [row("a", subject: "1", [1, 2])])
    }
  }
}

@Suite struct `Strata, splits and folds` {
  @Test func `strata are site by outcome, controls first`() throws {
    let table = try syntheticTable(subjects: 30, sites: 3)
    let strata = SubjectStrata(of: table, rows: table.allRows)
    #expect(strata.outcomes == [false, false, false, true, true, true])
    #expect(strata.sites == [0, 1, 2, 0, 1, 2])
    #expect(strata.strata.flatMap(\.self).sorted() == Array(0..<30))
    #expect(strata.merged.isEmpty)
  }

  @Test func `strata of one subject are merged and named`() throws {
    let table = try syntheticTable(subjects: 10, sites: 10)
    let strata = SubjectStrata(of: table, rows: table.allRows)
    #expect(strata.strata == [[2, 3, 4, 7, 8, 9], [0, 1, 5, 6]])
    #expect(strata.sites == [nil, nil])
    #expect(strata.merged.count == 10)
    let pair = SubjectStrata(of: table, rows: [0, 2, 3])
    #expect(pair.strata == [[2, 3], [0]])
  }

  @Test(arguments: [1, 2]) func `a split keeps subjects together and each stratum's share`(images: Int) throws
  {
    let table = try syntheticTable(subjects: 100, imagesPerSubject: images, sites: 2)
    let split = try Split(table, testShare: 0.3, seed: 7)
    let inTraining = Set(split.training.map { table.subjects[$0] })
    let inTest = Set(split.test.map { table.subjects[$0] })
    #expect(inTraining.isDisjoint(with: inTest))
    #expect(inTest.count == 30)
    #expect((split.training + split.test).sorted() == table.allRows)
    for subjects in SubjectStrata(of: table, rows: table.allRows).strata {
      let share = Double(subjects.count { inTest.contains($0) }) / Double(subjects.count)
      #expect(abs(share - 0.3) < 0.05)
    }
    #expect(split == (try Split(table, testShare: 0.3, seed: 7)))
    #expect(split != (try Split(table, testShare: 0.3, seed: 8)))
  }

  @Test func `a split that leaves a part without an outcome is an error`() throws {
    let table = try syntheticTable(subjects: 5, sites: 1)
    #expect(throws: StatisticsError.self) { try Split(table, testShare: 0.01, seed: 1) }
    #expect(throws: StatisticsError.self) { try Split(table, testShare: 1, seed: 1) }
  }

  @Test func `a site can be left out`() throws {
    let table = try syntheticTable(subjects: 30, sites: 3)
    let split = Split(leavingOut: 1, of: table)
    #expect(split.test.count == 10)
    #expect(split.test.allSatisfy { table.sites[$0] == 1 })
  }

  @Test func `folds keep subjects together and spread the outcomes`() throws {
    let table = try syntheticTable(subjects: 50, imagesPerSubject: 2)
    let address = RandomAddress(seed: 3, replicate: 4)
    let folds = try #require(Folds.stratified(count: 5, of: table.allRows, in: table, address: address))
    for row in stride(from: 0, to: folds.count, by: 2) { #expect(folds[row] == folds[row + 1]) }
    for fold in 0..<5 {
      let rows = table.allRows.filter { folds[$0] == fold }
      #expect(rows.count == 20)
      #expect(rows.count { table.positives[$0] } == 8)
    }
    let other = RandomAddress(seed: 3, replicate: 5)
    #expect(folds != Folds.stratified(count: 5, of: table.allRows, in: table, address: other))
  }

  @Test func `there are no more folds than subjects of the rarer outcome`() throws {
    let table = try syntheticTable(subjects: 8)
    let address = RandomAddress(seed: 3, replicate: 0)
    let folds = try #require(Folds.stratified(count: 10, of: table.allRows, in: table, address: address))
    #expect(folds.max() == 3)
    #expect(Folds.stratified(count: 10, of: [0, 2, 3, 4], in: table, address: address) == nil)
  }
}
