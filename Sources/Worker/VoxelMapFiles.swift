import ArgumentParser
import CommandSupport
import Extraction
import Foundation
import ImageFiles
import StudyPlan

/// The format of maps.
enum MapFormat: String, ExpressibleByArgument, CaseIterable {
  case nrrd
  case nifti = "nii.gz"
}

/// Maps of features by voxel, as files of a folder.
struct VoxelMapFiles {
  let parameters: VoxelParameters
  let folder: URL
  let format: MapFormat
  let threads: Int

  /// Writes an image `Case-1_FEATURE` for each feature, as PyRadiomics names them, and prints its name.
  /// - Throws: `CommandFailure`.
  func write(_ location: RegionLocation) async throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        ExitStatus.cannotWrite, "--out-dir \(folder.path) cannot be made; check its rights and its disk.")
    }
    do {
      var written = 0
      let warnings = try await VoxelMaps(parameters).forEach(
        of: try RegionFiles(at: location), threads: threads
      ) { name, map in
        let file = "Case-1_\(name).\(format.rawValue)"
        try writeVolume(map, to: folder.appendingPathComponent(file), packing: .runs)
        written += 1
        try StandardStreams.print(file)
      }
      for warning in warnings { StandardStreams.note("case 1: \(warning)") }
      guard written > 0 else {
        throw CommandFailure(
          ExitStatus.badData,
          "No map was made: none of the image types applies, or all classes are of shape, which have no maps. Name others."
        )
      }
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "\(error)")
    } catch let error as ImageFileError {
      throw CommandFailure(ExitStatus.cannotWrite, "--out-dir: \(error)")
    }
  }
}
