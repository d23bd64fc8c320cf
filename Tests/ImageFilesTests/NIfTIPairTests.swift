import Foundation
import ImageFiles
import Testing
import Volumes

@Suite struct `A NIfTI image of two files` {
  /// Header and voxels of a volume that count up from 1, with the voxels at some byte of their file.
  private func pair(
    voxelOffset: Float = 0, of type: SampleType = .int16
  ) throws -> (header: [UInt8], voxels: [UInt8]) {
    let whole = try encodeNIfTI(TestImages.volume(type))
    let header = TestImages.patch(
      Array(whole[..<348]), [(108, voxelOffset.bitPattern), (344, UInt32(0x0031_696E))])
    return (header, [UInt8](repeating: 9, count: Int(voxelOffset)) + whole[352...])
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = try TestImages.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test(arguments: [
    ("scan.hdr", "scan.img"), ("scan.hdr.gz", "scan.img.gz"), ("scan.hdr", "scan.img.gz"),
    ("SCAN.HDR", "SCAN.IMG"), ("a.b.hdr.gz", "a.b.img"),
  ]) func `is read by either of its names, and has one digest`(header: String, voxels: String) throws {
    try withFolder { folder in
      let pair = try pair()
      func write(_ bytes: [UInt8], _ name: String) throws {
        let packed = name.hasSuffix(".gz") ? TestImages.gzipped(bytes) : bytes
        try Data(packed).write(to: folder.appendingPathComponent(name))
      }
      try write(pair.header, header)
      try write(pair.voxels, voxels)
      for name in [header, voxels] {
        let volume = try readVolume(at: folder.appendingPathComponent(name))
        #expect(volume.geometry == TestImages.turned)
        #expect(volume.voxels == (1...24).map(Double.init))
      }
      let digests = try [header, voxels].map {
        try ImageFileContents(at: folder.appendingPathComponent($0)).sha256
      }
      #expect(digests[0] == digests[1])
      for (name, other) in [(header, voxels), (voxels, header)] {
        let partner = try #require(
          ImageFileContents.dataFile(namedBy: folder.appendingPathComponent(name)))
        #expect(partner.replacing(".gz", with: "") == other.replacing(".gz", with: ""))
      }
    }
  }

  @Test func `may have its voxels at any byte of their file`() throws {
    for offset in [Float(0), 16, -4] {
      let pair = try pair(voxelOffset: max(0, offset))
      let header = TestImages.patch(pair.header, [(108, offset.bitPattern)])
      let contents = ImageFileContents(name: "image", bytes: header, attachment: pair.voxels)
      #expect(try readVolume(contents).voxels[23] == 24)
    }
  }

  @Test func `without its voxels, or with too few, is refused`() throws {
    try withFolder { folder in
      let pair = try pair()
      let header = folder.appendingPathComponent("scan.hdr")
      try Data(pair.header).write(to: header)
      let absent = #expect(throws: ImageFileError.self) { try readVolume(at: header) }
      #expect(absent?.code == .notFound)
      #expect(code(reading: pair.header) == .unsupported)
      try Data(pair.voxels.dropLast()).write(to: folder.appendingPathComponent("scan.img"))
      let short = #expect(throws: ImageFileError.self) { try readVolume(at: header) }
      #expect(short?.code == .truncated)
    }
  }

  /// ITK reads it, warns, and takes the axes for LPS; whether left and right are what they say, nobody knows.
  @Test func `of Analyze 7.5 is refused, because it does not say which side is left`() throws {
    let pair = try pair()
    let analyze = TestImages.patch(pair.header, [(344, UInt32(0))])
    let error = #expect(throws: ImageFileError.self) {
      try readVolume(ImageFileContents(name: "image", bytes: analyze, attachment: pair.voxels))
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("which side is left") == true)
  }

  @Test func `is no more than a name where it is one file`() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("scan.img")
      try Data(encodeNIfTI(TestImages.volume(.int16))).write(to: file)
      #expect(try readVolume(at: file).voxels[23] == 24)
      #expect(ImageFileContents.dataFile(namedBy: file) == nil)
      try Data(repeating: 7, count: 48).write(to: file)
      let error = #expect(throws: ImageFileError.self) { try readVolume(at: file) }
      #expect(error?.code == .notAnImage)
    }
  }
}
