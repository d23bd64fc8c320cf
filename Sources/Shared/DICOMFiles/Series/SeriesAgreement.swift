import ImageFiles

/// What the files of one image must say alike, so that their slices are one volume of one quantity.
enum SeriesAgreement {
  /// Elements of which two files that have them may not have different values.
  private static let texts: [(DICOMTag, name: String)] = [
    (DICOMTag(0x0010, 0x0020), "Patient ID"), (.frameOfReferenceUID, "Frame of Reference UID"),
    (.modality, "Modality"),
    (.units, "Units"), (.rescaleType, "Rescale Type"),
  ]

  /// - Parameter files: those that slices are taken of.
  /// - Throws: `badHeader`, naming the element and no value of it, which may tell who it is.
  static func check(_ files: [(file: DICOMDataSet, layout: PixelLayout)]) throws(ImageFileError) {
    for (tag, name) in texts where Set(files.compactMap { $0.file.string(tag) }).count > 1 {
      throw disagreement("\(name) \(tag)")
    }
    if Set(files.map(\.layout.photometric.isTurned)).count > 1 {
      throw disagreement("Photometric Interpretation \(DICOMTag.photometricInterpretation)")
    }
  }

  static func disagreement(_ what: String) -> ImageFileError {
    ImageFileError(
      .badHeader,
      "the slices of the series do not agree in \(what), so that they are no one image; give those that belong together, or correct "
        + "the headers")
  }
}

extension PixelLayout.Photometric {
  /// Whether the lowest stored value is white.
  fileprivate var isTurned: Bool { self == .monochrome1 }
}

extension SliceStack {
  /// Slices with a slope of 0 among those that are rescaled.
  ///
  /// Programs write a slope of 0 for "none", and PET scanners for a slice of zeros: which it is, its numbers say.
  /// - Throws: `badHeader` where some slices have no slope and others are rescaled: their values are not known.
  func unscaledSlices() throws(ImageFileError) -> Set<Int> {
    guard frames.contains(where: { $0.rescale != .identity }) else { return [] }
    let isMixed = frames.contains { ($0.statedSlope ?? 0) != 0 }
    let missing = frames.count { $0.statedSlope == nil }
    guard missing == 0 || !isMixed else {
      throw ImageFileError(
        .badHeader,
        "\(missing) of \(frames.count) slices have no Rescale Slope (0028,1053), and others are rescaled; export the series again"
      )
    }
    return isMixed ? Set(frames.indices.filter { frames[$0].statedSlope == 0 }) : []
  }
}
