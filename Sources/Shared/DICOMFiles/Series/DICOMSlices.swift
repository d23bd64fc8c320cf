import ImageFiles
import Volumes

/// The slices of a series in their order, with their values as they are stored: what is read of the files, and no more.
///
/// A CT of 16 bits takes a quarter of the memory of its `Volume`, and is there in the time that its bytes take. Values are
/// computed where they are asked for: of one slice, or of all.
public struct DICOMSlices: Sendable {
  /// Where the voxels lie.
  public let geometry: GridGeometry
  /// The number type of the values, as SimpleITK gives it.
  public let sampleType: SampleType
  /// How the image was made.
  public let facts: DICOMFacts
  /// What a reader of results should know, one sentence each, but for voxels that stand for no measurement, which `image()` counts.
  public let warnings: [String]
  /// What is made of the image takes over from it.
  public let source: DICOMSource
  /// The elements of each file, in no order; `nil` once its pixels are decoded.
  private var files: [DICOMDataSet?]
  private let plan: SlicePlan
  private let name: String

  init(
    _ files: [DICOMDataSet], plan: SlicePlan, warnings: [String], name: String
  ) {
    self.files = files
    self.plan = plan
    self.name = name
    geometry = plan.stack.geometry
    sampleType = plan.sampleType
    facts = plan.facts
    source = DICOMSource(
      file: files[plan.stack.frames[0].file], facts: plan.facts, geometry: plan.stack.geometry)
    self.warnings = warnings + plan.warnings
  }

  /// Values of one slice, x varying fastest; a number that the grid does not have is a programming error.
  /// - Throws: `truncated`, `unsupported`, `corrupt`.
  public func values(ofSlice slice: Int) throws(ImageFileError) -> [Double] {
    precondition(plan.stack.frames.indices.contains(slice), "a slice of the grid")
    var failure: ImageFileError?
    let area = self.area
    let values = unsafe [Double](unsafeUninitializedCapacity: area) { target, filled in
      do throws(ImageFileError) {
        try unsafe decode(slice, into: target)
        filled = area
      } catch {
        failure = error
      }
    }
    if let failure { throw failure.naming(name) }
    return values
  }

  /// All values as `Double`, one slice after the other; the memory of a file is given back once its slices are decoded.
  /// - Throws: as `values(ofSlice:)`.
  public consuming func image() throws(ImageFileError) -> DICOMImage {
    let (plan, facts, warnings, name) = (plan, facts, warnings, name)
    do throws(ImageFileError) {
      let (voxels, padded) = try decoded()
      return DICOMImage(
        volume: Volume(geometry: plan.stack.geometry, sampleType: plan.sampleType, voxels: voxels),
        facts: facts, warnings: warnings + plan.paddingWarning(padded))
    } catch {
      throw error.naming(name)
    }
  }

  private var area: Int { geometry.size.x * geometry.size.y }

  /// - Returns: the values, and how many of them stand for no measurement.
  private mutating func decoded() throws(ImageFileError) -> ([Double], padded: Int) {
    let (frames, area) = (plan.stack.frames, self.area)
    var left = [Int](repeating: 0, count: files.count)
    for frame in frames { left[frame.file] += 1 }
    for file in files.indices where left[file] == 0 { files[file] = nil }
    var failure: ImageFileError?
    var padded = 0
    let voxels = unsafe [Double](unsafeUninitializedCapacity: area * frames.count) { buffer, filled in
      for (slice, frame) in frames.enumerated() {
        let target = unsafe UnsafeMutableBufferPointer(rebasing: buffer[slice * area..<(slice + 1) * area])
        do throws(ImageFileError) {
          try unsafe decode(slice, into: target)
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

  private func decode(_ slice: Int, into target: UnsafeMutableBufferPointer<Double>) throws(ImageFileError) {
    let frame = plan.stack.frames[slice]
    guard let file = files[frame.file] else { preconditionFailure("a file is kept until its last slice") }
    let source = try FrameSource(file, layout: plan.layouts[frame.file], frames: plan.frameCounts[frame.file])
    let (bytes, layout, isBigEndian) = try source.frame(frame.frame)
    let decoding = PixelDecoding(layout: layout, rescale: frame.rescale, isBigEndian: isBigEndian)
    unsafe decoding.decode(bytes, into: target)
  }
}
