import Volumes

/// What a reader accepts before it allocates memory.
///
/// A header is checked against the bytes that are really there first (deflate expands at most 1032 times), so
/// these limits concern honest but enormous files.
public struct ImageReadLimits: Sendable {
  /// Voxels of one volume. The default of 2²⁸ is a volume of 512 × 512 × 1024, 2 GiB once decoded.
  public var voxelCount: Int
  /// Bytes of one file on disk.
  public var fileBytes: Int

  /// Limits in voxels and bytes; the defaults are 2²⁸ voxels and 4 GiB.
  public init(voxelCount: Int = GridSize.voxelLimit, fileBytes: Int = 1 << 32) {
    self.voxelCount = voxelCount
    self.fileBytes = fileBytes
  }

  /// Product of the sizes of a grid's axes.
  /// - Throws: `badHeader` for a size below one, `tooLarge` beyond `voxelCount` (also on overflow).
  package func voxelCount(of sizes: [Int]) throws(ImageFileError) -> Int {
    var product = 1
    for size in sizes {
      guard size > 0 else {
        throw ImageFileError(
          .badHeader, "the header gives the grid \(text(of: sizes)); every size must be at least 1")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow, next <= voxelCount else {
        throw ImageFileError(
          .tooLarge,
          "the header gives the grid \(text(of: sizes)), more than the limit of \(voxelCount) voxels; "
            + "crop the image, or raise the limit if the header is right")
      }
      product = next
    }
    return product
  }

  private func text(of sizes: [Int]) -> String {
    sizes.map(String.init).joined(separator: " × ")
  }
}
