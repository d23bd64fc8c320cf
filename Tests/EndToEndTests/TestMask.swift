import Foundation
import ImageFiles
import Volumes

/// Masks made to be wrong, or just different.
enum TestMask {
  /// A ball in the middle of an image's grid.
  static func write(like image: URL, to mask: URL) throws {
    try write(readVolume(at: image).geometry, to: mask) { x, y, z in x * x + y * y + z * z < 0.2 }
  }

  static func writeEmpty(like image: URL, to mask: URL) throws {
    try write(readVolume(at: image).geometry, to: mask) { _, _, _ in false }
  }

  /// On a grid that begins a centimetre away.
  static func writeShifted(like image: URL, to mask: URL) throws {
    var geometry = try readVolume(at: image).geometry
    geometry.originInMillimetres.x += 10
    try write(geometry, to: mask) { x, y, z in x * x + y * y + z * z < 0.2 }
  }

  /// Coordinates run from -1 to 1 along each axis.
  private static func write(
    _ geometry: GridGeometry, to url: URL, isInside: (Double, Double, Double) -> Bool
  ) throws {
    let size = geometry.size
    func coordinate(_ index: Int, _ count: Int) -> Double { (2 * Double(index) + 1) / Double(count) - 1 }
    var labels = [UInt32](repeating: 0, count: size.voxelCount)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x
        where isInside(coordinate(x, size.x), coordinate(y, size.y), coordinate(z, size.z)) {
          labels[size.offset(x: x, y: y, z: z)] = 1
        }
      }
    }
    try writeLabelMap(LabelMap(geometry: geometry, labels: labels), to: url)
  }
}
