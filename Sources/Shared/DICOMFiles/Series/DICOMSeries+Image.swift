import ImageFiles
import Volumes

extension DICOMSeries {
  /// Decodes the slices into a volume, one after the other; the memory of a file is given back once its slices are decoded.
  /// - Parameter scale: what the values are to be.
  /// - Throws: `ImageFileError`: `ambiguous` for several images at each place, `irregularGrid` for slices that make no regular grid,
  ///   `unsupported`, `badHeader`, `truncated`, `corrupt`, `tooLarge`.
  public consuming func image(scale: DICOMValueScale = .stored) throws(ImageFileError) -> DICOMImage {
    let name = self.name
    do throws(ImageFileError) {
      let plan = try SlicePlan(files.compactMap(\.self), scale: scale, limits: limits)
      let (voxels, padded) = try decode(plan)
      return DICOMImage(
        volume: Volume(geometry: plan.stack.geometry, sampleType: plan.sampleType, voxels: voxels),
        facts: plan.facts, warnings: warnings + plan.warnings + plan.paddingWarning(padded))
    } catch {
      throw error.naming(name)
    }
  }

  /// - Returns: the values, and how many of them stand for no measurement.
  private mutating func decode(_ plan: SlicePlan) throws(ImageFileError) -> ([Double], padded: Int) {
    let frames = plan.stack.frames
    let area = plan.stack.geometry.size.x * plan.stack.geometry.size.y
    var left = [Int](repeating: 0, count: files.count)
    for frame in frames { left[frame.file] += 1 }
    var failure: ImageFileError?
    var padded = 0
    let voxels = unsafe [Double](unsafeUninitializedCapacity: area * frames.count) { buffer, filled in
      unsafe adviseLargePages(UnsafeMutableRawBufferPointer(buffer))
      for (slice, frame) in frames.enumerated() {
        guard let file = files[frame.file] else { preconditionFailure("a file is kept until its last slice") }
        let target = unsafe UnsafeMutableBufferPointer(rebasing: buffer[slice * area..<(slice + 1) * area])
        do throws(ImageFileError) {
          try unsafe Self.decode(
            frame, of: file, plan.layouts[frame.file], plan.frameCounts[frame.file], target)
        } catch {
          failure = error
          return
        }
        if let padding = plan.padding[frame.file] {
          let value = frame.rescale.slope * padding + frame.rescale.intercept
          for i in 0..<area { padded += unsafe target[i] == value ? 1 : 0 }
        }
        left[frame.file] -= 1
        if left[frame.file] == 0 { files[frame.file] = nil }
      }
      filled = area * frames.count
    }
    if let failure { throw failure }
    return (voxels, padded)
  }

  private static func decode(
    _ frame: ImageFrame, of file: DICOMDataSet, _ layout: PixelLayout, _ count: Int,
    _ target: UnsafeMutableBufferPointer<Double>
  ) throws(ImageFileError) {
    let source = try FrameSource(file, layout: layout, frames: count)
    let (bytes, found, isBigEndian) = try source.frame(frame.frame)
    let decoding = PixelDecoding(layout: found, rescale: frame.rescale, isBigEndian: isBigEndian)
    unsafe decoding.decode(bytes, into: target)
  }
}
