import ImageFiles

extension DICOMDataSet {
  /// The frames of this file: one, or those of a multi-frame image.
  /// - Throws: `badHeader`, `unsupported`, `tooLarge`.
  func frames(file: Int, limits: ImageReadLimits) throws(ImageFileError) -> [ImageFrame] {
    let count = integer(.numberOfFrames) ?? 1
    guard count >= 1, count <= limits.voxelCount else {
      throw ImageFileError(.badHeader, "the number of frames is \(count); expected at least 1")
    }
    let perFrame = try items(.perFrameFunctionalGroupsSequence)
    guard !perFrame.isEmpty else {
      guard count == 1 else { throw severalFrames(count) }
      return [try ImageFrame(classic: self, file: file)]
    }
    guard perFrame.count == count else {
      throw ImageFileError(
        .badHeader, "the file has \(count) frames, but describes \(perFrame.count); export it again")
    }
    let shared = try item(.sharedFunctionalGroupsSequence)
    var frames: [ImageFrame] = []
    for (index, own) in perFrame.enumerated() {
      frames.append(
        try ImageFrame(FunctionalGroups(own: own, shared: shared, file: self), file: file, frame: index))
    }
    return frames
  }

  private func severalFrames(_ count: Int) -> ImageFileError {
    let isFilm = string(.modality) == "US" || contains(DICOMTag(0x0018, 0x1063))
    return ImageFileError(
      .unsupported,
      isFilm
        ? "the file is a film of \(count) frames; export the frame that is meant as a picture of its own"
        : "the file has \(count) frames and does not say where they lie; convert it to NIfTI or NRRD")
  }
}

extension ImageFrame {
  /// The one slice of a classic file.
  init(classic file: DICOMDataSet, file index: Int) throws(ImageFileError) {
    self.init(
      file: index, frame: 0, sopInstanceUID: file.string(.sopInstanceUID) ?? "",
      instanceNumber: file.integer(.instanceNumber) ?? 0, position: nil, plane: nil, spacing: nil,
      thickness: file.length(.sliceThickness), distanceBetweenSlices: file.length(.spacingBetweenSlices),
      rescale: try Rescale(file), isLocaliser: file.strings(.imageType).contains("LOCALIZER"))
    position = try file.vector(.imagePositionPatient, 3).map { SIMD3($0[0], $0[1], $0[2]) }
    if let cosines = try file.vector(.imageOrientationPatient, 6) { plane = try SlicePlane(cosines) }
    spacing = try file.pixelSpacing(.pixelSpacing)
    statedSlope = file.number(.rescaleSlope)
    traits = [
      .temporalPosition: file.string(.temporalPositionIdentifier) ?? file.string(.temporalPositionIndex),
      .echoTime: file.string(.echoTime), .echoNumber: file.string(.echoNumbers),
      .diffusionBValue: file.number(.diffusionBValue).map { "\($0)" } ?? file.string(Self.siemensBValue),
      .triggerTime: file.string(.triggerTime),
      .imageType: file.strings(.imageType).joined(separator: "\\"),
      .acquisitionNumber: file.string(.acquisitionNumber),
      .frameReferenceTime: file.string(.frameReferenceTime),
      .acquisitionTime: file.string(.acquisitionTime),
    ].compactMapValues(\.self)
  }

  /// Of the group "SIEMENS MR HEADER", before the standard had one.
  private static let siemensBValue = DICOMTag(0x0019, 0x100C)

  /// One frame of an enhanced file.
  init(_ groups: FunctionalGroups, file index: Int, frame: Int) throws(ImageFileError) {
    let file = groups.file
    let measures = try groups.item(.pixelMeasuresSequence)
    let transformation = try groups.item(.pixelValueTransformationSequence)
    self.init(
      file: index, frame: frame, sopInstanceUID: file.string(.sopInstanceUID) ?? "",
      instanceNumber: frame, position: nil, plane: nil, spacing: nil,
      thickness: measures?.length(.sliceThickness),
      distanceBetweenSlices: measures?.length(.spacingBetweenSlices),
      rescale: try Rescale(transformation ?? file),
      isLocaliser: file.strings(.imageType).contains("LOCALIZER"))
    position = try groups.item(.planePositionSequence)?.vector(.imagePositionPatient, 3)
      .map { SIMD3($0[0], $0[1], $0[2]) }
    if let cosines = try groups.item(.planeOrientationSequence)?.vector(.imageOrientationPatient, 6) {
      plane = try SlicePlane(cosines)
    }
    spacing = try measures?.pixelSpacing(.pixelSpacing)
    statedSlope = (transformation ?? file).number(.rescaleSlope)
    traits = try groups.traits()
  }
}

/// What an enhanced file says of one frame: of its own, or of all (DICOM PS3.3, C.7.6.16).
struct FunctionalGroups {
  let own: DICOMDataSet
  let shared: DICOMDataSet?
  let file: DICOMDataSet

  func item(_ tag: DICOMTag) throws(ImageFileError) -> DICOMDataSet? {
    if let item = try own.item(tag) { return item }
    return try shared?.item(tag)
  }

  func traits() throws(ImageFileError) -> [FrameTrait: String] {
    let content = try item(.frameContentSequence)
    let echo = try item(.mrEchoSequence)
    let diffusion = try item(.mrDiffusionSequence)
    let indices =
      content?.numbers(.dimensionIndexValues).map { Int(exactly: $0).map(String.init) ?? "\($0)" } ?? []
    return [
      .temporalPosition: content?.integer(.temporalPositionIndex).map(String.init),
      .stack: content?.string(.stackID),
      .echoTime: echo?.number(.effectiveEchoTime).map { "\($0)" },
      .diffusionBValue: diffusion?.number(.diffusionBValue).map { "\($0)" },
      .dimensions: indices.isEmpty ? nil : indices.joined(separator: "."),
    ].compactMapValues(\.self)
  }
}

extension DICOMDataSet {
  /// Numbers of an element that has so many or none.
  /// - Throws: `badHeader` for another number of values, or values that are no numbers below 10⁹.
  func vector(_ tag: DICOMTag, _ count: Int) throws(ImageFileError) -> [Double]? {
    guard string(tag) != nil else { return nil }
    let numbers = numbers(tag)
    guard numbers.count == count, numbers.allSatisfy({ abs($0) < 1e9 }) else {
      throw ImageFileError(
        .badHeader,
        "\(Self.name(of: tag)) is \(quoted(strings(tag).joined(separator: "\\"))); expected \(count) numbers: correct the "
          + "header")
    }
    return numbers
  }

  /// What the standard calls the elements that are read as several numbers, before their tags.
  private static func name(of tag: DICOMTag) -> String {
    let names: [DICOMTag: String] = [
      .pixelSpacing: "Pixel Spacing", .imagerPixelSpacing: "Imager Pixel Spacing",
      .nominalScannedPixelSpacing: "Nominal Scanned Pixel Spacing",
      .imagePositionPatient: "Image Position (Patient)",
      .imageOrientationPatient: "Image Orientation (Patient)",
    ]
    return names[tag].map { "\($0) \(tag)" } ?? "\(tag)"
  }

  /// Distance of voxel centres along x and y: the standard gives that of rows, which is y, first.
  /// - Throws: `badHeader` for what is no pair of lengths above zero.
  func pixelSpacing(_ tag: DICOMTag) throws(ImageFileError) -> SIMD2<Double>? {
    guard let pair = try vector(tag, 2) else { return nil }
    guard pair.allSatisfy({ $0 > 0 }) else {
      throw ImageFileError(.badHeader, "pixel spacing \(pair) mm; expected above 0: correct the header")
    }
    return SIMD2(pair[1], pair[0])
  }

  /// A length in millimetres above zero; `nil` where there is none.
  func length(_ tag: DICOMTag) -> Double? {
    number(tag).flatMap { $0 != 0 && abs($0) < 1e9 ? abs($0) : nil }
  }
}
