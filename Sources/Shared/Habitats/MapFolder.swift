import Foundation
import ImageFiles
import Volumes

/// Maps of one region by voxel, as `worker extract --mode voxel` leaves them in a folder.
package struct MapFolder: Sendable {
  /// The folder's last path component.
  package let name: String
  /// Features in ascending order of their names, without `Case-1_`.
  let features: [String]
  let geometry: GridGeometry
  /// Values of each map.
  let maps: [[Double]]

  /// More values than this are not taken at once: 4 GiB.
  static let mostValues = 1 << 29

  /// How the names of masks of habitats end, which are no maps.
  package static let maskSuffix = "_habitats"

  /// Reads all maps (`.nrrd`, `.nii.gz`) of a folder, but no mask of habitats that was written into it.
  /// - Throws: `HabitatError`: `noMaps`, `mapsDiffer`, `tooLarge`; `ImageFileError` of a map that cannot be read.
  package init(at folder: URL) throws {
    let path = folder.path
    let files: [URL]
    do {
      // By path, which follows a link to a folder; by URL there would be nothing in it.
      files = try FileManager.default.contentsOfDirectory(atPath: path).map {
        folder.appendingPathComponent($0)
      }
    } catch {
      throw HabitatError(.noMaps, "\(path) cannot be read as a folder of maps; check that it is there.")
    }
    let maps = files.compactMap { file in Self.feature(of: file).map { (feature: $0, file: file) } }.sorted {
      ($0.feature, $0.file.lastPathComponent) < ($1.feature, $1.file.lastPathComponent)
    }
    guard !maps.isEmpty else {
      throw HabitatError(
        .noMaps, "\(path) has no map (.nrrd, .nii.gz); make them by worker extract --mode voxel --out-dir.")
    }
    var found: [(feature: String, volume: Volume)] = []
    for (feature, map) in maps {
      guard found.last?.feature != feature else {
        throw HabitatError(
          .mapsDiffer,
          "\(path) has two maps of \(feature), which would count twice; remove one (.nrrd or .nii.gz, with or without Case-1_)."
        )
      }
      let volume = try readVolume(at: map)
      if let first = found.first, volume.geometry != first.volume.geometry {
        throw HabitatError(
          .mapsDiffer,
          "\(path): \(map.lastPathComponent) lies on another grid than the maps before it. Give the maps of one region a folder of their own."
        )
      }
      found.append((feature, volume))
      guard volume.voxels.count * found.count <= Self.mostValues else {
        throw HabitatError(
          .tooLarge, "\(path) has maps of more than \(Self.mostValues) values; choose fewer features.")
      }
    }
    name = folder.lastPathComponent
    features = found.map(\.feature)
    geometry = found[0].volume.geometry
    self.maps = found.map(\.volume.voxels)
  }

  private static func feature(of file: URL) -> String? {
    let name = file.lastPathComponent
    guard !name.hasPrefix("."), let suffix = [".nrrd", ".nii.gz"].first(where: name.hasSuffix) else {
      return nil
    }
    let stem = name.dropLast(suffix.count)
    guard !stem.hasSuffix(maskSuffix) else { return nil }
    return String(stem.hasPrefix("Case-1_") ? stem.dropFirst("Case-1_".count) : stem)
  }

  /// Voxels in which at least one map has another value than it has outside the region.
  /// - Parameter outside: `initValue` of the maps; may be NaN.
  func region(outside: Double) -> [Int] {
    (0..<geometry.size.voxelCount).filter { voxel in
      maps.contains { outside.isNaN ? !$0[voxel].isNaN : $0[voxel] != outside }
    }
  }
}
