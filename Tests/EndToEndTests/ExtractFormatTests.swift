import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// One image and its mask, as programs of the field store them.
@Suite(.timeLimit(.minutes(15))) struct `Formats that worker extract reads` {
  private static let geometry = GridGeometry(size: CaseOnDisk.size, spacingInMillimetres: [1, 1, 2])

  private static let image = Volume(
    geometry: geometry, sampleType: .int16,
    voxels: (0..<geometry.size.voxelCount).map { Double($0 * 7919 % 400) - 100 })

  /// Two labels, 1 and 3.
  private static let labels: [Double] = (0..<geometry.size.voxelCount).map {
    let (x, y, z) = ($0 % 12, $0 / 12 % 11, $0 / 132)
    guard (2..<9).contains(y), (2..<7).contains(z) else { return 0 }
    return (3..<9).contains(x) ? 1 : x == 10 ? 3 : 0
  }

  private static func mask(_ type: SampleType = .uint8, _ value: (Double) -> Double = { $0 }) -> Volume {
    Volume(geometry: geometry, sampleType: type, voxels: labels.map(value))
  }

  private func features(_ image: URL, _ mask: URL, _ options: [String] = []) async throws
    -> (values: [Substring], errors: String)
  {
    let result = try await Programs.run("worker", ["extract", image.path, mask.path] + options)
    #expect(result.status == 0, Comment(rawValue: result.errors))
    return (result.output.split(separator: "\n").filter { $0.contains("_original_") }, result.errors)
  }

  /// A NIfTI image in two files: its header of 348 bytes, and its voxels from the first byte on.
  private func writePair(_ volume: Volume, _ name: String, to folder: URL) throws -> URL {
    var file = try encodeNIfTI(volume)
    let voxels = Array(file[352...])
    // `vox_offset` and `magic`.
    file.replaceSubrange(108..<112, with: [0, 0, 0, 0])
    file.replaceSubrange(344..<348, with: Array("ni1\0".utf8))
    let header = folder.appendingPathComponent("\(name).hdr")
    try Data(file[..<348]).write(to: header)
    try Data(voxels).write(to: folder.appendingPathComponent("\(name).img"))
    return header
  }

  private func writeMetaImage(_ volume: Volume, _ name: String, isOneFile: Bool, to folder: URL) throws -> URL
  {
    let voxels = try Array(encodeNIfTI(volume)[352...])
    let header = """
      ObjectType = Image
      NDims = 3
      BinaryData = True
      BinaryDataByteOrderMSB = False
      Offset = 0 0 0
      ElementSpacing = 1 1 2
      DimSize = 12 11 8
      ElementType = \(volume.sampleType == .int16 ? "MET_SHORT" : "MET_UCHAR")
      ElementDataFile = \(isOneFile ? "LOCAL" : "\(name).raw")

      """
    let file = folder.appendingPathComponent("\(name).\(isOneFile ? "mha" : "mhd")")
    try Data(Array(header.utf8) + (isOneFile ? voxels : [])).write(to: file)
    if !isOneFile { try Data(voxels).write(to: folder.appendingPathComponent("\(name).raw")) }
    return file
  }

  @Test func `give one image the same features`() async throws {
    try await withTemporaryFolder { folder in
      var files: [(image: URL, mask: URL)] = []
      for ending in ["nrrd", "nii", "nii.gz"] {
        let (image, mask) = (
          folder.appendingPathComponent("i.\(ending)"), folder.appendingPathComponent("m.\(ending)")
        )
        try writeVolume(Self.image, to: image)
        try writeVolume(Self.mask(), to: mask)
        files.append((image, mask))
      }
      files.append(
        (try writePair(Self.image, "pi", to: folder), try writePair(Self.mask(), "pm", to: folder)))
      for isOneFile in [true, false] {
        files.append(
          (
            try writeMetaImage(Self.image, "mi", isOneFile: isOneFile, to: folder),
            try writeMetaImage(Self.mask(), "mm", isOneFile: isOneFile, to: folder)
          ))
      }
      let expected = try await features(files[0].image, files[0].mask).values
      #expect(expected.count == 107)
      for file in files.dropFirst() {
        #expect(try await features(file.image, file.mask).values == expected, "\(file.image.pathExtension)")
      }
    }
  }

  /// A background of -1, and labels of which a resampling has left fractions: cut toward zero, as PyRadiomics does.
  @Test(arguments: [(-1.0, 0.0, "below 0"), (0.0, 0.4, "no whole numbers"), (0.5, 0, "no whole numbers")])
  func `take masks with odd values as PyRadiomics, and count them`(
    background: Double, fraction: Double, part: String
  ) async throws {
    try await withTemporaryFolder { folder in
      let (image, plain, odd) = (
        folder.appendingPathComponent("i.nrrd"), folder.appendingPathComponent("plain.nrrd"),
        folder.appendingPathComponent("odd.nrrd")
      )
      try writeVolume(Self.image, to: image)
      try writeVolume(Self.mask(), to: plain)
      try writeVolume(Self.mask(.float32) { $0 == 0 ? background : $0 + fraction }, to: odd)
      let expected = try await features(image, plain)
      let found = try await features(image, odd)
      #expect(found.values == expected.values)
      #expect(found.errors.contains(part) && !expected.errors.contains(part), Comment(rawValue: found.errors))
    }
  }

  /// Width and height 4, 8 bits; written by Python's zlib and struct: the left half (200, 100, 50), the right (10, 20, 30).
  private static let colourPicture =
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAFUlEQVR42mM4kWIERFwickDEQBwHAGyjDNHizW7HAAAAAElFTkSuQmCC"

  @Test func `give a picture in colour 93 features of its luminance, and say so`() async throws {
    try await withTemporaryFolder { folder in
      let (image, mask) = (folder.appendingPathComponent("i.png"), folder.appendingPathComponent("m.png"))
      try #require(Data(base64Encoded: Self.colourPicture)).write(to: image)
      let geometry = GridGeometry(size: GridSize(x: 4, y: 4, z: 1), dimension: 2)
      try Data(
        encodePNG(Volume(geometry: geometry, sampleType: .uint8, voxels: [Double](repeating: 255, count: 16)))
      ).write(to: mask)
      let found = try await features(image, mask, ["--label", "255"])
      #expect(found.values.count == 93)
      #expect(
        found.values.contains("Case-1_original_firstorder_Maximum: 124.0"), "\(found.values.prefix(20))")
      #expect(found.errors.contains("the picture is in colour; its luminance is taken"))
    }
  }
}
