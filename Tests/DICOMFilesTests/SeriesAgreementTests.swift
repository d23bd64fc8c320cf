import DICOMFiles
import ImageFiles
import Testing
import Volumes

/// What a header says of one slice alone, where the others say something else.
private struct Change: Sendable, CustomTestStringConvertible {
  let tag: DICOMTag
  var representation = "LO"
  let usual: String
  let other: String

  var testDescription: String { "\(tag)" }
}

@Suite struct `Slices of one series` {
  @Test(arguments: [
    Change(tag: DICOMTag(0x0010, 0x0020), usual: "ANNE", other: "BERT"),
    Change(tag: .frameOfReferenceUID, representation: "UI", usual: "1.5", other: "1.6"),
    Change(tag: .modality, representation: "CS", usual: "CT", other: "MR"),
    Change(tag: .units, representation: "CS", usual: "BQML", other: "CNTS"),
    Change(tag: .rescaleType, usual: "HU", other: "US"),
    Change(tag: .photometricInterpretation, representation: "CS", usual: "MONOCHROME2", other: "MONOCHROME1"),
  ])
  fileprivate func `that do not agree are refused, and no value is told`(change: Change) throws {
    func files(_ other: String?) -> [[UInt8]] {
      TestFile.series(3) { file, index in
        let text = index == 1 ? other : change.usual
        if let text {
          file.set(change.tag, change.representation, .text(text))
        } else {
          file.remove(change.tag)
        }
      }
    }
    let found = try #require(failure(of: files(change.other)))
    #expect(found.code == .badHeader && found.message.contains("do not agree in"))
    #expect(found.message.contains("\(change.tag)"))
    #expect(!found.message.contains(change.usual) && !found.message.contains(change.other))
    #expect(failure(of: files(change.usual)) == nil && failure(of: files(nil)) == nil)
  }

  @Test func `of which some are not rescaled are refused`() throws {
    let found = failure(
      of: TestFile.series(3) { file, index in
        guard index != 1 else { return }
        file.set(.rescaleSlope, "DS", .text("1"))
        file.set(.rescaleIntercept, "DS", .text("-1024"))
      })
    #expect(
      found?.code == .badHeader && found?.message.contains("1 of 3 slices have no Rescale Slope") == true)
    // None where it would change nothing.
    #expect(
      failure(
        of: TestFile.series(3) { file, index in if index != 1 { file.set(.rescaleSlope, "DS", .text("1")) } })
        == nil)
  }

  @Test func `may have a slope of 0 where all numbers are 0, and nowhere else`() throws {
    func files(_ numbers: [UInt16]) -> [[UInt8]] {
      TestFile.series(3) { file, index in
        file.set(.rescaleSlope, "DS", .text(index == 1 ? "0" : "2"))
        if index == 1 { file.set(.pixelData, "OW", .words(numbers)) }
      }
    }
    let image = try image(of: files([0, 0, 0, 0, 0, 0]))
    #expect(image.volume.voxels == [0, 2, 4, 6, 8, 10, 0, 0, 0, 0, 0, 0, 400, 402, 404, 406, 408, 410])
    let found = failure(of: files([0, 0, 0, 0, 0, 3]))
    #expect(found?.code == .badHeader && found?.message.contains("slice 2 has a Rescale Slope") == true)
  }

  @Test func `have one slope each`() {
    let found = failure(of: TestFile.series(1) { file, _ in file.set(.rescaleSlope, "DS", .text("1\\2")) })
    #expect(found?.code == .badHeader)
  }

  @Test func `without a size of pixels in the patient are refused, and the detector's is not taken`() {
    let found = failure(
      of: TestFile.series(3) { file, _ in
        file.remove(.pixelSpacing)
        file.set(.imagerPixelSpacing, "DS", .text("0.5\\0.4"))
      })
    #expect(found?.code == .badHeader && found?.message.contains("Imager Pixel Spacing") == true)
  }

  @Test func `with more pixels than their headers say are refused, and with some bytes more told`() throws {
    for tag in [DICOMTag.rows, .columns] {
      let found = failure(
        of: TestFile.series(3) { file, _ in file.set(tag, "US", .words([tag == .rows ? 1 : 2])) })
      #expect(found?.code == .badHeader && found?.message.contains("Rows, Columns") == true)
    }
    let image = try image(
      of: TestFile.series(3) { file, index in
        if index == 2 { file.set(.pixelData, "OW", .bytes([UInt8](repeating: 1, count: 14))) }
      })
    #expect(
      image.warnings == ["1 file with some bytes after the pixels that their headers say; these are left out"]
    )
  }

  @Test func `keep their numbers in the memory of their files, each with its own rescaling`() throws {
    let image = try image(
      of: TestFile.series(2) { file, index in file.set(.rescaleSlope, "DS", .text(index == 0 ? "1" : "0.1")) }
    )
    #expect(image.stored.numbers == nil && image.stored.isFinite)
    #expect((6..<12).map { image.stored[$0] } == (100..<106).map { 0.1 * Double($0) + 0 })
    #expect(image.stored.numbers == nil)
  }

  @Test func `count padding by its range, and where the lowest is white`() throws {
    let ranged = try image(
      of: TestFile.series(1) { file, _ in
        file.set(.pixelPaddingValue, "SS", .words([1]))
        file.set(DICOMTag(0x0028, 0x0121), "SS", .words([3]))
      })
    #expect(ranged.warnings.contains { $0.hasPrefix("3 voxels have the Pixel Padding Value") })
    let white = try image(
      of: TestFile.series(1) { file, _ in
        file.set(.pixelPaddingValue, "SS", .words([5]))
        file.set(.photometricInterpretation, "CS", .text("MONOCHROME1"))
      })
    #expect(white.volume.voxels == [-1, -2, -3, -4, -5, -6])
    #expect(white.warnings.contains { $0.hasPrefix("1 voxels have the Pixel Padding Value") })
  }
}
