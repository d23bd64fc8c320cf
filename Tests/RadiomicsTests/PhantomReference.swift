import TestSupport
import Volumes

/// One value of the initiative's reference for its digital phantom.
struct PhantomReference: CustomStringConvertible, Sendable {
  let tag: String
  let featureTag: String
  let code: String
  /// `nil` where the initiative found no agreement.
  let value: Double?
  let tolerance: Double

  var description: String { "\(value.map { "\($0)" } ?? "none") ± \(tolerance)" }

  static func all() throws -> [PhantomReference] {
    try Table(ReferenceData.file("ibsi/phantom_reference.csv")).rows.dropFirst().map { row in
      PhantomReference(
        tag: row[0], featureTag: row[1], code: row[2], value: Double(row[6]), tolerance: Double(row[7]) ?? 0)
    }
  }

  /// Whether a value lies within the tolerance. Reference values have three digits, and most have tolerance
  /// 0: these are met by what rounds to them.
  func isMet(by found: Double) -> Bool {
    guard let value else { return false }
    var unit = 1e-12
    while abs(value) >= unit * 1000 { unit *= 10 }
    return abs(found - value) <= max(tolerance, unit / 2 * (1 + 1e-9))
  }
}

extension TestRegion {
  /// The digital phantom: 5 x 4 x 4 voxels of 2 mm, 74 of them in the region, intensities 1 to 6.
  static func ibsiPhantom() throws -> TestRegion {
    let rows = try Table(ReferenceData.file("ibsi/phantom_voxels.csv")).rows.dropFirst()
      .map { $0.compactMap(Double.init) }
    var region = TestRegion(
      size: GridSize(x: 5, y: 4, z: 4), image: [Double](repeating: 0, count: 80),
      mask: [UInt8](repeating: 0, count: 80))
    region.spacing = [2, 2, 2]
    for row in rows {
      let position = region.size.offset(x: Int(row[0]), y: Int(row[1]), z: Int(row[2]))
      region.image[position] = row[3]
      region.mask[position] = UInt8(row[4])
    }
    return region
  }
}
