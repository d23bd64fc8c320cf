import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

@Suite struct `A mask file` {
  private func mask(_ first: Double, type: SampleType = .float64) throws -> LabelMap {
    var volume = TestImages.volume(type)
    volume.voxels[0] = first
    return try readLabelMap(bytes: encodeNRRD(volume), name: "mask")
  }

  @Test(arguments: [(0.999, 0 as UInt32), (-0.5, 0), (1.99, 1), (4_294_967_295, 4_294_967_295)])
  func `has its fractions cut toward zero`(value: Double, label: UInt32) throws {
    #expect(try mask(value).labels[0] == label)
    #expect(try mask(value).labels[5] == 6)
  }

  @Test(arguments: [4_294_967_296, Double.nan, .infinity, -.infinity])
  func `with a value that is no label is refused`(
    value: Double
  ) throws {
    do {
      _ = try mask(value)
      Issue.record("\(value) passed as a label")
    } catch let error as ImageFileError {
      #expect(error.code == .badLabel)
      #expect(error.message.hasPrefix("voxel (0, 0, 0) of the mask holds"))
    }
  }

  @Test(arguments: SampleType.allCases.filter(\.isInteger))
  func `of whole numbers has the labels that the image has values`(type: SampleType) throws {
    var volume = TestImages.volume(type)
    volume.voxels[3] = 100
    for bytes in [try encodeNRRD(volume), try encodeNIfTI(volume, packing: .deflated(level: 6))] {
      let map = try readLabelMap(bytes: bytes, name: "mask")
      #expect(map.labels.map(Double.init) == volume.voxels && map.geometry == volume.geometry)
    }
  }

  @Test func `with a whole number that is no label is refused`() throws {
    let error = #expect(throws: ImageFileError.self) { try mask(4_294_967_296, type: .int64) }
    #expect(error?.code == .badLabel)
  }

  private func reading(_ voxels: [Double], _ type: SampleType) throws -> MaskReading {
    let geometry = GridGeometry(size: GridSize(x: voxels.count, y: 1, z: 1))
    let volume = Volume(geometry: geometry, sampleType: type, voxels: voxels)
    return try readMask(ImageFileContents(name: "mask", bytes: encodeNRRD(volume)))
  }

  @Test(arguments: [SampleType.int8, .int16, .int32, .int64, .float32, .float64])
  func `with a background below 0 has it as background, and says how many voxels`(type: SampleType) throws {
    let reading = try reading([-1, 1, -1, 2, -7], type)
    #expect(reading.labels.labels == [0, 1, 0, 2, 0])
    #expect(
      reading.warnings == ["3 voxels of the mask are below 0 and count as background: 3 from -7 to -1"])
  }

  /// PyRadiomics 3.0.1 casts to `uint32` and takes what equals the label: 1 and 1.5 here.
  @Test func `with fractions says how many voxels held what, and what became of them`() throws {
    let reading = try reading([0.25, 0.75, 1, 1.5, -0.5, 2], .float32)
    #expect(reading.labels.labels == [0, 0, 1, 1, 0, 2])
    #expect(
      reading.warnings == [
        "4 voxels of the mask are no whole numbers and are cut toward zero, as in PyRadiomics: "
          + "3 from -0.5 to 0.75 became 0, 1 of 1.5 became 1"
      ])
  }

  @Test func `of whole numbers has no warning`() throws {
    #expect(try reading([0, 1, 2], .float64).warnings.isEmpty)
    #expect(try reading([0, 1, 2], .int16).warnings.isEmpty)
  }

  @Test func `without names refuses a named segment`() throws {
    for bytes in [try encodeNRRD(TestImages.volume(.uint8)), try encodeNIfTI(TestImages.volume(.uint8))] {
      let error = #expect(throws: ImageFileError.self) {
        try readMask(ImageFileContents(name: "mask", bytes: bytes), segment: "tumour")
      }
      #expect(error?.code == .segmentAbsent)
      #expect(error?.message.contains("give the label") == true)
    }
  }

  @Test func `is written in the smallest type and comes back`() throws {
    let folder = try TestImages.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for (largest, type) in [(200 as UInt32, SampleType.uint8), (300, .uint16), (70_000, .uint32)] {
      let labels = (0..<24).map { $0 == 7 ? largest : UInt32($0 % 3) }
      let map = LabelMap(geometry: TestImages.turned, labels: labels)
      for name in ["mask.nii.gz", "mask.nii", "mask.nrrd"] {
        let url = folder.appendingPathComponent(name)
        try writeLabelMap(map, to: url)
        #expect(try readLabelMap(at: url).labels == labels)
        #expect(try readVolume(at: url).sampleType == type)
      }
    }
    #expect(throws: ImageFileError.self) {
      try writeVolume(TestImages.volume(.int8), to: folder.appendingPathComponent("a.dcm"))
    }
    #expect(throws: ImageFileError.self) {
      try writeVolume(TestImages.volume(.int8), to: folder.appendingPathComponent("no/a.nii"))
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence)) func `of one bit has labels 0 and 255`()
    throws
  {
    let url = ReferenceData.file("busbra_png/Masks/mask_0003-l.png")
    #expect(Set(try readLabelMap(at: url).labels) == [0, 255])
  }
}
