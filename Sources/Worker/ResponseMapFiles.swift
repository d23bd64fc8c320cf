import ArgumentParser
import CommandSupport
import Extraction
import Foundation
import ImageFiles
import ImageFilters
import StudyPlan

/// What `worker extract` makes of an image.
enum ExtractionMode: String, ExpressibleByArgument, CaseIterable {
  /// Features of the region.
  case segment
  /// Features of the surroundings of every voxel of the region.
  case voxel
  /// The images that filters make, whole.
  case response
}

/// The images that filters make of one image, as files of a folder.
struct ResponseMapFiles {
  let parameters: ExtractionParameters
  let folder: URL

  /// Writes an image `NAME.nii.gz` for each that the filters make, and prints its name.
  /// - Throws: `CommandFailure`; exit code 1 where a filter does not apply to the image, after the others were written.
  func write(_ location: RegionLocation) async throws {
    let isComplete = try await OutputFolder.using(folder, option: "--out-dir") { try images(location) }
    if !isComplete { throw ExitStatus.someCasesFailed }
  }

  /// - Returns: whether all filters apply.
  private func images(_ location: RegionLocation) throws -> Bool {
    var isComplete = true
    do {
      try ResponseMaps(parameters).write(of: try RegionFiles(at: location), to: folder) { written in
        switch written {
        case .file(let name): try StandardStreams.print(name)
        case .skipped(let name, let reason):
          StandardStreams.note("\(name): \(reason)")
          isComplete = false
        }
      }
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "\(error)")
    } catch let error as ImageFileError {
      throw CommandFailure(ExitStatus.cannotWrite, "--out-dir: \(error)")
    }
    return isComplete
  }
}
