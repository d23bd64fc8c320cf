import ImageFiles

extension DICOMDataSet {
  /// Size of a pixel of a picture that has no Pixel Spacing: at the detector, as scanned, or of the region of an
  /// ultrasound picture.
  /// - Returns: millimetres along x and y, and a warning that says where they come from; `nil` where the file says nothing.
  func pictureSpacing() throws(ImageFileError) -> (SIMD2<Double>, warning: String)? {
    if let spacing = try pixelSpacing(.imagerPixelSpacing) {
      return (
        spacing, "the size of a pixel is that at the detector (Imager Pixel Spacing), not in the patient"
      )
    }
    if let spacing = try pixelSpacing(.nominalScannedPixelSpacing) {
      return (spacing, "the size of a pixel is that of the scanned film (Nominal Scanned Pixel Spacing)")
    }
    return try ultrasoundSpacing()
  }

  /// Of the one region of an ultrasound picture whose axes are lengths (PS3.3, C.8.5.5).
  private func ultrasoundSpacing() throws(ImageFileError) -> (SIMD2<Double>, warning: String)? {
    let centimetres = 3
    var sizes: Set<SIMD2<Double>> = []
    for region in try items(.sequenceOfUltrasoundRegions)
    where region.integer(.physicalUnitsXDirection) == centimetres
      && region.integer(.physicalUnitsYDirection) == centimetres
    {
      guard let x = region.length(.physicalDeltaX), let y = region.length(.physicalDeltaY) else { continue }
      sizes.insert(SIMD2(x * 10, y * 10))
    }
    guard sizes.count == 1, let size = sizes.first else { return nil }
    return (size, "the size of a pixel is that of the ultrasound region")
  }
}
