import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// What a hospital has in place of a plain series, and how `worker extract` must end.
private struct DICOMTrial: CustomTestStringConvertible, Sendable {
  var testDescription: String
  /// Changes the files of a series, in the order of its slices, or what is drawn on them.
  var change: @Sendable (inout Files) -> Void
  var status: Int32
  /// A part of what is said, or of what is printed where the status is 0.
  var part: String

  struct Files {
    var sample = DICOMSample()
    var slices: [[UInt8]]
    var mask: [UInt8]
    var options = ["--segment", "GTV 1"]

    init() {
      slices = (0..<sample.size.z).map(sample.slice)
      mask = sample.structureSet()
    }

    mutating func set(_ group: UInt16, _ element: UInt16, _ value: DICOMValue) {
      slices = slices.map { DICOMSample.changed($0, group, element, to: value) }
    }

    /// One slice alone, with a label map on its grid, wherever it says that it lies.
    mutating func becomePicture() throws {
      slices = [slices[4]]
      for (group, element) in [(0x0020, 0x0032), (0x0020, 0x0037), (0x0018, 0x0050)] {
        set(UInt16(group), UInt16(element), .absent)
      }
      let size = GridSize(x: sample.size.x, y: sample.size.y, z: 1)
      let labels = (0..<size.voxelCount).map {
        (2..<9).contains($0 % size.x) && (3..<9).contains($0 / size.x) ? UInt32(1) : 0
      }
      mask = try encodeNIfTI(
        Volume(
          geometry: GridGeometry(size: size, dimension: 3), sampleType: .uint8,
          voxels: labels.map(Double.init)))
      options = []
    }
  }

  init(
    _ name: String, status: Int32 = 65, _ part: String, _ change: @escaping @Sendable (inout Files) -> Void
  ) {
    (testDescription, self.status, self.part, self.change) = (name, status, part, change)
  }

  static let bad = [
    DICOMTrial("a file that is cut off", "truncated") { $0.slices[3].removeLast(50) },
    DICOMTrial("a slice that is missing", "1 slice is missing") { $0.slices.remove(at: 3) },
    DICOMTrial("slices that a gantry's tilt has moved", "sheared") {
      for z in $0.slices.indices {
        $0.slices[z] = DICOMSample.changed(
          $0.slices[z], 0x0020, 0x0032, to: .text("DS", "-5\\\(10 + 0.7 * Double(z))\\\(100 + 2 * z)"))
      }
    },
    DICOMTrial("two series in a folder, of which the mask names none", "2 series are here") {
      var other = DICOMSample()
      other.seriesUID = "1.2.826.0.2.2"
      $0.slices += (0..<8).map(other.slice)
      $0.mask = DICOMSample().structureSet(namesSeries: false)
    },
    DICOMTrial("a structure set of another frame of reference", "other-frame-of-reference") {
      var other = DICOMSample()
      other.frameOfReferenceUID = "1.2.826.0.3.9"
      $0.mask = other.structureSet()
    },
    DICOMTrial("a region without a contour", "no contour") {
      $0.mask = $0.sample.structureSet([.init(1, "GTV 1", x: 2..<5, y: 2..<5, z: 2..<2)])
    },
    DICOMTrial("contours of two points", "enclose") {
      $0.sample.points = 2
      $0.mask = $0.sample.structureSet()
    },
    DICOMTrial("a segmentation without a voxel", "has no voxel") {
      $0.mask = $0.sample.segmentation([.init(1, "GTV 1", x: 2..<2, y: 2..<5, z: 2..<5)])
    },
    DICOMTrial("a segmentation without a frame", "frame") {
      $0.mask = $0.sample.segmentation([.init(1, "GTV 1", x: 2..<5, y: 2..<5, z: 2..<2)])
    },
    DICOMTrial("a compression that nobody decodes", "High-Throughput JPEG 2000") {
      $0.set(0x7FE0, 0x0010, .compressed([0xFF, 0x4F, 0xFF, 0x51]))
      $0.set(0x0002, 0x0010, .text("UI", "1.2.840.10008.1.2.4.201"))
    },
    DICOMTrial("the index of a medium", "DICOMDIR") {
      $0.slices = [
        DICOMSample.changed($0.slices[0], 0x0008, 0x0016, to: .text("UI", "1.2.840.10008.1.3.10"))
      ]
      for element in [0x0010, 0x0011] as [UInt16] { $0.set(0x0028, element, .absent) }
      $0.set(0x0020, 0x000E, .absent)
    },
    DICOMTrial("a mosaic of Siemens", "dcm2niix") {
      $0.set(0x0008, 0x0008, .text("CS", "ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC"))
    },
    DICOMTrial("a film of ultrasound", "a film of 3 frames") {
      $0.slices = [$0.slices[0]]
      $0.set(0x0008, 0x0060, .text("CS", "US"))
      $0.set(0x0028, 0x0008, .text("IS", "3"))
    },
  ]

  static let odd = [
    DICOMTrial("numbers beyond 16 bits", status: 0, "firstorder_Maximum: 70000.0") {
      $0.sample.intensity = { $0 % 2 == 0 ? 60_000 : 10 }
      $0.slices = (0..<8).map($0.sample.slice)
      $0.set(0x0028, 0x1052, .text("DS", "10000"))
    },
    DICOMTrial("a secondary capture", status: 0, "does not say where the picture lies") {
      try? $0.becomePicture()
      $0.set(0x0008, 0x0016, .text("UI", "1.2.840.10008.5.1.4.1.1.7"))
      $0.set(0x0008, 0x0060, .text("CS", "OT"))
      $0.set(0x0028, 0x0030, .text("DS", "1\\1"))
    },
    DICOMTrial(
      "ultrasound, with the size of a pixel in its region", status: 0, "does not say where the picture lies"
    ) {
      try? $0.becomePicture()
      $0.set(0x0008, 0x0060, .text("CS", "US"))
      $0.set(0x0028, 0x0030, .absent)
      // In centimetres.
      $0.set(
        0x0018, 0x6011,
        .items([
          [
            (0x0018, 0x6024, .short(3)), (0x0018, 0x6026, .short(3)), (0x0018, 0x602C, .double(0.1)),
            (0x0018, 0x602E, .double(0.1)),
          ]
        ]))
    },
    DICOMTrial("a mapping to real-world values", status: 0, "Real World Value Mapping") {
      $0.set(0x0040, 0x9096, .items([[(0x0040, 0x9224, .double(-1024)), (0x0040, 0x9225, .double(2))]]))
    },
    DICOMTrial("Philips' own scale slope", status: 0, "scale slope (2005,100E) is there and not applied") {
      $0.set(0x2005, 0x100E, .text("DS", "0.013"))
    },
    DICOMTrial("a padding value", status: 0, "Pixel Padding Value") {
      $0.set(0x0028, 0x0120, .short(1000))
    },
  ]
}

@Suite(.timeLimit(.minutes(15))) struct `worker extract of DICOM with` {
  private func extract(
    _ files: DICOMTrial.Files, _ folder: URL, _ options: [String] = []
  ) async throws -> (status: Int32, output: String, errors: String) {
    let image = folder.appendingPathComponent("image")
    try FileManager.default.createDirectory(at: image, withIntermediateDirectories: true)
    for (number, bytes) in files.slices.enumerated() {
      try Data(bytes).write(to: image.appendingPathComponent("\(number)"))
    }
    // A name that goes with what is in it.
    let mask = folder.appendingPathComponent(files.mask.starts(with: [0x5C, 1]) ? "mask.nii" : "mask.dcm")
    try Data(files.mask).write(to: mask)
    let result = try await Programs.run(
      "worker", ["extract", image.path, mask.path] + files.options + options)
    #expect(!(result.output + result.errors).contains("SECRET"))
    return (result.status, result.output, result.errors)
  }

  @Test(arguments: DICOMTrial.bad) fileprivate func `bad input, which ends in a sentence`(trial: DICOMTrial)
    async throws
  {
    try await withTemporaryFolder { folder in
      var files = DICOMTrial.Files()
      trial.change(&files)
      for options in [[], ["--validate"]] {
        let found = try await extract(files, folder, options)
        #expect(found.status == 65, Comment(rawValue: found.errors))
        #expect((found.output + found.errors).contains(trial.part), Comment(rawValue: found.errors))
      }
    }
  }

  @Test(arguments: DICOMTrial.odd) fileprivate func `odd input, which is read and told of`(trial: DICOMTrial)
    async throws
  {
    try await withTemporaryFolder { folder in
      var files = DICOMTrial.Files()
      trial.change(&files)
      let found = try await extract(files, folder)
      #expect(found.status == 0, Comment(rawValue: found.errors))
      #expect((found.output + found.errors).contains(trial.part), Comment(rawValue: found.errors))
    }
  }

  /// The same values, whatever stands before the data set and around it.
  @Test func `no preamble, or a deflated data set, as of plain files`() async throws {
    var values: [[Substring]] = []
    for change in [{ $0 }, { Array($0[132...]) }, Self.deflated] as [([UInt8]) -> [UInt8]] {
      try await withTemporaryFolder { folder in
        var files = DICOMTrial.Files()
        files.slices = files.slices.map(change)
        let found = try await extract(files, folder)
        #expect(found.status == 0, Comment(rawValue: found.errors))
        values.append(found.output.split(separator: "\n").filter { $0.contains("_original_") })
      }
    }
    #expect(values[0].count == 107 && values[1] == values[0] && values[2] == values[0])
  }

  /// Of blocks that are stored as they are (RFC 1951, 3.2.4).
  private static func deflated(_ file: [UInt8]) -> [UInt8] {
    let named = DICOMSample.changed(file, 0x0002, 0x0010, to: .text("UI", "1.2.840.10008.1.2.1.99"))
    // The group before it has one element of 8 bytes and its value of 22.
    let (head, body) = (Array(named[..<(132 + 8 + 22)]), Array(named[(132 + 8 + 22)...]))
    let length = [UInt8(body.count & 255), UInt8(body.count >> 8)]
    let block: [UInt8] = [1] + length + length.map { ~$0 }
    return head + block + body
  }
}
