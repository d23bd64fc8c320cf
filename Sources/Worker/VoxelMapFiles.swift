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
  /// - Throws: `CommandFailure`; exit code 1 where an image type does not apply to the image, after the others' maps were written.
  func write(_ location: RegionLocation) async throws {
    let notes = try await OutputFolder.using(folder, option: "--out-dir") { try await maps(location) }
    for warning in notes.warnings { StandardStreams.note("case 1: \(warning)") }
    for skipped in notes.skipped { StandardStreams.note("case 1: no maps of \(skipped)") }
    if !notes.skipped.isEmpty { throw ExitStatus.someCasesFailed }
  }

  private func maps(_ location: RegionLocation) async throws -> VoxelMaps.Notes {
    do {
      var written = 0
      let notes = try await VoxelMaps(parameters).forEach(
        of: try RegionFiles(at: location), threads: threads
      ) { name, map in
        let file = "Case-1_\(name).\(format.rawValue)"
        try writeVolume(map, to: folder.appendingPathComponent(file), packing: .runs)
        written += 1
        try StandardStreams.print(file)
      }
      guard written > 0 else {
        for note in notes.skipped { StandardStreams.note("case 1: no maps of \(note)") }
        throw CommandFailure(
          ExitStatus.badData,
          "No map was made: none of the image types applies, or all classes are of shape, which have no maps. Name others."
        )
      }
      return notes
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "\(error)")
    } catch let error as ImageFileError {
      throw CommandFailure(ExitStatus.cannotWrite, "--out-dir: \(error)")
    }
  }
}
