import Foundation
import ImageFiles
import Volumes

/// A small image and mask, sound or spoilt in one way.
struct CaseOnDisk: Sendable {
  static let size = GridSize(x: 12, y: 11, z: 8)

  var geometry = GridGeometry(size: size, spacingInMillimetres: [1, 1, 2])
  var maskGeometry: GridGeometry?
  var type = SampleType.float64
  var intensity: @Sendable (_ place: Int) -> Double = { Double($0 * 7919 % 400) }
  var label: @Sendable (_ x: Int, _ y: Int, _ z: Int) -> UInt32 = { x, y, z in
    (3..<9).contains(x) && (2..<9).contains(y) && (2..<7).contains(z) ? 1 : 0
  }

  static func sound(seed: Int) -> CaseOnDisk {
    CaseOnDisk(intensity: { Double(($0 + 31 * seed) * 7919 % (400 + seed)) })
  }

  /// More than 1,000 grey levels of width 25.
  static let wide = CaseOnDisk(intensity: { Double($0 * 48_271 % 65_536) })

  static let twoLabels = CaseOnDisk(label: { x, y, z in
    guard (2..<6).contains(y), (2..<6).contains(z) else { return 0 }
    return x < 6 ? 1 : x < 9 ? 2 : 0
  })

  static let notANumber = CaseOnDisk(intensity: {
    $0 == size.offset(x: 5, y: 5, z: 4) ? .nan : Double($0 % 90)
  })

  func write(to folder: URL, name: String = "case") throws {
    let voxels = (0..<geometry.size.voxelCount).map(intensity)
    try writeVolume(
      Volume(geometry: geometry, sampleType: type, voxels: voxels),
      to: folder.appendingPathComponent("\(name)_image.nrrd"))
    let grid = maskGeometry ?? geometry
    var labels: [UInt32] = []
    for z in 0..<grid.size.z {
      for y in 0..<grid.size.y {
        for x in 0..<grid.size.x { labels.append(label(x, y, z)) }
      }
    }
    try writeLabelMap(
      LabelMap(geometry: grid, labels: labels), to: folder.appendingPathComponent("\(name)_mask.nrrd"))
  }
}
