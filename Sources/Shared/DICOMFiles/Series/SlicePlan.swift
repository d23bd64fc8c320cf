import ImageFiles
import Volumes

/// What is to be decoded to which slice, and all that is to be said of it, before a pixel is read.
struct SlicePlan {
  private(set) var stack: SliceStack
  /// Of each file.
  let layouts: [PixelLayout]
  /// Frames of each file.
  let frameCounts: [Int]
  /// Stored numbers of each file that stand for no measurement.
  let padding: [ClosedRange<Double>?]
  /// Slices whose slope is 0 where others have one: right where all their numbers are 0, and only there.
  let unscaled: Set<Int>
  private(set) var sampleType: SampleType
  let facts: DICOMFacts
  private(set) var warnings: [String]

  /// - Throws: as `DICOMSeries.image(scale:)`.
  init(
    _ files: [DICOMDataSet], choosing choice: FrameChoice = .all, scale: DICOMValueScale,
    limits: ImageReadLimits
  ) throws(ImageFileError) {
    var layouts: [PixelLayout] = []
    var frames: [ImageFrame] = []
    var counts: [Int] = []
    for (index, file) in files.enumerated() {
      try file.checkReadable()
      let layout = try PixelLayout(file, limits: limits)
      var own = try file.frames(file: index, limits: limits)
      for frame in own.indices { (own[frame].columns, own[frame].rows) = (layout.columns, layout.rows) }
      layouts.append(layout)
      counts.append(own.count)
      frames += own
    }
    frames = try choice.applied(to: frames)
    var spacingWarning: String?
    if frames.count == 1, frames[0].spacing == nil, let found = try files[0].pictureSpacing() {
      (frames[0].spacing, spacingWarning) = (found.0, found.warning)
    }
    var uptake: StandardUptake?
    if scale == .suv { uptake = try StandardUptake(series: files) }
    let stack = try SliceStack(frames.map { frame in frame.scaled(by: uptake?.factor ?? 1) })
    _ = try limits.voxelCount(of: [stack.geometry.size.x, stack.geometry.size.y, stack.frames.count])
    _ = try stack.geometry.checked()
    let used = Set(stack.frames.map(\.file)).sorted()
    try SeriesAgreement.check(used.map { (files[$0], layouts[$0]) })
    unscaled = try stack.unscaledSlices()
    self.stack = stack
    self.layouts = layouts
    frameCounts = counts
    padding = zip(files, layouts).map { $0.paddingValues($1) }
    sampleType =
      uptake == nil
      ? DICOMFiles.sampleType(of: stack.frames.map { (layouts[$0.file], $0.rescale) }) : .float64
    facts = DICOMFacts(files[stack.frames[0].file], frames: stack.frames, standardUptake: uptake)
    warnings = stack.warnings + [spacingWarning].compactMap(\.self)
    warnings += try Self.warnings(of: files, layouts, facts)
    warnings += Self.excess(of: used.map { (files[$0], layouts[$0], counts[$0]) })
  }

  /// The same slices, with their numbers as they are stored.
  func withoutRescaling() -> SlicePlan {
    var plan = self
    for frame in plan.stack.frames.indices { plan.stack.frames[frame].rescale = .identity }
    plan.sampleType = DICOMFiles.sampleType(
      of: plan.stack.frames.map { (layouts[$0.file], $0.rescale) })
    return plan
  }

  /// What a reader should know of the values.
  private static func warnings(
    of files: [DICOMDataSet], _ layouts: [PixelLayout], _ facts: DICOMFacts
  ) throws(ImageFileError) -> [String] {
    var warnings: [String] = []
    if Set(files.compactMap { $0.string(.studyInstanceUID) }).count > 1 {
      warnings.append(
        "the slices name several studies (Study Instance UID); check that they are of one examination")
    }
    if layouts.contains(where: { $0.photometric == .monochrome1 }) {
      warnings.append("the lowest stored value is white (MONOCHROME1); values are turned, as SimpleITK does")
    }
    if layouts.contains(where: { $0.samples > 1 }) {
      warnings.append("the picture is in colour; its luminance is taken")
    }
    if facts.isLossy { warnings.append("compression with losses has changed values before they came here") }
    if files.contains(where: { $0.contains(.philipsScaleSlope) && ($0.number(.philipsScaleSlope) ?? 1) != 1 })
    {
      warnings.append(
        "Philips' own scale slope (2005,100E) is there and not applied: values of other series of this scanner may differ by "
          + "it")
    }
    if try files[0].hasOtherRealWorldValues() {
      warnings.append(
        "a Real World Value Mapping differs from the rescaling, which is applied, as SimpleITK does")
    }
    return warnings
  }

  /// What is said of files that have more bytes of pixels than their header says; an even length may take one more.
  private static func excess(of files: [(DICOMDataSet, PixelLayout, frames: Int)]) -> [String] {
    let longer = files.count { file, layout, frames in
      let (needed, overflow) = layout.frameBytes.multipliedReportingOverflow(by: frames)
      return !overflow && (file.bytes(.pixelData)?.count ?? 0) > needed + 1
    }
    return longer == 0
      ? []
      : [
        "\(counted(longer, "file")) with some bytes after the pixels that their headers say; these are left out"
      ]
  }

  /// What is said of voxels that stand for no measurement.
  func paddingWarning(_ count: Int) -> [String] {
    count == 0
      ? []
      : [
        "\(count) voxels have the Pixel Padding Value, which stands for no measurement; they are kept as they are"
      ]
  }
}

extension ImageFrame {
  /// The same frame, its values times a factor.
  fileprivate func scaled(by factor: Double) -> ImageFrame {
    var frame = self
    frame.rescale.slope *= factor
    frame.rescale.intercept *= factor
    return frame
  }
}

extension DICOMDataSet {
  /// - Throws: `unsupported` for a file whose pixels are not what they seem.
  fileprivate func checkReadable() throws(ImageFileError) {
    if strings(.imageType).contains("MOSAIC") {
      throw ImageFileError(
        .unsupported,
        "the file is a mosaic of Siemens, many slices in one picture; convert the series (dcm2niix does) and give "
          + "the NIfTI file")
    }
    guard try items(.modalityLUTSequence).isEmpty else {
      throw ImageFileError(
        .unsupported,
        "values are given by a table (Modality LUT), which is not applied here; export the image with a rescale "
          + "slope, or convert it")
    }
  }

  /// Stored numbers that stand for no measurement, as the layout's frames have them: Pixel Padding Value, or from it to Pixel Padding
  /// Range Limit.
  fileprivate func paddingValues(_ layout: PixelLayout) -> ClosedRange<Double>? {
    guard let value = word(.pixelPaddingValue, isSigned: layout.isSigned) else { return nil }
    let limit = word(.pixelPaddingRangeLimit, isSigned: layout.isSigned) ?? value
    let ends = [value, limit].map(layout.number(of:)).sorted()
    return ends[0]...ends[1]
  }

  private func word(_ tag: DICOMTag, isSigned: Bool) -> Double? {
    guard let value = bytes(tag), value.count >= 2 else { return nil }
    let (first, second) = (UInt16(value[value.startIndex]), UInt16(value[value.startIndex + 1]))
    let word = encoding.isBigEndian ? first << 8 | second : second << 8 | first
    return isSigned ? Double(Int16(bitPattern: word)) : Double(word)
  }

  /// Whether a mapping to real-world values is there that the rescaling is not.
  fileprivate func hasOtherRealWorldValues() throws(ImageFileError) -> Bool {
    let rescale = try Rescale(self)
    var mappings = try items(.realWorldValueMappingSequence)
    if let shared = try item(.sharedFunctionalGroupsSequence) {
      mappings += try shared.items(.realWorldValueMappingSequence)
    }
    return mappings.contains { mapping in
      guard let slope = mapping.number(.realWorldValueSlope) else { return false }
      return slope != rescale.slope || (mapping.number(.realWorldValueIntercept) ?? 0) != rescale.intercept
    }
  }
}
