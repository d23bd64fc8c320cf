import DICOMFiles
import ImageFiles
import Testing
import Volumes

private func slices() throws -> DICOMSlices {
  let files = TestFile.series(4) { file, _ in
    file.set(DICOMTag(0x0020, 0x0052), "UI", .text("1.2.9"))
    file.set(DICOMTag(0x0010, 0x0020), "LO", .text("0123"))
    file.set(DICOMTag(0x0008, 0x0020), "DA", .text("20240229"))
  }
  return try DICOMSeries(files: files, name: "image").slices()
}

/// Voxels of a few slices, not a whole number of bytes in any.
private func mask(on grid: GridGeometry) -> Mask {
  let voxels = (0..<grid.size.voxelCount).map { place -> UInt8 in
    place < 6 ? 0 : UInt8(place * 5 / 3 % 2)
  }
  return Mask(geometry: grid, voxels: voxels)
}

private let moment = WrittenMoment(secondsSince1970: 951_827_696)

@Suite struct `A segmentation that is written` {
  private func written() throws -> WrittenSegmentation {
    let slices = try slices()
    return try WrittenSegmentation(
      mask(on: slices.geometry), name: "Tumour (é)", of: slices.source, moment: moment, version: "0.1.0")
  }

  @Test func `is read again as the same voxels, in the same place`() throws {
    let grid = try slices().geometry
    let read = try DICOMMask(ImageFileContents(name: "mask", bytes: try written().bytes))
    #expect(read.segments.map(\.name) == ["Tumour (?)"] && read.segments.map(\.number) == [1])
    #expect(read.referencedSeries == ["1.2.3.4"])
    let reading = try read.reading(of: "1", on: grid, frameOfReference: "1.2.9")
    #expect(reading.labels.labels == mask(on: grid).voxels.map(UInt32.init))
    #expect { try read.reading(of: "1", on: grid, frameOfReference: "1.2.8") } throws: {
      ($0 as? ImageFileError)?.code == .otherFrameOfReference
    }
  }

  @Test func `has patient and study of its image, and its own identity`() throws {
    let written = try written()
    let file = try DICOMDataSet(bytes: written.bytes)
    #expect(file.string(DICOMTag(0x0010, 0x0020)) == "0123")
    #expect(file.string(DICOMTag(0x0008, 0x0020)) == "20240229")
    #expect(file.string(DICOMTag(0x0020, 0x000D)) == "1.2.3")
    // 29 February 2000, 12:34:56 UTC.
    #expect(file.string(DICOMTag(0x0008, 0x0023)) == "20000229")
    #expect(file.string(DICOMTag(0x0008, 0x0033)) == "123456")
    #expect(written.instanceUID.hasPrefix("2.25.") && written.instanceUID.utf8.count <= 64)
    #expect(try self.written().bytes == written.bytes)
    // Slices without a voxel have no frame.
    #expect(file.integer(DICOMTag(0x0028, 0x0008)) == 3)
  }

  @Test func `needs a region, on the image's grid`() throws {
    let slices = try slices()
    let empty = Mask(geometry: slices.geometry, voxels: [UInt8](repeating: 0, count: 24))
    #expect {
      try WrittenSegmentation(empty, name: "a", of: slices.source, moment: moment, version: "1")
    } throws: { ($0 as? ImageFileError)?.code == .segmentEmpty }
    let other = Mask(geometry: GridGeometry(size: GridSize(x: 1, y: 1, z: 1)), voxels: [1])
    #expect {
      try WrittenSegmentation(other, name: "a", of: slices.source, moment: moment, version: "1")
    } throws: { ($0 as? ImageFileError)?.message.contains("another grid") == true }
  }
}

@Suite struct `A report that is written` {
  @Test func `has every value with all its digits, by its code or its name`() throws {
    let slices = try slices()
    let segmentation = try WrittenSegmentation(
      mask(on: slices.geometry), name: "a", of: slices.source, moment: moment, version: "1")
    let values = [
      1.0 / 3, -1.234_567_890_123_456_7e-200, .nan, 0, 1.234_567_890_123_456_7e17, 9.999_999_999_999_999e22,
    ]
    let report = MeasurementReport(
      values.enumerated().map { place, value in
        .init(
          name: "original_glcm_Contrast",
          concept: place == 0 ? .init("ACUI", scheme: "IBSI", meaning: "glcm Contrast") : nil, value: value)
      }, region: "a", segmentation: segmentation, of: slices.source, moment: moment, version: "1")
    let file = try DICOMDataSet(bytes: report.bytes)
    let content = DICOMTag(0x0040, 0xA730)
    let measurements = try #require(try file.items(content).last)
    let group = try #require(try measurements.item(content))
    let numbers = try group.items(content).filter { $0.string(DICOMTag(0x0040, 0xA040)) == "NUM" }
    // What is no number is left out.
    #expect(numbers.count == values.count - 1)
    for (item, value) in zip(numbers, values.filter(\.isFinite)) {
      let measured = try item.item(DICOMTag(0x0040, 0xA300))
      #expect(measured?.number(DICOMTag(0x0040, 0xA161)) == value)
      let text = try #require(measured?.string(DICOMTag(0x0040, 0xA30A)))
      let told = try #require(Double(text))
      #expect(text.utf8.count <= 16 && abs(told - value) <= 1e-8 * abs(value), "\(text)")
    }
    let concept = try #require(try numbers[0].item(DICOMTag(0x0040, 0xA043)))
    #expect(concept.string(DICOMTag(0x0008, 0x0100)) == "ACUI")
    let own = try #require(try numbers[1].item(DICOMTag(0x0040, 0xA043)))
    #expect(own.string(DICOMTag(0x0008, 0x0102)) == "99TRABECULA")
    #expect(own.string(DICOMTag(0x0008, 0x0104)) == "original_glcm_Contrast")
  }
}
