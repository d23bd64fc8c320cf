import Foundation
import Reporting
import StudyPlan
import Testing

private let settings = "models: [{name: Rad, selection: []}]\nbootstrap: {replicates: 0}\n"

/// North has images of 1 x 1 x 5 mm of one vendor, South what is given.
private func report(south: [String: Diagnostic.Value], orientation: String = "as-stored") throws
  -> StudyReport
{
  var cohort = FeatureCohort()
  let north: [String: Diagnostic.Value] = [
    "Orientation": .text("LPS"), "Spacing": .numbers([1, 1, 5]), "Size": .wholes([256, 192, 30]),
    "Manufacturer": .text("A"), "FieldStrength": .number(1.5),
  ]
  cohort.facts = { ImageFacts($0 / 2 % 2 == 0 ? north : south) }
  let result = try cohort.prepared(settings + "orientation: \(orientation)\n").report()
  return try StudyReport(json: Data(result.report.utf8))
}

private func texts(_ tallies: [StudyReport.Tally]) -> [String] { tallies.map { "\($0.value) \($0.count)" } }

private func numbers(_ spread: StudyReport.Spread?) -> [Double] {
  spread.map { [$0.median, $0.lowest, $0.highest] } ?? []
}

@Suite struct `Images of several sites` {
  @Test func `are told by site, whichever axis their slices lie across`() throws {
    let found = try report(south: [
      "Orientation": .text("PIL"), "Spacing": .numbers([1, 1.25, 5]), "Size": .wholes([192, 256, 30]),
    ])
    let sites = try #require(found.acquisition)
    #expect(sites.map(\.site) == ["North", "South"] && sites.map(\.images) == [20, 20])
    #expect(sites.map { texts($0.orientations) } == [["LPS 20"], ["PIL 20"]])
    #expect(sites.map(\.matrices[0].value) == ["256 x 192", "256 x 192"])
    #expect(sites.map { numbers($0.sliceSpacing) } == [[5, 5, 5], [5, 5, 5]])
    #expect(numbers(sites[1].inPlaneSpacing) == [1.125, 1, 1.25])
    #expect(sites[0].headers.map(\.attribute) == ["Manufacturer", "FieldStrength"])
    let warning = try #require(found.warnings.first { $0.code == "acquisition_differs" })
    // What only one site tells is not compared.
    #expect(
      warning.message.contains(
        "differ in the order of their axes (North LPS, South PIL); spacing in the plane (North 1 mm, South 1.125 mm). "
      ))
  }

  @Test func `that were brought to one order of axes, and are alike in all else, get no warning`() throws {
    let found = try report(
      south: [
        "Orientation": .text("RAS"), "Spacing": .numbers([5, 1, 1]), "Size": .wholes([30, 256, 192]),
        "Manufacturer": .text("A"),
      ], orientation: "lps")
    #expect(!found.warnings.contains { $0.code == "acquisition_differs" })
  }

  @Test func `of which nothing is known have no section`() throws {
    #expect(
      try StudyReport(json: Data(FeatureCohort().prepared(settings).report().report.utf8)).acquisition == nil)
  }

  @Test func `with headers of anybody's making are read as far as they go`() throws {
    let long = String(repeating: "x", count: 1_000)
    let json =
      #"{"Orientation": {"a": 1}, "Spacing": ["1", 2], "Size": [1e300, 3, 4], "Manufacturer": "\#(long)", "TubeVoltage": 1e308}"#
    let facts = try ImageFacts(json: json)
    #expect(facts.text("Orientation") == nil && facts.numbers("Spacing") == nil)
    #expect(facts.text("Manufacturer")?.count == 64 && facts.numbers("Size")?.count == 3)
    let found = try report(south: [
      "Spacing": .numbers([1e308, 1e308, 1e308]), "Size": .numbers([1e300, -1, .nan]),
      "Manufacturer": .text("<b>"),
    ])
    #expect(found.acquisition?.last.map { texts($0.matrices) } == ["– x – 20"])
    #expect(found.acquisition?.last?.sliceSpacing?.median == 1e308)
  }
}
