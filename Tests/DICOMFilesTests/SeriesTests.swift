import DICOMFiles
import Foundation
import ImageFiles
import Testing
import Volumes

@Suite struct `A DICOM series` {
  @Test func `is ordered by position, whatever the files are called`() throws {
    let files = TestFile.series(4)
    let folder = try TestFolder([
      "c": files[0], "a": files[2], "inner/x.dcm": files[1], "b": files[3], "notes.txt": Array("text".utf8),
    ])
    let series = try DICOMSeries(at: folder.url)
    let image = try series.image()
    #expect(
      image.volume.voxels.map { $0 / 100 }.map { $0.rounded(.down) }
        == (0..<4).flatMap { [Double](repeating: Double($0), count: 6) })
    #expect(image.volume.geometry.spacingInMillimetres == [0.5, 0.75, 2])
    #expect(image.volume.geometry.originInMillimetres == [-10, 20, 30])
    #expect(image.facts.slices.map(\.sopInstanceUID) == ["1.2.3.4.0", "1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"])
    #expect(image.facts.sliceThicknessInMillimetres == 2.5)
    #expect(image.warnings == [])
  }

  @Test func `has a digest that depends on the files' bytes alone`() throws {
    let files = TestFile.series(3)
    let digest = try DICOMSeries(files: files, name: "a").sha256
    #expect(try DICOMSeries(files: files.reversed(), name: "b").sha256 == digest)
    #expect(digest.count == 32)
    #expect(try DICOMSeries(files: Array(files.dropLast()), name: "c").sha256 != digest)
  }

  /// Files of a folder are digested while the next ones are read.
  @Test func `has one digest from a folder and from memory, and is refused beyond a limit of bytes`() throws {
    let files = TestFile.series(40)
    let folder = try TestFolder(
      Dictionary(uniqueKeysWithValues: files.enumerated().map { ("\($0)", $1) } + [("again", files[7])]))
    let (read, known) = (try DICOMSeries(at: folder.url), try DICOMSeries(files: files, name: "memory"))
    #expect(read.sha256 == known.sha256)
    let image = try read.image()
    #expect(image.volume.voxels == (try known.image().volume.voxels))
    #expect(image.warnings == ["1 file left out, as exact copies of others"])
    let half = ImageReadLimits(fileBytes: files.reduce(0) { $0 + $1.count } / 2)
    #expect { try DICOMSeries(at: folder.url, limits: half) } throws: {
      ($0 as? ImageFileError)?.code == .tooLarge
    }
  }

  @Test func `counts a file that is there twice once, and says so`() throws {
    let files = TestFile.series(3)
    let image = try image(of: files + [files[1]])
    #expect(image.volume.geometry.size.z == 3)
    #expect(image.warnings == ["1 file left out, as exact copies of others"])
  }

  @Test func `among several is chosen by its UID or by what a mask names, else the list is told`() throws {
    let second = TestFile.series(2) { file, _ in file.set(.seriesInstanceUID, "UI", .text("9.8.7")) }
    let structures = TestFile.series(1) { file, _ in
      file.set(.modality, "CS", .text("RTSTRUCT"))
      file.set(.seriesInstanceUID, "UI", .text("5.5"))
      for tag in [DICOMTag.rows, .columns, .pixelData] { file.remove(tag) }
    }
    var files: [String: [UInt8]] = ["structures": structures[0]]
    for (index, bytes) in (TestFile.series(3) + second).enumerated() { files["\(index)"] = bytes }
    let folder = try TestFolder(files)
    #expect(try DICOMSeries(at: folder.url, choosing: .uid("9.8.7")).image().volume.geometry.size.z == 2)
    #expect(
      try DICOMSeries(at: folder.url, choosing: .referenced(by: ["7", "1.2.3.4"])).image().volume.geometry
        .size.z == 3)
    #expect {
      try DICOMSeries(at: folder.url)
    } throws: {
      let error = $0 as? ImageFileError
      return error?.code == .ambiguous
        && error?.message.contains("2 series are here") == true
        && error?.message.contains("CT, 3 files of 3 × 2; CT, 2 files of 3 × 2;") == true
        && error?.message.contains("9.8.7") == false
    }
    #expect { try DICOMSeries(at: folder.url, choosing: .uid("0")) } throws: {
      ($0 as? ImageFileError)?.code == .notFound
    }
    let summaries = try DICOMSeries.summaries(at: folder.url)
    #expect(summaries.map(\.uid) == ["1.2.3.4", "9.8.7", "5.5"])
    #expect(summaries.map(\.isImage) == [true, true, false])
  }

  @Test func `is not the index of a medium`() throws {
    var index = TestFile()
    index.set(.sopClassUID, "UI", .text("1.2.840.10008.1.3.10"))
    let folder = try TestFolder(["DICOMDIR": index.bytes])
    for url in [folder.url, folder.url.appendingPathComponent("DICOMDIR")] {
      #expect { try DICOMSeries(at: url) } throws: {
        ($0 as? ImageFileError)?.message.contains("DICOMDIR") == true
      }
    }
  }

  @Test func `that is not there, or a folder of other files, is refused`() throws {
    let folder = try TestFolder(["notes.txt": Array("text".utf8)])
    #expect { try DICOMSeries(at: folder.url) } throws: { ($0 as? ImageFileError)?.code == .notAnImage }
    #expect { try DICOMSeries(at: folder.url.appendingPathComponent("none")) } throws: {
      ($0 as? ImageFileError)?.code == .notFound
    }
  }

  @Test func `with one file that is cut off is refused`() throws {
    let files = TestFile.series(3)
    let folder = try TestFolder(["0": files[0], "1": Array(files[1].dropLast(6)), "2": files[2]])
    #expect { try DICOMSeries(at: folder.url).image() } throws: {
      ($0 as? ImageFileError)?.code == .truncated
    }
  }
}

@Suite struct `Slices that make no regular grid` {
  /// What is said where some slices are changed.
  private func message(_ count: Int, _ change: (inout TestFile, Int) -> Void) -> String {
    failure(of: TestFile.series(count, change))?.message ?? "nothing"
  }

  private func position(_ z: Double, x: Double = -10, y: Double = 20) -> TestFile.Value {
    .text("\(x)\\\(y)\\\(z)")
  }

  @Test func `miss one, and the place is told`() {
    var files = TestFile.series(6)
    files.remove(at: 3)
    let error = failure(of: files)
    #expect(error?.code == .irregularGrid)
    #expect(error?.message.contains("1 slice is missing: between 34 mm and 38 mm") == true)
  }

  @Test func `are unevenly spaced`() {
    let places = [0, 2, 5, 6, 9.5]
    let text = message(5) { file, index in file.set(.imagePositionPatient, "DS", position(places[index])) }
    #expect(text.contains("unevenly spaced, 1 mm to 3.5 mm apart"))
  }

  @Test func `are taken as even where their positions are rounded, with a warning`() throws {
    let places = ["0", "0.6", "1.3", "1.9", "2.5"]
    let files = TestFile.series(5) { file, index in
      file.set(.imagePositionPatient, "DS", .text("-10\\20\\\(places[index])"))
    }
    let image = try image(of: files)
    #expect(image.volume.geometry.spacingInMillimetres.z == 0.625)
    #expect(image.warnings == ["slices lie up to 0.05 mm off even places; they are taken as even"])
  }

  @Test func `are sheared by the tilt of a gantry`() {
    let text = message(4) { file, index in
      file.set(.imagePositionPatient, "DS", position(2 * Double(index), y: 20 + 0.5 * Double(index)))
    }
    #expect(text.contains("the slices are sheared"))
    #expect(text.contains("dcm2niix"))
  }

  @Test func `hold one that lies beside the others`() {
    let text = message(4) { file, index in
      file.set(.imagePositionPatient, "DS", position(2 * Double(index), x: index == 2 ? -8 : -10))
    }
    #expect(text.contains("beside the others"))
  }

  @Test func `lie twice at one place`() {
    let text = message(4) { file, index in
      if index == 3 { file.set(.imagePositionPatient, "DS", position(32)) }
    }
    #expect(text.contains("2 images lie at 32 mm"))
  }

  @Test(arguments: [
    (DICOMTag.echoTime, "DS", #"echo time ("0", "1")"#),
    (.temporalPositionIdentifier, "IS", #"temporal position ("0", "1")"#),
    (.acquisitionNumber, "IS", #"acquisition number ("0", "1")"#),
    (.triggerTime, "DS", #"trigger time ("0", "1")"#),
    // When someone was examined tells who it was.
    (.acquisitionTime, "TM", "acquisition time; give a folder"),
  ])
  func `are of several images, which are told apart`(tag: DICOMTag, representation: String, expected: String)
  {
    let files = TestFile.series(6) { file, index in
      file.set(.imagePositionPatient, "DS", position(Double(index / 2)))
      file.set(tag, representation, .text("\(index % 2)"))
    }
    let error = failure(of: files)
    #expect(error?.code == .ambiguous)
    #expect(error?.message.contains("2 images at each of 3 places, which differ by \(expected)") == true)
  }

  @Test func `have several orientations, sizes or pixel spacings`() {
    #expect(
      message(3) { file, index in
        if index == 2 { file.set(.imageOrientationPatient, "DS", .text("0\\1\\0\\0\\0\\-1")) }
      }.contains("2 orientations"))
    #expect(
      message(3) { file, index in if index == 2 { file.set(.rows, "US", .words([1])) } }.contains(
        "different sizes"))
    #expect(
      message(3) { file, index in if index == 2 { file.set(.pixelSpacing, "DS", .text("1\\1")) } }
        .contains("pixels of different sizes"))
  }

  @Test func `are left out where they are localisers`() throws {
    let image = try image(
      of: TestFile.series(4) { file, index in
        guard index == 3 else { return }
        file.set(.imageOrientationPatient, "DS", .text("0\\1\\0\\0\\0\\-1"))
        file.set(.imageType, "CS", .text("ORIGINAL\\PRIMARY\\LOCALIZER"))
      })
    #expect(image.volume.geometry.size.z == 3)
    #expect(image.warnings == ["1 localisers of other planes were left out"])
  }

  @Test(arguments: [
    (DICOMTag.pixelSpacing, "DS", "0\\1", "above zero"), (.pixelSpacing, "DS", "1", "expected 2 numbers"),
    (.imagePositionPatient, "DS", "1\\2", "expected 3 numbers"),
    (.imageOrientationPatient, "DS", "1\\0\\0\\1\\0\\0", "no unit vectors"),
    (.rescaleSlope, "DS", "x", "no number"),
  ])
  func `have headers that cannot be`(tag: DICOMTag, representation: String, text: String, expected: String) {
    let said = message(1) { file, _ in file.set(tag, representation, .text(text)) }
    #expect(said.contains(expected) || said.contains("expected above 0"), "\(said)")
  }
}
