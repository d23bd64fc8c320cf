/// Number of a data element: its group and its element (DICOM PS3.5, section 7.1).
public struct DICOMTag: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Group in the high, element in the low 16 bits.
  public let number: UInt32

  /// The tag `(group,element)`.
  public init(_ group: UInt16, _ element: UInt16) {
    number = UInt32(group) << 16 | UInt32(element)
  }

  /// The upper half; odd for a manufacturer's own elements.
  public var group: UInt16 { UInt16(number >> 16) }
  /// The lower half.
  public var element: UInt16 { UInt16(truncatingIfNeeded: number) }

  public static func < (left: DICOMTag, right: DICOMTag) -> Bool { left.number < right.number }

  /// As the standard writes it: `(0020,000E)`.
  public var description: String { "(\(hexadecimal(group)),\(hexadecimal(element)))" }

  private func hexadecimal(_ half: UInt16) -> String {
    let digits = String(half, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}

// The names are the keywords of PS3.6, without capitals of their own.
extension DICOMTag {
  // File meta information.
  public static let transferSyntaxUID = DICOMTag(0x0002, 0x0010)

  // What the file is.
  public static let specificCharacterSet = DICOMTag(0x0008, 0x0005)
  public static let imageType = DICOMTag(0x0008, 0x0008)
  public static let sopClassUID = DICOMTag(0x0008, 0x0016)
  public static let sopInstanceUID = DICOMTag(0x0008, 0x0018)
  public static let modality = DICOMTag(0x0008, 0x0060)
  public static let studyInstanceUID = DICOMTag(0x0020, 0x000D)
  public static let seriesInstanceUID = DICOMTag(0x0020, 0x000E)
  public static let instanceNumber = DICOMTag(0x0020, 0x0013)
  public static let frameOfReferenceUID = DICOMTag(0x0020, 0x0052)
  public static let referencedSOPClassUID = DICOMTag(0x0008, 0x1150)
  public static let referencedSOPInstanceUID = DICOMTag(0x0008, 0x1155)

  // Who made it.
  public static let manufacturer = DICOMTag(0x0008, 0x0070)
  public static let manufacturerModelName = DICOMTag(0x0008, 0x1090)

  // Where it lies.
  public static let sliceThickness = DICOMTag(0x0018, 0x0050)
  public static let spacingBetweenSlices = DICOMTag(0x0018, 0x0088)
  public static let gantryTilt = DICOMTag(0x0018, 0x1120)
  public static let imagerPixelSpacing = DICOMTag(0x0018, 0x1164)
  public static let nominalScannedPixelSpacing = DICOMTag(0x0018, 0x2010)
  public static let imagePositionPatient = DICOMTag(0x0020, 0x0032)
  public static let imageOrientationPatient = DICOMTag(0x0020, 0x0037)
  public static let pixelSpacing = DICOMTag(0x0028, 0x0030)
  public static let gridFrameOffsetVector = DICOMTag(0x3004, 0x000C)
  public static let sequenceOfUltrasoundRegions = DICOMTag(0x0018, 0x6011)
  public static let physicalUnitsXDirection = DICOMTag(0x0018, 0x6024)
  public static let physicalUnitsYDirection = DICOMTag(0x0018, 0x6026)
  public static let physicalDeltaX = DICOMTag(0x0018, 0x602C)
  public static let physicalDeltaY = DICOMTag(0x0018, 0x602E)

  // Which of several images at one place.
  public static let acquisitionNumber = DICOMTag(0x0020, 0x0012)
  public static let acquisitionTime = DICOMTag(0x0008, 0x0032)
  public static let contentTime = DICOMTag(0x0008, 0x0033)
  public static let echoTime = DICOMTag(0x0018, 0x0081)
  public static let echoNumbers = DICOMTag(0x0018, 0x0086)
  public static let triggerTime = DICOMTag(0x0018, 0x1060)
  public static let diffusionBValue = DICOMTag(0x0018, 0x9087)
  public static let temporalPositionIdentifier = DICOMTag(0x0020, 0x0100)
  public static let temporalPositionIndex = DICOMTag(0x0020, 0x9128)
  public static let stackID = DICOMTag(0x0020, 0x9056)

  // Functional groups of multi-frame images.
  public static let sharedFunctionalGroupsSequence = DICOMTag(0x5200, 0x9229)
  public static let perFrameFunctionalGroupsSequence = DICOMTag(0x5200, 0x9230)
  public static let frameContentSequence = DICOMTag(0x0020, 0x9111)
  public static let dimensionIndexValues = DICOMTag(0x0020, 0x9157)
  public static let dimensionIndexSequence = DICOMTag(0x0020, 0x9222)
  public static let dimensionIndexPointer = DICOMTag(0x0020, 0x9165)
  public static let planePositionSequence = DICOMTag(0x0020, 0x9113)
  public static let planeOrientationSequence = DICOMTag(0x0020, 0x9116)
  public static let pixelMeasuresSequence = DICOMTag(0x0028, 0x9110)
  public static let pixelValueTransformationSequence = DICOMTag(0x0028, 0x9145)
  public static let mrEchoSequence = DICOMTag(0x0018, 0x9114)
  public static let mrDiffusionSequence = DICOMTag(0x0018, 0x9117)
  public static let effectiveEchoTime = DICOMTag(0x0018, 0x9082)

  // Pixels.
  public static let samplesPerPixel = DICOMTag(0x0028, 0x0002)
  public static let photometricInterpretation = DICOMTag(0x0028, 0x0004)
  public static let planarConfiguration = DICOMTag(0x0028, 0x0006)
  public static let numberOfFrames = DICOMTag(0x0028, 0x0008)
  public static let rows = DICOMTag(0x0028, 0x0010)
  public static let columns = DICOMTag(0x0028, 0x0011)
  public static let bitsAllocated = DICOMTag(0x0028, 0x0100)
  public static let bitsStored = DICOMTag(0x0028, 0x0101)
  public static let highBit = DICOMTag(0x0028, 0x0102)
  public static let pixelRepresentation = DICOMTag(0x0028, 0x0103)
  public static let pixelPaddingValue = DICOMTag(0x0028, 0x0120)
  static let pixelPaddingRangeLimit = DICOMTag(0x0028, 0x0121)
  public static let extendedOffsetTable = DICOMTag(0x7FE0, 0x0001)
  public static let floatPixelData = DICOMTag(0x7FE0, 0x0008)
  public static let doubleFloatPixelData = DICOMTag(0x7FE0, 0x0009)
  public static let pixelData = DICOMTag(0x7FE0, 0x0010)

  // What values mean.
  public static let rescaleIntercept = DICOMTag(0x0028, 0x1052)
  public static let rescaleSlope = DICOMTag(0x0028, 0x1053)
  public static let rescaleType = DICOMTag(0x0028, 0x1054)
  public static let modalityLUTSequence = DICOMTag(0x0028, 0x3000)
  public static let realWorldValueMappingSequence = DICOMTag(0x0040, 0x9096)
  public static let realWorldValueIntercept = DICOMTag(0x0040, 0x9224)
  public static let realWorldValueSlope = DICOMTag(0x0040, 0x9225)
  public static let philipsScaleIntercept = DICOMTag(0x2005, 0x100D)
  public static let philipsScaleSlope = DICOMTag(0x2005, 0x100E)

  // How it was acquired.
  public static let scanningSequence = DICOMTag(0x0018, 0x0020)
  public static let sequenceName = DICOMTag(0x0018, 0x0024)
  public static let pulseSequenceName = DICOMTag(0x0018, 0x9005)
  public static let kvp = DICOMTag(0x0018, 0x0060)
  public static let repetitionTime = DICOMTag(0x0018, 0x0080)
  public static let magneticFieldStrength = DICOMTag(0x0018, 0x0087)
  public static let convolutionKernel = DICOMTag(0x0018, 0x1210)

  // Positron emission tomography.
  public static let seriesDate = DICOMTag(0x0008, 0x0021)
  public static let acquisitionDate = DICOMTag(0x0008, 0x0022)
  public static let seriesTime = DICOMTag(0x0008, 0x0031)
  public static let patientWeight = DICOMTag(0x0010, 0x1030)
  public static let units = DICOMTag(0x0054, 0x1001)
  public static let decayCorrection = DICOMTag(0x0054, 0x1102)
  public static let correctedImage = DICOMTag(0x0028, 0x0051)
  public static let frameReferenceTime = DICOMTag(0x0054, 0x1300)
  public static let radiopharmaceuticalInformationSequence = DICOMTag(0x0054, 0x0016)
  public static let radiopharmaceuticalStartTime = DICOMTag(0x0018, 0x1072)
  public static let radionuclideTotalDose = DICOMTag(0x0018, 0x1074)
  public static let radionuclideHalfLife = DICOMTag(0x0018, 0x1075)
  public static let radiopharmaceuticalStartDateTime = DICOMTag(0x0018, 0x1078)
  public static let philipsSUVScaleFactor = DICOMTag(0x7053, 0x1000)
  public static let philipsActivityScaleFactor = DICOMTag(0x7053, 0x1009)
}
