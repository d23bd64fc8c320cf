import LinearAlgebra
import Statistics
import Testing

@Suite struct `Features that differ at one site` {
  /// The cohort of `Benchmarks/statistics/site_contrast.R`, whose output the numbers are.
  private func referenceTable(distorted: Bool = false) throws -> CohortTable {
    let rows = (0..<60).map { i in
      let (site, isCase) = (i % 3, i % 5 < 2)
      var x = Double(i * 7919 % 1009) / 1009
      if isCase && site == 0 { x += 0.9 }
      if isCase && site == 2 { x -= 0.1 }
      if distorted && site == 1 { x = 1_000 + 64 * x * x * x }
      return CohortTable.Row(
        caseName: "\(100 + i)", subject: "\(100 + i)", site: "S\(site)", isPositive: isCase, values: [x, 1])
    }
    return try CohortTable(featureNames: ["x", "constant"], rows: rows)
  }

  @Test func `are found with the numbers of R, a constant feature never`() throws {
    let found = try #require(SiteContrasts(referenceTable(), selected: [0], others: [1]))
    let finding = try #require(found.selected.first)
    #expect(found.testedSites == [0, 1, 2] && found.selected.count == 1 && finding.contrast.site == 0)
    #expect(abs(finding.contrast.auc - 0.96875) < 1e-15)
    #expect(abs(finding.contrast.aucElsewhere - 0.442708333333333) < 1e-14)
    #expect(abs(finding.contrast.statistic / 4.0438411639915 - 1) < 1e-12)
    #expect(abs(finding.contrast.p / 0.000265219579459421 - 1) < 1e-11)
    // Three tests of selected features, and half of the level.
    #expect(abs(finding.adjustedP / (6 * 0.000265219579459421) - 1) < 1e-11)
    #expect(found.tests.selected == 3 && found.tests.others == 3)
    #expect(found.others.allSatisfy { $0.adjustedP == 1 })
  }

  @Test func `do not depend on a scanner that distorts one site's values in order`() throws {
    let found = try #require(SiteContrasts(referenceTable(), selected: [0], others: []))
    let distorted = try #require(SiteContrasts(referenceTable(distorted: true), selected: [0], others: []))
    let (first, second) = (try #require(found.selected.first), try #require(distorted.selected.first))
    #expect(first == second)
  }

  @Test(arguments: [0.0, 1e-9]) func `are found where a site's feature is its outcome`(noise: Double) throws {
    let table = try syntheticTable(subjects: 120, features: 30) { row, values in
      if row % 3 == 1 { values[9] = (row % 5 < 2 ? 1 : 0) + noise * values[9] }
    }
    let others = table.featureNames.indices.filter { $0 > 1 }
    let found = try #require(SiteContrasts(table, selected: [0, 1], others: others))
    let forged = found.others.filter { $0.adjustedP < 0.05 }
    #expect(forged.map { table.featureNames[$0.contrast.feature] } == ["rad_09"])
    #expect(forged.first?.contrast.site == 1 && forged.first?.contrast.auc == 1)
    #expect(found.selected.allSatisfy { $0.adjustedP > 0.05 })
  }

  /// Four and four are separated by chance once in 35 times.
  @Test func `at a small site are no more certain than its few subjects allow`() throws {
    let table = try syntheticTable(subjects: 120, features: 4, sites: 1)
    let rows = table.allRows.map { row -> CohortTable.Row in
      let isSmall = row < 8
      let isPositive = isSmall ? row % 2 == 0 : table.positives[row]
      var values = table.featureNames.indices.map { table.value(row: row, feature: $0) }
      if isSmall { values[3] = isPositive ? 1 : 0 }
      return CohortTable.Row(
        caseName: table.caseNames[row], subject: table.caseNames[row], site: isSmall ? "small" : "large",
        isPositive: isPositive, values: values)
    }
    let small = try CohortTable(featureNames: table.featureNames, rows: rows)
    let finding = try #require(SiteContrasts(small, selected: [3], others: [])?.selected.first)
    #expect(small.siteNames[finding.contrast.site] == "small" && finding.contrast.auc == 1)
    #expect(finding.contrast.p > 0.01)
  }

  @Test func `take no site of one outcome, and no site alone`() throws {
    let single = try syntheticTable(sites: 1)
    #expect(SiteContrasts(single, selected: [0], others: []) == nil)
    // Site 0 of five has every fifth subject, all of one outcome.
    let oneClass = try syntheticTable(subjects: 100, sites: 5)
    #expect(SiteContrasts(oneClass, selected: [0], others: []) == nil)
  }

  /// Undefined values drop the subject for this feature only.
  @Test func `leave undefined values out`() throws {
    let table = try syntheticTable(subjects: 90) { row, values in if row < 4 { values[2] = .nan } }
    let found = try #require(SiteContrasts(table, selected: [2, 3], others: []))
    #expect(found.tests.selected == 6 && found.selected.allSatisfy { $0.contrast.p.isFinite })
  }
}

@Suite struct `The influence of a site` {
  private let plan = ModelPlan(name: "m", steps: [.mannWhitney(maximumP: 0.2)])

  @Test func `is what the same pipeline gives without its subjects`() throws {
    let table = try syntheticTable(subjects: 90) { row, values in
      if row % 3 == 1 { values[7] = (row % 5 < 2 ? 4 : 0) + values[7] }
    }
    let split = try Split(table, testShare: 0.3, seed: 4)
    let model = try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: 4))
    let influence = SiteInfluence(
      of: model, table: table, training: split.training, evaluated: split.test, plan: plan, seed: 4)
    let site = influence.sites[1]
    let others = split.test.filter { table.sites[$0] != 1 }
    let again = try fitModel(
      table, rows: split.training.filter { table.sites[$0] != 1 }, plan: plan, address: .finalFit(seed: 4))
    #expect(site.cases == others.count && site.features == again.featureNames)
    let positives = others.map { table.positives[$0] }
    #expect(
      site.aucWithout
        == areaUnderCurve(again.probabilities(of: table, rows: others), positives: positives))
    #expect(
      site.aucOfOthers
        == areaUnderCurve(model.probabilities(of: table, rows: others), positives: positives))
    #expect(
      influence.auc
        == areaUnderCurve(
          model.probabilities(of: table, rows: split.test), positives: split.test.map { table.positives[$0] })
    )
  }

  @Test func `where sites are left out is of models without both sites`() throws {
    let table = try syntheticTable(subjects: 90)
    let leftOut = try LeaveOneSiteOut(table, plan: plan, seed: 4, replicates: 1)
    let influence = SiteInfluence(of: leftOut, table: table, plan: plan, seed: 4)
    let rows = table.allRows.filter { table.sites[$0] != 0 }
    var predicted = [Int: Double]()
    for (other, rest) in [(1, 2), (2, 1)] {
      let model = try fitModel(
        table, rows: table.allRows.filter { table.sites[$0] == rest }, plan: plan,
        address: .finalFit(seed: 4))
      let itsRows = table.allRows.filter { table.sites[$0] == other }
      for (row, value) in zip(itsRows, model.probabilities(of: table, rows: itsRows)) {
        predicted[row] = value
      }
    }
    let expected = areaUnderCurve(
      rows.map { predicted[$0] ?? .nan }, positives: rows.map { table.positives[$0] })
    #expect(influence.sites[0].aucWithout == expected && influence.sites[0].cases == 60)
    let two = try syntheticTable(subjects: 60, sites: 2)
    let ofTwo = SiteInfluence(
      of: try LeaveOneSiteOut(two, plan: plan, seed: 4, replicates: 1), table: two, plan: plan, seed: 4)
    #expect(ofTwo.sites.allSatisfy { $0.aucWithout == nil && $0.reason?.contains("two sites") == true })
  }

  @Test func `says why no model can be made without the only site with both outcomes`() throws {
    let table = try syntheticTable(subjects: 100, sites: 1)
    let rows = table.allRows.map { row in
      CohortTable.Row(
        caseName: table.caseNames[row], subject: table.caseNames[row],
        site: row < 10 && !table.positives[row] ? "controls" : "main", isPositive: table.positives[row],
        values: table.featureNames.indices.map { table.value(row: row, feature: $0) })
    }
    let changed = try CohortTable(featureNames: table.featureNames, rows: rows)
    let model = try fitModel(changed, rows: changed.allRows, plan: plan, address: .finalFit(seed: 4))
    let influence = SiteInfluence(
      of: model, table: changed, training: changed.allRows, evaluated: changed.allRows, plan: plan, seed: 4)
    #expect(changed.siteNames[1] == "main" && influence.sites[1].aucWithout == nil)
    #expect(influence.sites[1].reason?.contains("same outcome") == true)
    #expect(influence.sites[0].aucWithout != nil)
  }
}
