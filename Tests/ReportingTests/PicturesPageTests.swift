import Foundation
import RegionPictures
import Reporting
import Testing

@Suite struct `The page of pictures` {
  private static func measured(
    _ volume: Double = 1000, median: Double = 100, right: Double = 0.7, borders: String = "",
    voxels: Int = 1000
  ) -> RegionMeasurements {
    let json = """
      {"imageSize": [100, 100, 50], "spacing": [1, 1, 2], "orientation": "LPS", "dimension": 3, "voxels": \(voxels),
      "volume": \(volume), "borders": "\(borders)", "centre": [\(right), 0.5, 0.5], "undefined": 0, "minimum": 0,
      "median": \(median), "mean": \(median), "maximum": 200, "shareInAir": 0}
      """
    return try! JSONDecoder().decode(RegionMeasurements.self, from: Data(json.utf8))
  }

  /// A worker stored them: what is not told for each axis would end the report.
  @Test(arguments: [("[100, 100, 50]", "[1]"), ("[0.7, 0.5, 0.5]", "[]"), ("[1, 1, 2]", "[1, 1, 2, 4]")])
  func `takes no measurements that are not of three axes`(whole: String, part: String) throws {
    let json = String(decoding: try JSONEncoder().encode(Self.measured()), as: UTF8.self)
    let plain = { (list: String) in list.replacing(" ", with: "") }
    let damaged = json.replacing(plain(whole), with: plain(part))
    try #require(damaged != json)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(RegionMeasurements.self, from: Data(damaged.utf8))
    }
  }

  @Test func `takes sizes of an image whose voxels nobody can count`() throws {
    let json = String(decoding: try JSONEncoder().encode(Self.measured()), as: UTF8.self)
      .replacing("[100,100,50]", with: "[\(Int.max),\(Int.max),4]")
    let measured = try JSONDecoder().decode(RegionMeasurements.self, from: Data(json.utf8))
    #expect(PictureOddities.found(in: Self.cases([measured])) == [[]])
  }

  private static func cases(_ measured: [RegionMeasurements], site: String = "North") -> [PicturedCase] {
    measured.enumerated().map {
      PicturedCase(caseID: "P\($0)", site: site, file: "pictures/\($0).png", measurements: $1)
    }
  }

  /// Ten numbers of Iglewicz and Hoaglin, of which the last two are far: their modified z-scores are 25.9 and 26.3.
  private static let published = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]

  @Test func `finds intensities and volumes that are far from those of their site`() {
    let byIntensity = PictureOddities.found(in: Self.cases(Self.published.map { Self.measured(median: $0) }))
    #expect(
      byIntensity.map { $0.contains(.intensityFar) } == Array(repeating: false, count: 8) + [true, true])
    let volumes = Self.published.map { Self.measured(pow(10, $0)) }
    let byVolume = PictureOddities.found(in: Self.cases(volumes))
    #expect(byVolume.map { $0 == [.volumeFar] } == Array(repeating: false, count: 8) + [true, true])
  }

  @Test func `compares no case with those of another site, and none where there are few`() {
    let values = Self.published.map { Self.measured(median: $0) }
    let few = PictureOddities.found(in: Self.cases(Array(values.suffix(9))))
    #expect(few.joined().isEmpty)
    let mixed =
      Self.cases(Array(values.prefix(5)) + Array(values.prefix(5)))
      + Self.cases(Array(repeating: values[9], count: 10), site: "South")
    #expect(PictureOddities.found(in: mixed).joined().isEmpty)
  }

  @Test func `finds the one that deviates where the others are equal`() {
    let values = Array(repeating: 5.0, count: 11) + [6.0]
    let found = PictureOddities.found(in: Self.cases(values.map { Self.measured(median: $0) }))
    #expect(found.last == [.intensityFar] && found.dropLast().joined().isEmpty)
  }

  @Test
  func `finds a region on the other side than nine tenths of the others, and none where sides are mixed`() {
    let sides = Array(repeating: 0.7, count: 10) + [0.3]
    let found = PictureOddities.found(in: Self.cases(sides.map { Self.measured(right: $0) }))
    #expect(found.last == [.mirrored] && found.dropLast().joined().isEmpty)
    let mixed = (0..<20).map { Self.measured(right: $0 % 2 == 0 ? 0.3 : 0.7) }
    #expect(PictureOddities.found(in: Self.cases(mixed)).joined().isEmpty)
    let middle = Array(repeating: 0.7, count: 10) + [0.49]
    #expect(
      PictureOddities.found(in: Self.cases(middle.map { Self.measured(right: $0) })).joined().isEmpty)
  }

  @Test func `has each site with the odd ones first, says why, and escapes what a manifest brings`() throws {
    var cases = Self.cases([Self.measured(), Self.measured(borders: "LS"), Self.measured(voxels: 3)])
    cases[0].name = "<script>alert(\"x\")</script>"
    cases[0].caseID = "\"><b>"
    cases[0].excluded = "mask & image"
    let page = try PicturesPage(title: "Hips & knees", cases: cases).html()
    let places = try ["P2</h3>", "P1</h3>", "&lt;script&gt;"].map { text in
      try #require(page.range(of: text)?.lowerBound)
    }
    #expect(places == places.sorted())
    #expect(page.contains("<li>tiny</li>") && page.contains("<li>at the image&#39;s border</li>"))
    #expect(page.contains("<dt>Touches</dt><dd>left, head</dd>"))
    #expect(page.contains("data-id=\"&quot;&gt;&lt;b&gt;\"") && !page.contains("<b>"))
    #expect(page.contains("Not used: mask &amp; image"))
    #expect(page.contains("<h1>Hips &amp; knees</h1>"))
    #expect(page.contains("3 regions, of which 2 are odd in some way"))
    #expect(page.contains("<option value=\"tiny\">tiny (1)</option>"))
    #expect(!page.contains("http"), "nothing of another place")
  }

  @Test func `stands beside a table of the same`() throws {
    let rows = PictureTable.rows(of: Self.cases([Self.measured(borders: "LS", voxels: 3)]))
    #expect(rows.count == 1 && rows[0].count == PictureTable.columns.count)
    #expect(Array(rows[0].prefix(7)) == ["P0", "North", "", "", "pictures/0.png", "tiny at-border", "3"])
    #expect(Array(rows[0].suffix(2)) == ["100x100x50", "1x1x2"])
  }
}
