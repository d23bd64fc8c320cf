import DICOMFiles
import ImageFiles
import Testing
import Volumes

/// Three places with two images each.
private func twice(_ change: (inout TestFile, _ repeat: Int) -> Void) -> [[UInt8]] {
  (0..<6).map { index in
    var file = TestFile.slice(index % 3)
    file.set(.sopInstanceUID, "UI", .text("1.2.3.4.\(index)"))
    file.set(.pixelData, "OW", .words([UInt16](repeating: UInt16(100 * (index / 3) + index % 3), count: 6)))
    change(&file, index / 3)
    return file.bytes
  }
}

private func firstValues(_ files: [[UInt8]], _ choice: FrameChoice) throws -> [Double] {
  let image = try DICOMSeries(files: files, frames: choice, name: "image").image()
  return stride(from: 0, to: image.volume.voxels.count, by: 6).map { image.volume.voxels[$0] }
}

private func refusal(_ files: [[UInt8]], _ choice: FrameChoice) -> ImageFileError? {
  do {
    _ = try firstValues(files, choice)
    return nil
  } catch {
    return error as? ImageFileError
  }
}

@Suite struct `Of several images at each place` {
  private static let echoes = twice { file, echo in
    file.set(DICOMTag(0x0018, 0x0086), "IS", .text("\(echo + 1)"))
    file.set(DICOMTag(0x0018, 0x0081), "DS", .text(echo == 0 ? "4.6" : "2.3"))
  }

  @Test func `an echo is chosen by its number`() throws {
    #expect(try firstValues(Self.echoes, FrameChoice(echo: 1)) == [0, 1, 2])
    #expect(try firstValues(Self.echoes, FrameChoice(echo: 2)) == [100, 101, 102])
  }

  @Test func `an echo without a number is known by the rank of its time`() throws {
    let files = twice { $0.set(DICOMTag(0x0018, 0x0081), "DS", .text($1 == 0 ? "4.6" : "2.3")) }
    #expect(try firstValues(files, FrameChoice(echo: 1)) == [100, 101, 102])
    #expect(try firstValues(files, FrameChoice(echo: 2)) == [0, 1, 2])
  }

  @Test func `a time point is chosen by its position, else by the number of its acquisition`() throws {
    let positions = twice { $0.set(DICOMTag(0x0020, 0x0100), "IS", .text("\(5 - $1)")) }
    #expect(try firstValues(positions, FrameChoice(timePoint: 4)) == [100, 101, 102])
    let acquisitions = twice { $0.set(DICOMTag(0x0020, 0x0012), "IS", .text("\($1 + 7)")) }
    #expect(try firstValues(acquisitions, FrameChoice(timePoint: 7)) == [0, 1, 2])
  }

  @Test func `none is taken unasked, and the list says how to ask`() throws {
    let unasked = try #require(refusal(Self.echoes, .all))
    #expect(unasked.code == .ambiguous && unasked.message.contains("--echo, column Echo"))
    #expect(unasked.message.contains(#"echo number ("1", "2")"#))
    let absent = try #require(refusal(Self.echoes, FrameChoice(echo: 3)))
    #expect(absent.code == .notFound)
    #expect(absent.message == "the series has no echo 3; it has 1, 2; name one of them")
    let unknown = try #require(refusal(Self.echoes, FrameChoice(timePoint: 1)))
    #expect(unknown.message.contains("no file says which time point it is"))
    let times = twice { $0.set(DICOMTag(0x0020, 0x0100), "IS", .text("\($1)")) }
    #expect(refusal(times, .all)?.message.contains("--time-point, column TimePoint") == true)
  }

  @Test func `two of the same files are two images, by their digests`() throws {
    func digest(_ choice: FrameChoice) throws -> [UInt8] {
      try DICOMSeries(files: Self.echoes, frames: choice, name: "image").sha256
    }
    let digests = [try digest(.all), try digest(FrameChoice(echo: 1)), try digest(FrameChoice(echo: 2))]
    #expect(Set(digests).count == 3)
    #expect(try digest(FrameChoice(echo: 1)) == digests[1])
  }

  @Test func `values of a slice are those of the image`() throws {
    let slices = try DICOMSeries(files: Self.echoes, frames: FrameChoice(echo: 2), name: "image").slices()
    #expect(try slices.values(ofSlice: 1) == [Double](repeating: 101, count: 6))
    #expect(try slices.image().volume.geometry.size.z == 3)
  }
}

@Suite struct `Two images whose slices lie between each other` {
  /// Six places; of each, what its header says of one element.
  private static func files(_ tag: DICOMTag, _ values: [String]) -> [[UInt8]] {
    TestFile.series(values.count) { file, index in file.set(tag, "DS", .text(values[index])) }
  }

  @Test(arguments: [
    (DICOMTag(0x0018, 0x0086), "echo number", "--echo"), (DICOMTag(0x0018, 0x0081), "echo time", "--echo"),
    (DICOMTag(0x0020, 0x0100), "temporal position", "--time-point"),
    (DICOMTag(0x0018, 0x9087), "b-value", "give a folder"),
  ])
  func `are refused, and the list says how to ask for one`(tag: DICOMTag, name: String, remedy: String) throws
  {
    let found = try #require(failure(of: Self.files(tag, ["1", "2", "1", "2", "1", "2"])))
    #expect(found.code == .ambiguous && found.message.contains("differ by turns in \(name) ("))
    #expect(found.message.contains(remedy))
    // One value in two spellings, a number of each slice's own, and a change halfway.
    for values in [["4.6", "4.60", "4.6"], ["1", "2", "3"], ["1", "1", "2"]] {
      #expect(failure(of: Self.files(tag, values)) == nil)
    }
  }

  @Test func `are one image where only their acquisitions take turns, which is told`() throws {
    let acquisition = DICOMTag(0x0020, 0x0012)
    func warnings(_ values: [String]) throws -> [String] {
      try DICOMSeries(files: Self.files(acquisition, values), name: "image").image().warnings
    }
    #expect(try warnings(["1", "2", "1", "2"]).contains { $0.contains("take turns along the stack") })
    #expect(try warnings(["1", "1", "2", "2"]).isEmpty)
  }
}
