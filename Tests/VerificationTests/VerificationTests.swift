import Foundation
import Testing
import Volumes

@testable import Verification

@Suite struct `What was found of an installation` {
  private func check(_ name: String, _ found: Double?, agreed: Bool = true) -> Verification.Check {
    ReferenceValue(
      tag: name, code: "X", consensus: "strong", agreed: agreed ? .init(value: 0.698, tolerance: 0) : nil
    ).check(found, .toleranceOrDigits)
  }

  private func verification(_ checks: [Verification.Check], failure: String? = nil) -> Verification {
    Verification(
      installation: Installation(),
      parts: [
        .init(
          title: "A <part>", kind: .values, parameters: "Examples/a.yaml", features: 5, failure: failure,
          checks: checks)
      ],
      notLookedAt: [.init(what: "another part", why: "it is not here")],
      files: [.init(path: "a/reference.csv", sha256: "00ff")])
  }

  @Test func `is counted`() {
    let found = verification([
      check("a", 0.698), check("b", 0.6981), check("c", 0.7), check("d", nil), check("e", 1, agreed: false),
    ])
    let counts = found.counts
    #expect(counts.checked == 4 && counts.met == 2 && counts.withinTolerance == 1)
    #expect(counts.failed == 2 && counts.listed == 1)
    #expect(!found.passed)
    #expect(
      found.summary
        == "FAILED: 4 checked, 2 met, 2 failed; 1 listed without an agreed value; not looked at: another part."
    )
    #expect(
      found.failures == [
        "A <part>: c is 0.7, the reference 0.698 ± 0.0",
        "A <part>: d is not a number, the reference 0.698 ± 0.0",
      ])
    let lines = found.lines
    #expect(lines.contains("  A <part>: e is 1.0") && lines.contains("  another part: it is not here"))
  }

  @Test func `says that a map cannot be compared, and by how much another differs`() {
    let found = Verification(
      installation: Installation(),
      parts: [
        .init(
          title: "maps", kind: .maps, parameters: "", features: 0, failure: nil,
          checks: [check("1_a", nil), check("1_b", 7)])
      ], notLookedAt: [], files: [])
    #expect(found.failures[0].hasPrefix("maps: 1_a cannot be compared: the reference or the map has another"))
    #expect(found.failures[1] == "maps: 1_b differs by up to 7.0 % of the range, and may by 0.0 %")
  }

  @Test func `has passed where nothing failed, and not where something could not be computed`() {
    #expect(verification([check("a", 0.698), check("e", nil, agreed: false)]).passed)
    #expect(!verification([check("a", 0.698)], failure: "no memory").passed)
  }

  @Test func `is a page that says all of it, and no date`() throws {
    let found = verification([check("a", 0.698), check("b", 0.6981), check("c", 0.7)])
    let page = try VerificationPage(found, date: nil, note: nil).html()
    for text in [
      "A &lt;part&gt;", "Failed", "met by its digits", "0.6981", "another part", "it is not here", "00ff",
      found.installation.extractor, "Examples/a.yaml", ">strong<",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("A <part>") && !page.contains("<dt>Date</dt>") && !page.contains("<dt>Note</dt>"))
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    let filed = try VerificationPage(found, date: "2026-11-30T10:00:00Z", note: "CT <2>").html()
    #expect(
      filed.contains("<dt>Date</dt><dd>2026-11-30T10:00:00Z</dd>") && filed.contains("<dd>CT &lt;2&gt;</dd>"))
    // But for the two, it is the same page.
    #expect(
      filed.replacing("<div><dt>Date</dt><dd>2026-11-30T10:00:00Z</dd></div>\n", with: "")
        .replacing("<div><dt>Note</dt><dd>CT &lt;2&gt;</dd></div>\n", with: "") == page)
  }
}

@Suite struct `A response map` {
  private func map(_ voxels: [Double], size: GridSize = GridSize(x: 4, y: 1, z: 1)) -> Volume {
    Volume(geometry: GridGeometry(size: size), voxels: voxels)
  }

  @Test func `differs by its largest difference in per cent of the reference's range`() {
    #expect(ResponseMapCheck.difference(map([0, 1, 2, 3.5]), map([0, 1.5, 2, 4])) == 12.5)
    #expect(ResponseMapCheck.difference(map([1, 2, 3, 4]), map([1, 2, 3, 4])) == 0)
  }

  @Test func `of another size, without a range or with a voxel that is no number cannot be compared`() {
    #expect(
      ResponseMapCheck.difference(map([1, 2], size: GridSize(x: 2, y: 1, z: 1)), map([1, 2, 3, 4])) == nil)
    #expect(ResponseMapCheck.difference(map([1, 1, 1, 1]), map([1, 1, 1, 1])) == nil)
    #expect(ResponseMapCheck.difference(map([1, .nan, 3, 4]), map([1, 2, 3, 4])) == nil)
    #expect(ResponseMapCheck.difference(map([1, 2, 3, 4]), map([1, .nan, 3, 4])) == nil)
    #expect(ResponseMapCheck.difference(map([1, 2, 3, 4]), map([1, .infinity, 3, 4])) == nil)
  }
}
