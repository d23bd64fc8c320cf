import DICOMFiles
import Extraction
import Foundation
import ImageFiles
import ImageFilters
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

  private func error(_ location: RegionLocation) -> StudyTaskError? {
    do {
      _ = try features(location)
      return nil
    } catch {
      return error as? StudyTaskError
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
      // A link to the folder is the folder.
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: location.image)
      location.mask = folder.appendingPathComponent("regions.dcm")
      try Data(DICOMSample().structureSet()).write(to: location.mask)
      location.image = link
      #expect(try features(location).values == values)
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
      let image = location.image
      (location.image, location.segment) = (location.mask, nil)
      #expect(error(location)?.sentence.contains("this is a mask (RTSTRUCT) and no image") == true)
      (location.image, location.mask) = (image, image)
      #expect(error(location)?.sentence.contains("the files are those of the image") == true)
      location.mask = DICOMSample().file(0, in: image)
      // One slice that is read as labels.
      #expect(code(location) == "label-absent")
    }
  }

  // MARK: Label maps

  /// A series whose values are labels: so much in the voxels of a region, and so much elsewhere.
  private func write(_ region: Int, _ inside: Int, _ outside: Int, to url: URL) throws {
    var labels = DICOMSample()
    (labels.seriesUID, labels.frameOfReferenceUID) = ("1.2.826.0.3.3", "1.2.826.0.3.9")
    let box = DICOMSample.regions[region]
    labels.intensity = { box.contains($0 % 12, $0 / 12 % 11, $0 / 132) ? inside : outside }
    try labels.write(to: url)
  }

  @Test func `may be drawn as a series of labels, as they are stored or rescaled`() throws {
    try withFolder { folder in
      let location = try write(DICOMSample(), to: folder)
      var drawn = location
      drawn.segment = "Rim"
      let expected = try features(drawn).values
      let mask = folder.appendingPathComponent("labels")
      let labelled = RegionLocation(image: location.image, mask: mask, label: 5)
      // Rescaled by -1024, as the header has it: 5 and 0.
      try write(1, 1029, 1024, to: mask)
      let rescaled = try features(labelled)
      #expect(rescaled.values == expected)
      #expect(
        rescaled.diagnostics.warnings.map { $0.prefix(53) } == [
          "the mask lies in another frame of reference than the "
        ])
      // A header that was taken over from the CT: the numbers are labels before they are rescaled.
      try write(1, 5, 0, to: mask)
      let stored = try features(labelled)
      #expect(stored.values == expected)
      #expect(stored.diagnostics.warnings.contains { $0.contains("they are taken as they are stored") })
      var named = labelled
      named.segment = "Rim"
      #expect(code(named) == "segment-absent")
      #expect(code(RegionLocation(image: location.image, mask: mask, label: 1)) == "label-absent")
      // One slice less is another grid, as of any mask.
      try FileManager.default.removeItem(at: mask.appendingPathComponent("IM383"))
      #expect(code(labelled) == "geometry-mismatch")
    }
  }

  @Test func `is refused as labels where the values are an image's, or the folder has two series`() throws {
    try withFolder { folder in
      let location = try write(DICOMSample(), to: folder)
      let mask = folder.appendingPathComponent("labels")
      var image = DICOMSample()
      (image.seriesUID, image.intensity) = ("1.2.826.0.3.3", { $0 })
      try image.write(to: mask)
      let labelled = RegionLocation(image: location.image, mask: mask, label: 1)
      #expect(error(labelled)?.sentence.contains("the series holds values of an image, not labels") == true)
      image.seriesUID = "1.2.826.0.3.4"
      try image.write(to: mask)
      #expect(code(labelled) == "ambiguous")
    }
  }

  // MARK: What is told

  @Test func `is not told of by the UIDs of its series`() throws {
    try withFolder { folder in
      let location = try write(DICOMSample(), to: folder)
      var other = DICOMSample()
      (other.seriesUID, other.size) = ("1.2.826.0.2.2", SIMD3(10, 9, 3))
      try other.write(to: location.image)
      let mask = folder.appendingPathComponent("m.nrrd")
      let size = GridSize(x: 12, y: 11, z: 8)
      try writeLabelMap(
        LabelMap(
          geometry: GridGeometry(size: size), labels: [UInt32](repeating: 1, count: size.voxelCount)),
        to: mask)
      var unsaid = RegionLocation(image: location.image, mask: mask, label: 1)
      for choice in [nil, ImageChoice(series: "1.2.826.0.7.7")] {
        unsaid.choice = choice
        let told = try #require(error(unsaid))
        #expect(told.code == (choice == nil ? "ambiguous" : "not-found"))
        #expect(told.sentence.contains("CT, 8 files of 12 × 11; CT, 3 files of 10 × 9"))
        #expect(!"\(told)".contains("1.2.826") && told.sentence.contains("worker extract --validate"))
      }
    }
  }

  @Test func `loses no slice to a name that is no UTF-8, or to an empty file, without a word`() throws {
    try withFolder { folder in
      let location = try write(DICOMSample(), to: folder)
      try Data().write(to: location.image.appendingPathComponent("IM99"))
      #expect(try features(location).diagnostics.warnings.contains { $0.hasPrefix("1 file of 0 bytes") })
      // As Latin-1 has it: "schädel".
      let bytes = Array((location.image.path + "/sch").utf8) + [0xE4] + Array("del".utf8) + [0]
      let descriptor = unsafe bytes.withUnsafeBytes {
        unsafe open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o600)
      }
      try #require(descriptor >= 0)
      close(descriptor)
      #expect(code(location) == "unsupported")
      #expect(error(location)?.sentence.contains("no UTF-8") == true)
    }
  }

  // MARK: A reference tissue

  @Test func `is measured by a tissue that another segment names`() throws {
    try withFolder { folder in
      let location = try write(DICOMSample(), to: folder)
      let segmentation = folder.appendingPathComponent("seg.dcm")
      try Data(DICOMSample().segmentation()).write(to: segmentation)
      func found(_ mask: URL, _ tissue: String, ring: RegionRing? = nil) throws -> [Double] {
        let parameters = try ExtractionParameters(
          parameterFile: "setting: {standardise: {method: z-score, referenceSegment: \(tissue), scale: 10}}\n"
            + "featureClass: {firstorder: [Mean, Maximum]}\n")
        var place = location
        (place.mask, place.ring) = (mask, ring)
        return try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: RegionFiles(at: place))[0]
          .values
      }
      // numpy: z = (v - v[rim].mean()) / v[rim].std(ddof=1) * 10 of v = i * 7919 % 400 - 24; z[gtv].max(), z[gtv].mean().
      let expected = [16.78138562170771, -0.375610759389985]
      for (mask, tissue) in [(location.mask, "Rim"), (location.mask, "4"), (segmentation, " rim ")] {
        let values = try found(mask, "'\(tissue)'")
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(values)")
      }
      #expect(try found(location.mask, "Rim", ring: RegionRing("0,2")) != expected)
      func code(_ tissue: String) -> String? {
        do { _ = try found(location.mask, tissue) } catch { return (error as? StudyTaskError)?.code }
        return nil
      }
      #expect(code("'GTV 1'") == "reference-is-region")
      #expect(code("Muscle") == "segment-absent")
    }
  }
}
