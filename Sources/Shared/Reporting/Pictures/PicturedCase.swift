import ElementaryFunctions
import RegionPictures

/// A case of which there is a picture.
package struct PicturedCase: Equatable, Sendable {
  /// As the manifest names it; what a mark names.
  package var caseID: String
  package var site: String
  /// As people read it.
  package var name: String
  /// Sequence and region, where a subject has several: cases are compared with those of the same part.
  package var part: String
  /// The manifest's path of the image, where marks need it to tell a case from others of its ID.
  package var image: String
  /// The picture's file, relative to the page.
  package var file: String
  package var measurements: RegionMeasurements
  /// Why the case is not used, if it is not.
  package var excluded: String?

  package init(
    caseID: String, site: String, name: String? = nil, part: String = "", image: String = "", file: String,
    measurements: RegionMeasurements, excluded: String? = nil
  ) {
    self.caseID = caseID
    self.site = site
    self.part = part
    self.name = name ?? (part.isEmpty ? caseID : "\(caseID), \(part)")
    self.image = image
    self.file = file
    self.measurements = measurements
    self.excluded = excluded
  }
}

/// What is odd about each of some cases: by itself, and against the others of its site and part.
package enum PictureOddities {
  /// From so many cases on one is compared with the others.
  package static let fewestCases = 10
  /// Beyond this modified z-score a value is far from the others: Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC 1993.
  package static let farScore = 3.5
  /// Nearer to the middle, as a share of the image's extent, a centre lies on no side.
  static let middle = 0.02

  /// - Returns: for each case what is odd about it, the gravest first.
  package static func found(in cases: [PicturedCase]) -> [[RegionOddity]] {
    var found = cases.map { Set($0.measurements.oddities) }
    let groups = Dictionary(grouping: cases.indices) { [cases[$0].site, cases[$0].part] }
    for members in groups.values where members.count >= fewestCases {
      let measured = members.map { cases[$0].measurements }
      // Volumes part by factors.
      let volumes = farFromOthers(measured.map { Elementary.log($0.volume) })
      let medians = farFromOthers(measured.map { $0.median ?? .nan })
      for (place, member) in members.enumerated() {
        if volumes[place] { found[member].insert(.volumeFar) }
        if medians[place] { found[member].insert(.intensityFar) }
        if isMirrored(place, among: measured) { found[member].insert(.mirrored) }
      }
    }
    return found.map { oddities in RegionOddity.allCases.filter(oddities.contains) }
  }

  /// The modified z-score, `0.6745 (x - median) / MAD`; where the MAD is 0, `(x - median) / (1.253314 · mean deviation)`.
  static func farFromOthers(_ values: [Double]) -> [Bool] {
    let known = values.filter(\.isFinite)
    guard let middle = median(known) else { return values.map { _ in false } }
    let deviations = known.map { abs($0 - middle) }
    let spread = median(deviations).flatMap { $0 > 0 ? $0 / 0.6745 : nil }
    let mean = deviations.reduce(0, +) / Double(deviations.count)
    let scale = spread ?? 1.253314 * mean
    guard scale > 0 else { return values.map { _ in false } }
    return values.map { $0.isFinite && abs($0 - middle) / scale > farScore }
  }

  /// Whether nine tenths of the others lie on the other side of the image: right and left, front and back, feet and head.
  static func isMirrored(_ place: Int, among measured: [RegionMeasurements]) -> Bool {
    (0..<3).contains { axis in
      let own = measured[place].centre[axis] - 0.5
      guard abs(own) > middle else { return false }
      let others = measured.indices.count { index in
        let other = measured[index].centre[axis] - 0.5
        return index != place && abs(other) > middle && (other > 0) != (own > 0)
      }
      return 10 * others >= 9 * (measured.count - 1)
    }
  }

  private static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half])
  }
}
