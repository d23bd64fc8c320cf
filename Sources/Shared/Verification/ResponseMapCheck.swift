import Cancellation
import Extraction
import Foundation
import ImageFiles
import StudyPlan
import Volumes

/// A response map as `worker extract --mode response` writes it, against the initiative's.
struct ResponseMapCheck: Sendable {
  /// Of the range of the reference, in per cent.
  static let tolerance = 1.0

  private let task: VerificationPlan.Task
  private let reference: URL
  private let name: String

  init(_ task: VerificationPlan.Task, reference: URL, name: String) {
    (self.task, self.reference, self.name) = (task, reference, name)
  }

  /// - Throws: `StudyTaskError`, `ImageFileError`, `VerificationError`.
  func check(in scratch: URL) async throws -> Verification.Check {
    let found = try await Computation.unlimited.run { _ in try self.largestDifference(in: scratch) }
    var check = Verification.Check(name: name, outcome: .failed)
    check.parameters = "Examples/\(task.parameters.path)"
    (check.reference, check.tolerance, check.found) = (0, Self.tolerance, found)
    check.isWithinTolerance = found.map { $0 <= Self.tolerance } ?? false
    if check.isWithinTolerance == true { check.outcome = .met }
    return check
  }

  /// In per cent of the reference's range; nil where the maps cannot be compared.
  private func largestDifference(in scratch: URL) throws -> Double? {
    let folder = scratch.appendingPathComponent(name)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw VerificationError(
        .unwritable, "\(folder.path) cannot be made (\(error.localizedDescription)); make room")
    }
    var files: [String] = []
    try ResponseMaps(ExtractionParameters(parameterFile: task.parameters.text)).write(
      of: RegionFiles(at: RegionLocation(image: task.image, mask: task.mask, label: 1)), to: folder
    ) { written in
      if case .file(let file) = written { files.append(file) }
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    guard files.count == 1 else { return nil }
    return Self.difference(
      try readVolume(at: folder.appendingPathComponent(files[0])), try readVolume(at: reference))
  }

  /// The largest difference of two maps of one size, in per cent of the range of the second; nil where they are of two sizes, where a
  /// voxel is not finite, and where the second has no range.
  static func difference(_ found: Volume, _ reference: Volume) -> Double? {
    guard found.geometry.size == reference.geometry.size, let least = reference.voxels.min(),
      let most = reference.voxels.max(), most > least, (most - least).isFinite
    else { return nil }
    var largest = 0.0
    for (one, other) in zip(found.voxels, reference.voxels) {
      let apart = abs(one - other)
      guard apart.isFinite else { return nil }
      largest = max(largest, apart)
    }
    return 100 * largest / (most - least)
  }
}
