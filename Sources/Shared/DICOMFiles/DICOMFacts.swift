import ImageFiles
import Volumes

/// How an image was made, for reports: nothing of the patient.
public struct DICOMFacts: Sendable, Equatable {
  /// One slice, in the order of the volume.
  public struct Slice: Sendable, Equatable {
    /// SOP Instance UID of its file, by which structure sets and segmentations name it.
    public let sopInstanceUID: String
    /// Number of its frame in the file, from 1.
    public let frame: Int
    /// Centre of its first voxel, in millimetres; `nil` where the file does not say.
    public let positionInMillimetres: SIMD3<Double>?
  }

  /// Such as `CT`, `MR`, `PT`.
  public let modality: String
  /// Maker of the scanner, as it calls itself.
  public let manufacturer: String
  /// Model of the scanner.
  public let model: String
  /// Of MR, in tesla.
  public let fieldStrengthInTesla: Double?
  /// Name of an MR sequence; where there is none, its kind, such as `SE`.
  public let sequence: String
  /// Of MR, in milliseconds.
  public let repetitionTimeInMilliseconds: Double?
  /// Of MR, in milliseconds.
  public let echoTimeInMilliseconds: Double?
  /// Voltage of an X-ray tube, in kV.
  public let tubeVoltageInKilovolts: Double?
  /// Filter of a reconstruction.
  public let convolutionKernel: String
  /// Thickness of the slices, which is not their distance, in millimetres.
  public let sliceThicknessInMillimetres: Double?
  /// Smallest and largest slope of the rescaling over the slices.
  public let rescaleSlopes: ClosedRange<Double>
  /// Smallest and largest intercept of the rescaling over the slices.
  public let rescaleIntercepts: ClosedRange<Double>
  /// What the values are measured in, as the file says: `HU`, `BQML`, …; empty where it does not say.
  public let units: String
  /// How SUV were computed, where they were asked for.
  public let standardUptake: StandardUptake?
  /// UID of the transfer syntax, by which the pixels are encoded.
  public let transferSyntaxUID: String
  /// Whether compression has changed values.
  public let isLossy: Bool
  /// UID of the kind of image.
  public let sopClassUID: String
  /// UID of the study.
  public let studyInstanceUID: String
  /// UID of the series.
  public let seriesInstanceUID: String
  /// UID of the space in which positions are given: images and masks with the same one fit.
  public let frameOfReferenceUID: String
  /// The slices, in the order of the volume.
  public let slices: [Slice]

  init(_ file: DICOMDataSet, frames: [ImageFrame], standardUptake: StandardUptake?) {
    modality = file.string(.modality) ?? ""
    manufacturer = file.string(.manufacturer) ?? ""
    model = file.string(.manufacturerModelName) ?? ""
    // Some write gauss.
    fieldStrengthInTesla = file.length(.magneticFieldStrength).map { $0 > 100 ? $0 / 10_000 : $0 }
    sequence =
      file.string(.sequenceName) ?? file.string(.pulseSequenceName)
      ?? file.strings(.scanningSequence).joined(separator: "/")
    repetitionTimeInMilliseconds = file.length(.repetitionTime)
    echoTimeInMilliseconds = file.length(.echoTime)
    tubeVoltageInKilovolts = file.length(.kvp)
    convolutionKernel = file.string(.convolutionKernel) ?? ""
    sliceThicknessInMillimetres = frames[0].thickness
    let slopes = frames.map(\.rescale.slope)
    let intercepts = frames.map(\.rescale.intercept)
    rescaleSlopes = (slopes.min() ?? 1)...(slopes.max() ?? 1)
    rescaleIntercepts = (intercepts.min() ?? 0)...(intercepts.max() ?? 0)
    units = file.string(.units) ?? file.string(.rescaleType) ?? ""
    self.standardUptake = standardUptake
    transferSyntaxUID = file.transferSyntax
    isLossy = TransferSyntax.isLossy(file.transferSyntax) || file.string(DICOMTag(0x0028, 0x2110)) == "01"
    sopClassUID = file.string(.sopClassUID) ?? ""
    studyInstanceUID = file.string(.studyInstanceUID) ?? ""
    seriesInstanceUID = file.string(.seriesInstanceUID) ?? ""
    frameOfReferenceUID = file.string(.frameOfReferenceUID) ?? ""
    slices = frames.map {
      Slice(sopInstanceUID: $0.sopInstanceUID, frame: $0.frame + 1, positionInMillimetres: $0.position)
    }
  }
}
