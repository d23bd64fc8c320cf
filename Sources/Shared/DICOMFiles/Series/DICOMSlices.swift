import ImageFiles
import Volumes

/// The slices of a series in their order, with their values as they are stored: what is read of the files, and no more.
///
/// A CT of 16 bits takes a quarter of the memory of its `Volume`, and is there in the time that its bytes take. Values are
/// computed where they are asked for: of one slice, or, of the image that all make, of a region's box.
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
    do throws(ImageFileError) {
      return try samples(ofSlice: slice).values
    } catch {
      throw error.naming(name)
    }
  }

  /// All slices as one image, whose values become `Double` where they are asked for.
  ///
  /// Where the stored numbers lie in a file as they are, they stay there. Others (compressed, of bits that are no part of them, turned)
  /// are written to memory of their own, and a file of which nothing is needed any more is given back.
  /// - Throws: as `values(ofSlice:)`.
  public consuming func image() throws(ImageFileError) -> DICOMImage {
    let (plan, facts, warnings, name) = (plan, facts, warnings, name)
    do throws(ImageFileError) {
      let (slices, padded) = try decoded()
      return DICOMImage(
        stored: StoredVolume(
          geometry: plan.stack.geometry, slices: slices, sampleType: plan.sampleType),
        facts: facts, warnings: warnings + plan.paddingWarning(padded))
    } catch {
      throw error.naming(name)
    }
  }

  private var area: Int { geometry.size.x * geometry.size.y }

  /// - Returns: the stored numbers of each slice, and how many of them stand for no measurement.
  private mutating func decoded() throws(ImageFileError) -> ([StoredSamples], padded: Int) {
    let frames = plan.stack.frames
    var left = [Int](repeating: 0, count: files.count)
    for frame in frames { left[frame.file] += 1 }
    // A file that has other images besides would stay in memory for the sake of a part of it.
    let isShared = left.indices.map { 2 * left[$0] >= plan.frameCounts[$0] }
    for file in files.indices where left[file] == 0 { files[file] = nil }
    var slices: [StoredSamples] = []
    slices.reserveCapacity(frames.count)
    var padded = 0
    for (slice, frame) in frames.enumerated() {
      let samples = try samples(ofSlice: slice)
      if let padding = plan.padding[frame.file] {
        padded += samples.count(in: padding)
      }
      slices.append(isShared[frame.file] ? samples : samples.inOwnMemory)
      left[frame.file] -= 1
      if left[frame.file] == 0 { files[frame.file] = nil }
    }
    return (slices, padded)
  }

  private func samples(ofSlice slice: Int) throws(ImageFileError) -> StoredSamples {
    let frame = plan.stack.frames[slice]
    guard let file = files[frame.file] else { preconditionFailure("a file is kept until its last slice") }
    let source = try FrameSource(file, layout: plan.layouts[frame.file], frames: plan.frameCounts[frame.file])
    let (bytes, layout, isBigEndian) = try source.frame(frame.frame)
    let samples = PixelDecoding(layout: layout, rescale: frame.rescale, isBigEndian: isBigEndian).samples(
      bytes)
    guard !plan.unscaled.contains(slice) || samples.count(in: 0...0) == area else {
      throw ImageFileError(
        .badHeader,
        "slice \(slice + 1) has a Rescale Slope (0028,1053) of 0 and numbers that are not, and others are rescaled; export the series again"
      )
    }
    return samples
  }
}

extension StoredSamples {
  /// The same numbers in no part of a larger memory.
  fileprivate var inOwnMemory: StoredSamples {
    StoredSamples(Array(bytes)[...], type: type, bigEndian: isBigEndian, scale: scale)
  }
}
