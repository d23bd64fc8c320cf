import DICOMFiles
import Extraction
import Foundation
import ImageFiles
import StudyPlan
import TestSupport
import Testing
import Volumes

@Suite struct `A region in files of DICOM` {
  private let handcrafted = HandcraftedFeatures(ExtractionParameters())

  private func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  /// A series and a structure set.
  private func write(_ sample: DICOMSample, to folder: URL) throws -> RegionLocation {
    try sample.write(to: folder.appendingPathComponent("ct"))
    let mask = folder.appendingPathComponent("regions.dcm")
    try Data(sample.structureSet()).write(to: mask)
    return RegionLocation(
      image: folder.appendingPathComponent("ct"), mask: mask, label: 1, segment: "GTV 1", choice: nil,
      ring: nil)
  }

  private func features(_ location: RegionLocation) throws -> ExtractedFeatures {
    try RegionExtractor([handcrafted]).features(of: RegionFiles(at: location))[0]
  }

  private func code(_ location: RegionLocation) -> String? {
    do {
      _ = try features(location)
      return nil
    } catch {
      return (error as? StudyTaskError)?.code
    }
  }

  @Test func `has the features of the same voxels in another format, under its name and its number`() throws {
    try withFolder { folder in
      let sample = DICOMSample()
      var location = try write(sample, to: folder)
      let geometry = GridGeometry(
        size: GridSize(x: sample.size.x, y: sample.size.y, z: sample.size.z),
        spacingInMillimetres: sample.spacing, originInMillimetres: sample.origin)
      let count = geometry.size.voxelCount
      let image = folder.appendingPathComponent("i.nrrd")
      try writeVolume(
        Volume(
          geometry: geometry, sampleType: .float64,
          voxels: (0..<count).map { Double(sample.intensity($0)) - 1024 }), to: image)
      for region in DICOMSample.regions {
        var labels = [UInt32](repeating: 0, count: count)
        for index in labels.indices {
          let (x, y) = (index % geometry.size.x, index / geometry.size.x % geometry.size.y)
          labels[index] = region.contains(x, y, index / geometry.size.x / geometry.size.y) ? 1 : 0
        }
        let mask = folder.appendingPathComponent("m.nrrd")
        try writeLabelMap(LabelMap(geometry: geometry, labels: labels), to: mask)
        let expected = try features(RegionLocation(image: image, mask: mask, label: 1))
        for name in [region.name, "\(region.number)"] {
          location.segment = name
          let found = try features(location)
          #expect(found.names == expected.names && found.values == expected.values)
        }
        // The structure set on the image of another format.
        location.segment = region.name
        let mixed = RegionLocation(
          image: image, mask: location.mask, label: 1, segment: region.name, choice: nil, ring: nil)
        #expect(try features(mixed).values == expected.values)
      }
    }
  }

  @Test func `says in its diagnostics how the image was made, and nothing of the patient`() throws {
    try withFolder { folder in
      let found = try features(write(DICOMSample(), to: folder)).diagnostics
      let entries = Dictionary(uniqueKeysWithValues: found.entries.map { ($0.name, $0.value) })
      #expect(entries["diagnostics_Image-original_Modality"] == .text("CT"))
      #expect(entries["diagnostics_Image-original_Manufacturer"] == .text("Maker of scanners"))
      #expect(entries["diagnostics_Image-original_SliceThickness"] == .number(1.5))
      #expect(entries["diagnostics_Image-original_LossyCompression"] == .text("false"))
      #expect(!"\(found)".contains("SECRET") && !"\(found)".contains("1.2.826"))
    }
  }

  @Test func `is known by what is in its files, whatever they are called, and not as one with another slice`()
    throws
  {
    try withFolder { folder in
      var location = try write(DICOMSample(), to: folder)
      let first = try RegionFiles(at: location)
      let moved = folder.appendingPathComponent("moved/deep")
      try FileManager.default.createDirectory(at: moved, withIntermediateDirectories: true)
      for z in 0..<8 { try Data(DICOMSample().slice(7 - z)).write(to: moved.appendingPathComponent("\(z)")) }
      try Data("notes".utf8).write(to: moved.appendingPathComponent("README"))
      location.image = folder.appendingPathComponent("moved")
      #expect(try RegionFiles(at: location).imageSHA256 == first.imageSHA256)
      var other = DICOMSample()
      other.intensity = { $0 == 500 ? 1 : DICOMSample().intensity($0) }
      try Data(other.slice(500 / 132)).write(to: moved.appendingPathComponent("\(7 - 500 / 132)"))
      #expect(try RegionFiles(at: location).imageSHA256 != first.imageSHA256)
      #expect(try RegionFiles(at: location).maskSHA256 == first.maskSHA256)
    }
  }

  @Test func `is of that series of several that the mask names`() throws {
    try withFolder { folder in
      let location = try write(DICOMSample(), to: folder)
      let expected = try RegionFiles(at: location)
      let values = try features(location).values
      var other = DICOMSample()
      (other.seriesUID, other.frameOfReferenceUID) = ("1.2.826.0.2.2", "1.2.826.0.2.9")
      other.intensity = { _ in 7 }
      try other.write(to: location.image)
      #expect(try RegionFiles(at: location).imageSHA256 == expected.imageSHA256)
      #expect(try features(location).values == values)
      // A label map names none.
      let mask = folder.appendingPathComponent("m.nrrd")
      let size = GridSize(x: 12, y: 11, z: 8)
      try writeLabelMap(
        LabelMap(
          geometry: GridGeometry(size: size), labels: [UInt32](repeating: 1, count: size.voxelCount)),
        to: mask)
      #expect(code(RegionLocation(image: location.image, mask: mask, label: 1)) == "ambiguous")
    }
  }

  @Test func `may lie in folders that hold nothing else, and is refused where it is not there`() throws {
    try withFolder { folder in
      var location = try write(DICOMSample(), to: folder)
      let values = try features(location).values
      let archive = folder.appendingPathComponent("RTSTRUCT")
      try FileManager.default.createDirectory(at: archive, withIntermediateDirectories: true)
      try FileManager.default.moveItem(at: location.mask, to: archive.appendingPathComponent("1-1.dcm"))
      location.mask = archive
      #expect(try features(location).values == values)
      try Data("x".utf8).write(to: archive.appendingPathComponent("2"))
      #expect(code(location) == "ambiguous")
      let empty = folder.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
      var absent = try write(DICOMSample(), to: folder)
      for image in [empty, folder.appendingPathComponent("nowhere")] {
        absent.image = image
        #expect(code(absent) == "not-found")
      }
      (absent.image, absent.mask) = (folder.appendingPathComponent("ct"), empty)
      #expect(code(absent) == "not-found")
    }
  }

  @Test func `is refused with a sentence where its name, its series or its frame is another's`() throws {
    try withFolder { folder in
      var location = try write(DICOMSample(), to: folder)
      location.segment = nil
      #expect(code(location) == "segment-not-named")
      location.segment = "GTV 2"
      #expect(code(location) == "segment-absent")
      location.segment = "gtv 1 "
      #expect(code(location) == nil)
      var elsewhere = DICOMSample()
      elsewhere.frameOfReferenceUID = "1.2.826.0.3.9"
      try Data(elsewhere.structureSet()).write(to: location.mask)
      #expect(code(location) == "other-frame-of-reference")
      // A structure set is no image, and an image is no mask.
      (location.image, location.mask) = (location.mask, location.image)
      #expect(code(location) == "ambiguous")
      location.mask = DICOMSample().file(0, in: location.mask)
      #expect(code(location) == "unsupported")
    }
  }
}
