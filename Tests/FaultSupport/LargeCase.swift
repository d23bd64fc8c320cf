import Foundation
import ImageFiles
import Volumes

/// The reference cohort with one more case, whose image is five hundred times larger than the others'.
enum LargeCase {
  /// Enough for three small cases at a time (a worker takes 250 MB with its libraries), half of what the large one needs.
  static let addressSpace = 768 << 20
  static let image = "large.nii.gz"
  /// Of no other case.
  static let site = "SITE_LARGE"
  private static let size = GridSize(x: 400, y: 400, z: 256)

  /// - Returns: the study file.
  static func study(beside reference: ReferenceStudy) throws -> URL {
    let file = reference.folder.appendingPathComponent("large.yaml")
    guard !FileManager.default.fileExists(atPath: file.path) else { return file }
    let geometry = try readVolume(at: reference.root.appendingPathComponent("images/SYN-001.nii.gz")).geometry
      .resized(to: size)
    try writeVolume(volume(geometry), to: reference.root.appendingPathComponent(image), packing: .stored)
    try writeLabelMap(
      region(geometry), to: reference.root.appendingPathComponent("large-mask.nii.gz"), packing: .stored)
    let manifest = reference.root.appendingPathComponent("manifest.csv")
    let rows = try String(contentsOf: manifest, encoding: .utf8).split(whereSeparator: \.isNewline)
    let more = rows + ["LARGE,\(site),\(image),large-mask.nii.gz,1"]
    try Data(more.joined(separator: "\n").utf8).write(to: reference.root.appendingPathComponent("large.csv"))
    let study = try String(contentsOf: reference.file, encoding: .utf8)
    try Data(study.replacing("cohort/manifest.csv", with: "cohort/large.csv").utf8).write(to: file)
    return file
  }

  private static func volume(_ geometry: GridGeometry) -> Volume {
    var voxels = [Double](repeating: 0, count: size.voxelCount)
    for index in voxels.indices { voxels[index] = Double(index &* 2_654_435_761 >> 16 & 255) }
    return Volume(geometry: geometry, sampleType: .int16, voxels: voxels)
  }

  /// Everything but a margin.
  private static func region(_ geometry: GridGeometry) -> LabelMap {
    var labels = [UInt32](repeating: 0, count: size.voxelCount)
    for z in 1..<size.z - 1 {
      for y in 1..<size.y - 1 {
        for x in 1..<size.x - 1 { labels[size.offset(x: x, y: y, z: z)] = 1 }
      }
    }
    return LabelMap(geometry: geometry, labels: labels)
  }
}

extension GridGeometry {
  fileprivate func resized(to size: GridSize) -> GridGeometry {
    var resized = self
    resized.size = size
    return resized
  }
}
