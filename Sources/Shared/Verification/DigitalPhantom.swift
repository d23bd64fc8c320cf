import Volumes

/// The digital phantom of IBSI-1: 5 x 4 x 4 voxels of 2 mm, 74 of them in the region.
///
/// Designed by Alex Zwanenburg; the reference manual of the initiative (arXiv 1612.07003) prints its voxels, theibsi/data_sets has them as
/// files under CC BY 4.0. Its reference values, in `Data/phantom-reference.csv`, are those of theibsi/data_sets under the same licence.
enum DigitalPhantom {
  /// Slices from the first to the last, a word a row along x.
  private static let slices = [
    "14411 14611 41641 44641", "14411 11611 11311 44611", "14411 11111 11911 11611",
    "14411 11111 11111 11611",
  ]

  /// The same of the region.
  private static let region = [
    "11111 11111 11111 11111", "11111 11111 01111 11111", "11100 11111 11011 11111",
    "11100 11111 11111 11111",
  ]

  private static let geometry = GridGeometry(
    size: GridSize(x: 5, y: 4, z: 4), spacingInMillimetres: [2, 2, 2])

  static var image: Volume {
    Volume(geometry: geometry, sampleType: .int16, voxels: digits(slices).map(Double.init))
  }

  static var mask: LabelMap { LabelMap(geometry: geometry, labels: digits(region).map { UInt32($0) }) }

  private static func digits(_ slices: [String]) -> [Int] { slices.joined().compactMap(\.wholeNumberValue) }
}
