import Foundation
import Mustache
import RegionPictures

/// Contact sheets: the pictures of a study's regions by site, the odd ones first.
///
/// The page needs no script to be read; with it, cases are sorted and filtered otherwise, and marked for a table of marks.
package struct PicturesPage {
  struct Case {
    var name: String
    var caseID: String
    var site: String
    var part: String
    var image: String
    var file: String
    var alternative: String
    var facts: [Fact]
    var oddities: [Oddity]
    var excluded: String?
    /// Of the case's oddities, by which the page is sorted: more and graver ones are higher.
    var oddity: Int
    var codes: String
    var volume: String
    var median: String
    var air: String
    var order: Int
  }

  struct Fact {
    var name: String
    var value: String
  }

  struct Oddity {
    var code: String
    var text: String
  }

  struct Site {
    var name: String
    var count: String
    var cases: [Case]
  }

  struct Choice {
    var code: String
    var text: String
    var count: Int
  }

  let title: String
  let lead: String
  let sites: [Site]
  let choices: [Choice]
  let siteNames: [String]
  let style = PageStyle.css + PicturesPage.css
  let script = PicturesPage.script
  let hasSites: Bool

  /// - Parameter cases: in the order in which they are to stand where nothing is odd.
  package init(title: String, cases: [PicturedCase]) {
    self.title = title
    let oddities = PictureOddities.found(in: cases)
    let described = zip(cases, oddities).enumerated().map { Case($1.0, $1.1, order: $0) }
    let groups = Dictionary(grouping: described, by: \.site)
    siteNames = groups.keys.sorted()
    hasSites = groups.count > 1
    sites = groups.sorted { $0.key < $1.key }.map { name, cases in
      let odd = cases.count { $0.oddity > 0 }
      return Site(
        name: name.isEmpty ? "Regions" : name,
        count: "\(PageNumber.count(cases.count, "region")), \(PageNumber.count(odd)) odd",
        cases: cases.sorted { ($1.oddity, $0.order) < ($0.oddity, $1.order) })
    }
    choices = RegionOddity.allCases.compactMap { oddity in
      let count = oddities.count { $0.contains(oddity) }
      return count > 0 ? Choice(code: oddity.rawValue, text: oddity.text, count: count) : nil
    }
    let odd = oddities.count { !$0.isEmpty }
    lead =
      "\(PageNumber.count(cases.count, "region")), of which \(PageNumber.count(odd)) are odd in some way: the odd ones stand first. "
      + "Odd is not wrong; look."
  }

  /// The whole HTML document.
  package func html() throws -> String {
    MustacheContentTypes.register(HTMLEscaping(), named: "ESCAPED_HTML")
    return try MustacheTemplate(string: "{{% CONTENT_TYPE: ESCAPED_HTML}}" + Self.document).render(self)
  }
}

/// Writes `pictures.csv` and the page of pictures into a folder that holds the pictures.
/// - Throws: `ReportError`.
package func writePictures(_ cases: [PicturedCase], title: String, to folder: URL) throws {
  try TableFile.write(
    PictureTable.rows(of: cases), under: PictureTable.columns,
    to: folder.appendingPathComponent("pictures.csv"))
  let page = try PicturesPage(title: title, cases: cases).html()
  try AtomicFile.write(Data(page.utf8), to: folder.appendingPathComponent("pictures.html"))
}

extension PicturesPage.Case {
  init(_ item: PicturedCase, _ oddities: [RegionOddity], order: Int) {
    let measured = item.measurements
    let name = item.name
    self.init(
      name: name, caseID: item.caseID, site: item.site, part: item.part, image: item.image, file: item.file,
      alternative: Self.alternative(name, measured), facts: Self.facts(measured),
      oddities: oddities.map { .init(code: $0.rawValue, text: $0.text) }, excluded: item.excluded,
      oddity: oddities.reduce(0) { $0 + $1.weight }, codes: oddities.map(\.rawValue).joined(separator: " "),
      volume: "\(measured.volume)", median: measured.median.map { "\($0)" } ?? "",
      air: "\(measured.shareInAir)", order: order)
  }

  private static func alternative(_ name: String, _ measured: RegionMeasurements) -> String {
    let planes = measured.dimension == 2 ? "The image" : "Axial, coronal and sagittal planes"
    return "\(planes) through the region of \(name), which is outlined, and the histogram of its intensities"
  }

  private static func facts(_ measured: RegionMeasurements) -> [PicturesPage.Fact] {
    let isFlat = measured.dimension == 2
    let axes = isFlat ? 2 : 3
    let size =
      isFlat
      ? "\(PageNumber.significant(measured.volume / 100)) cm²"
      : "\(PageNumber.significant(measured.volume / 1000)) ml"
    var facts = [
      (isFlat ? "Area" : "Volume", "\(size), \(PageNumber.count(measured.voxels, "voxel"))"),
      (
        "Intensities",
        "\(PageNumber.short(measured.minimum)) to \(PageNumber.short(measured.maximum)), median \(PageNumber.short(measured.median))"
      ),
      ("Matrix", measured.imageSize.prefix(axes).map(String.init).joined(separator: " × ")),
      (
        "Spacing", measured.spacing.prefix(axes).map { PageNumber.short($0) }.joined(separator: " × ") + " mm"
      ),
    ]
    if !isFlat { facts.append(("Axes", measured.orientation)) }
    if !measured.borders.isEmpty {
      facts.append(("Touches", measured.borders.map(Self.side).joined(separator: ", ")))
    }
    if measured.shareInAir > 0.01 { facts.append(("In air", PageNumber.percent(measured.shareInAir))) }
    return facts.map { PicturesPage.Fact(name: $0.0, value: $0.1) }
  }

  private static func side(_ letter: Character) -> String {
    let names: [Character: String] = [
      "R": "right", "L": "left", "A": "front", "P": "back", "I": "feet", "S": "head",
    ]
    return names[letter] ?? String(letter)
  }
}

extension RegionOddity {
  /// As the page says it.
  var text: String {
    switch self {
    case .outsideBody: "outside the body"
    case .undefined: "intensities that are no numbers"
    case .constant: "one intensity throughout"
    case .mirrored: "mirrored against the others"
    case .volumeFar: "volume far from the others"
    case .intensityFar: "intensity far from the others"
    case .tiny: "tiny"
    case .huge: "huge"
    case .atBorder: "at the image's border"
    }
  }

  /// What is likely a mistake outweighs all that may well be so.
  fileprivate var weight: Int {
    switch self {
    case .outsideBody, .undefined, .constant, .mirrored: 10
    case .volumeFar, .intensityFar, .tiny, .huge: 2
    case .atBorder: 1
    }
  }
}
