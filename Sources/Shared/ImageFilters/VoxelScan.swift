import Synchronization
import Volumes

/// What several filters ask of all voxels of one image, looked for once.
final class VoxelScan: Sendable {
  private let known = Mutex<Double?>(nil)

  /// The largest magnitude of the image, always of the same one.
  /// - Throws: `nonFiniteVoxel`.
  func largestMagnitude(of image: StoredVolume, for purpose: String) throws(ImageFilterError) -> Double {
    if let found = known.withLock({ $0 }) { return found }
    let found = try image.largestMagnitude(for: purpose)
    known.withLock { $0 = found }
    return found
  }
}
