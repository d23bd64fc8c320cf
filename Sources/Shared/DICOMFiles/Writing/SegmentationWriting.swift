import Digests
import ImageFiles
import Volumes

/// A region on the grid of a DICOM image, as a segmentation (SEG, PS3.3, A.51): binary, one segment, one frame for each slice that
/// has voxels.
public struct WrittenSegmentation: Sendable {
  /// The file.
  public let bytes: [UInt8]
  /// Its SOP Instance UID.
  public let instanceUID: String
  /// Its Series Instance UID.
  public let seriesUID: String

  static let sopClass = "1.2.840.10008.5.1.4.1.1.66.4"

  /// - Parameters:
  ///   - mask: the region, on the grid of the image.
  ///   - name: of the region; letters beyond ASCII are written as "?".
  ///   - source: the image.
  ///   - moment: when it is made.
  ///   - version: of the program that writes it.
  /// - Throws: `ImageFileError`: `segmentEmpty` for a region without a voxel, `geometryMismatch` for one on another grid,
  ///   `unsupported` for an image whose slices have no place in the patient.
  public init(
    _ mask: Mask, name: String, of source: DICOMSource, moment: WrittenMoment, version: String
  ) throws(ImageFileError) {
    guard mask.geometry.size == source.geometry.size else {
      throw ImageFileError(
        .badHeader, "the region lies on another grid than the image; give a mask on the image's grid")
    }
    guard !source.facts.frameOfReferenceUID.isEmpty,
      source.facts.slices.allSatisfy({ $0.positionInMillimetres != nil })
    else {
      throw ImageFileError(
        .unsupported,
        "the image does not say where in the patient it lies, and a segmentation has to; write the mask as NIfTI"
      )
    }
    let area = mask.geometry.size.x * mask.geometry.size.y
    let slices = (0..<mask.geometry.size.z).filter { z in
      mask.voxels[z * area..<(z + 1) * area].contains { $0 != 0 }
    }
    guard !slices.isEmpty else {
      throw ImageFileError(.segmentEmpty, "the region has no voxel in the image; draw it, or name another")
    }
    let pixels = Self.packed(mask, slices, area: area)
    let identity = Array(
      "SEG \(source.facts.seriesInstanceUID) \(name) \(slices) \(moment.date)\(moment.time)".utf8)
    let digest = Digests.sha256(of: pixels)
    instanceUID = uniqueIdentifier(of: identity + digest)
    seriesUID = uniqueIdentifier(of: Array("series ".utf8) + identity + digest)
    let (instanceUID, seriesUID) = (instanceUID, seriesUID)
    let file = ElementWriter {
      $0.addModules(
        of: source, kind: Self.sopClass, modality: "SEG", instance: instanceUID, series: seriesUID,
        seriesDescription: "Segmentation", number: 900, moment: moment, version: version)
      $0.addPicture(size: source.geometry.size, frames: slices.count, frameOfReference: source)
      $0.addSegment(name)
      $0.addReferences(to: source)
      $0.addDimensions(organisation: uniqueIdentifier(of: Array("dimensions ".utf8) + identity + digest))
      $0.addPlanes(slices, of: source)
      $0.add(.pixelData, "OB", bytes: pixels)
    }
    bytes = file.file(sopClass: Self.sopClass, instance: instanceUID)
  }

  /// One bit a pixel, the first in the lowest bit, frames without a gap between them (PS3.5, 8.1.1).
  private static func packed(_ mask: Mask, _ slices: [Int], area: Int) -> [UInt8] {
    var packed = [UInt8](repeating: 0, count: (area * slices.count + 7) / 8)
    for (frame, z) in slices.enumerated() {
      for pixel in 0..<area where mask.voxels[z * area + pixel] != 0 {
        let bit = frame * area + pixel
        packed[bit / 8] |= 1 << UInt8(bit % 8)
      }
    }
    return packed
  }
}

extension ElementWriter {
  fileprivate mutating func addPicture(size: GridSize, frames: Int, frameOfReference source: DICOMSource) {
    add(.imageType, "CS", "DERIVED\\PRIMARY")
    add(.samplesPerPixel, shorts: [1])
    add(.photometricInterpretation, "CS", "MONOCHROME2")
    add(.numberOfFrames, "IS", "\(frames)")
    add(.rows, shorts: [size.y])
    add(.columns, shorts: [size.x])
    add(.bitsAllocated, shorts: [1])
    add(.bitsStored, shorts: [1])
    add(.highBit, shorts: [0])
    add(.pixelRepresentation, shorts: [0])
    add(DICOMTag(0x0028, 0x2110), "CS", source.facts.isLossy ? "01" : "00")
    if source.facts.isLossy {
      copy([(DICOMTag(0x0028, 0x2112), "DS"), (DICOMTag(0x0028, 0x2114), "CS")], from: source.file)
    }
    add(.segmentationType, "CS", "BINARY")
    add(DICOMTag(0x0070, 0x0080), "CS", "REGION")
    add(DICOMTag(0x0070, 0x0081), "LO", "Region of which features were computed")
    add(DICOMTag(0x0070, 0x0084), "PN")
    add(.frameOfReferenceUID, "UI", source.facts.frameOfReferenceUID)
    add(DICOMTag(0x0020, 0x1040), "LO")
  }

  fileprivate mutating func addSegment(_ name: String) {
    // Who drew it is not known here; nor is what it shows.
    let tissue = Code("85756007", "SCT", "Tissue")
    add(
      .segmentSequence,
      items: [
        ElementWriter {
          $0.add(.segmentNumber, shorts: [1])
          $0.add(.segmentLabel, "LO", plainText(name, atMost: 64))
          $0.add(DICOMTag(0x0062, 0x0008), "CS", "SEMIAUTOMATIC")
          $0.add(DICOMTag(0x0062, 0x0009), "LO", "not known")
          $0.add(DICOMTag(0x0062, 0x0003), code: tissue)
          $0.add(DICOMTag(0x0062, 0x000F), code: tissue)
        }
      ])
  }

  fileprivate mutating func addReferences(to source: DICOMSource) {
    let instances = Set(source.facts.slices.map(\.sopInstanceUID)).sorted()
    add(
      .referencedSeriesSequence,
      items: [
        ElementWriter {
          $0.add(.seriesInstanceUID, "UI", source.facts.seriesInstanceUID)
          $0.add(
            DICOMTag(0x0008, 0x114A),
            items: instances.map { uid in
              ElementWriter { $0.addReference(kind: source.facts.sopClassUID, instance: uid) }
            })
        }
      ])
  }

  mutating func addReference(kind: String, instance: String) {
    add(DICOMTag(0x0008, 0x1150), "UI", kind)
    add(DICOMTag(0x0008, 0x1155), "UI", instance)
  }

  fileprivate mutating func addDimensions(organisation: String) {
    func dimension(_ tag: DICOMTag, in group: DICOMTag, _ name: String) -> ElementWriter {
      ElementWriter {
        $0.add(DICOMTag(0x0020, 0x9164), "UI", organisation)
        $0.add(DICOMTag(0x0020, 0x9165), "AT", bytes: tag.bytes)
        $0.add(DICOMTag(0x0020, 0x9167), "AT", bytes: group.bytes)
        $0.add(DICOMTag(0x0020, 0x9421), "LO", name)
      }
    }
    add(
      DICOMTag(0x0020, 0x9221),
      items: [ElementWriter { $0.add(DICOMTag(0x0020, 0x9164), "UI", organisation) }])
    add(
      DICOMTag(0x0020, 0x9222),
      items: [
        dimension(.referencedSegmentNumber, in: .segmentIdentificationSequence, "Segment"),
        dimension(.imagePositionPatient, in: .planePositionSequence, "Position"),
      ])
  }

  fileprivate mutating func addPlanes(_ slices: [Int], of source: DICOMSource) {
    let (grid, facts) = (source.geometry, source.facts)
    let cosines = [grid.directions[0], grid.directions[1]].flatMap { [$0.x, $0.y, $0.z] }
    let spacing = grid.spacingInMillimetres
    add(
      .sharedFunctionalGroupsSequence,
      items: [
        ElementWriter {
          $0.add(
            .planeOrientationSequence,
            items: [ElementWriter { $0.add(.imageOrientationPatient, decimals: cosines) }])
          $0.add(
            .pixelMeasuresSequence,
            items: [
              ElementWriter {
                $0.add(.sliceThickness, decimals: [facts.sliceThicknessInMillimetres ?? spacing.z])
                $0.add(.spacingBetweenSlices, decimals: [spacing.z])
                $0.add(.pixelSpacing, decimals: [spacing.y, spacing.x])
              }
            ])
        }
      ])
    add(
      .perFrameFunctionalGroupsSequence,
      items: slices.enumerated().map { frame, z in
        ElementWriter { $0.addFrame(frame, slice: facts.slices[z], of: source) }
      })
  }

  private mutating func addFrame(_ frame: Int, slice: DICOMFacts.Slice, of source: DICOMSource) {
    let position = slice.positionInMillimetres ?? .zero
    let isMultiFrame = source.facts.slices.contains { $0.frame > 1 }
    add(
      .frameContentSequence,
      items: [ElementWriter { $0.add(.dimensionIndexValues, longs: [1, frame + 1]) }])
    add(
      .planePositionSequence,
      items: [
        ElementWriter { $0.add(.imagePositionPatient, decimals: [position.x, position.y, position.z]) }
      ])
    add(
      .segmentIdentificationSequence,
      items: [ElementWriter { $0.add(.referencedSegmentNumber, shorts: [1]) }])
    let image = ElementWriter {
      $0.addReference(kind: source.facts.sopClassUID, instance: slice.sopInstanceUID)
      if isMultiFrame { $0.add(DICOMTag(0x0008, 0x1160), "IS", "\(slice.frame)") }
      $0.add(
        DICOMTag(0x0040, 0xA170), code: Code("121322", "DCM", "Source image for image processing operation"))
    }
    add(
      DICOMTag(0x0008, 0x9124),
      items: [
        ElementWriter {
          $0.add(DICOMTag(0x0008, 0x2112), items: [image])
          $0.add(DICOMTag(0x0008, 0x9215), code: Code("113076", "DCM", "Segmentation"))
        }
      ])
  }
}

extension DICOMTag {
  /// As a value of an element.
  fileprivate var bytes: [UInt8] {
    [group, element].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }
}
