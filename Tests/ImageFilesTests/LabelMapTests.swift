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

  @Test(arguments: [-1, 4_294_967_296, Double.nan, .infinity])
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

  @Test(arguments: [
    (SampleType.int8, -1.0), (.int16, -1), (.int32, -7), (.int64, -1), (.int64, 4_294_967_296),
  ])
  func `of whole numbers that are no labels is refused`(type: SampleType, value: Double) throws {
    let error = #expect(throws: ImageFileError.self) { try mask(value, type: type) }
    #expect(error?.code == .badLabel)
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
