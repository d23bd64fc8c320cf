import CGDCM

/// What kind of value the standard gives to an element whose file does not say.
enum DataDictionary {
  static func representation(of tag: DICOMTag) -> ValueRepresentation {
    if let own = own[tag] { return own }
    let letters = cgdcm_value_representation(tag.group, tag.element)
    guard letters != 0 else { return .unknown }
    return ValueRepresentation(UInt8(letters >> 8), UInt8(truncatingIfNeeded: letters))
  }

  /// Manufacturers' elements that are read here, and one whose kind depends on the pixels'.
  private static let own: [DICOMTag: ValueRepresentation] = [
    .philipsScaleIntercept: .init("FL"), .philipsScaleSlope: .init("FL"),
    .philipsSUVScaleFactor: .init("DS"), .philipsActivityScaleFactor: .init("DS"),
    .pixelPaddingValue: .init("US"),
  ]
}
