import CZlib
import Foundation
import ImageFiles
import TestSupport
import Volumes

/// Small images and damaged files for these tests.
enum TestImages {
  /// A volume whose voxels count up from 1, turned and shifted.
  static func volume(_ type: SampleType, geometry: GridGeometry = turned) -> Volume {
    Volume(
      geometry: geometry, sampleType: type, voxels: (0..<geometry.size.voxelCount).map { Double($0 + 1) })
  }

  /// A grid whose numbers single precision holds exactly: axes permuted and flipped.
  static let turned = GridGeometry(
    size: GridSize(x: 4, y: 3, z: 2), spacingInMillimetres: [0.5, 0.75, 3],
    originInMillimetres: [-10, 20.5, 30],
    directions: [[0, 1, 0], [-1, 0, 0], [0, 0, 1]])

  static let picture = GridGeometry(size: GridSize(x: 5, y: 3, z: 1), dimension: 2)

  /// The bytes with some of them replaced by the bytes of numbers, lowest first.
  static func patch(_ bytes: [UInt8], _ values: [(offset: Int, value: any FixedWidthInteger)]) -> [UInt8] {
    var bytes = bytes
    for (offset, value) in values {
      for byte in 0..<value.bitWidth / 8 {
        bytes[offset + byte] = UInt8(truncatingIfNeeded: Int64(truncatingIfNeeded: value) >> (byte * 8))
      }
    }
    return bytes
  }

  /// An NRRD of 4 × 3 × 2 `uint8` counting up from 0, with more header lines.
  static func nrrd(
    _ lines: [String], type: String = "uint8", encoding: String = "raw", size: String = "sizes: 4 3 2",
    data: [UInt8] = Array(0..<24)
  ) -> [UInt8] {
    let header =
      ["NRRD0004", "type: \(type)", "dimension: 3", size, "encoding: \(encoding)"] + lines + ["", ""]
    return Array(header.joined(separator: "\n").utf8) + data
  }

  /// CRC-32 of numbers as little-endian `float64`.
  static func checksum(_ voxels: [Double]) -> UInt32 {
    unsafe voxels.withUnsafeBytes {
      UInt32(unsafe crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count))
    }
  }

  /// The bytes as a gzip member, not compressed.
  static func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    // One stored block of deflate (RFC 1951, 3.2.4) between header and trailer of gzip (RFC 1952).
    precondition(bytes.count < 65_536, "one stored block holds 65,535 bytes")
    let length = UInt16(bytes.count)
    let numbers: [any FixedWidthInteger] = [
      length, ~length, unsafe UInt32(crc32_z(0, bytes, bytes.count)), UInt32(bytes.count),
    ]
    let parts = numbers.map { patch([UInt8](repeating: 0, count: $0.bitWidth / 8), [(0, $0)]) }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + parts[0] + parts[1] + bytes + parts[2] + parts[3]
  }

  /// A folder of its own for one test.
  static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Rows of a table of Benchmarks/reference, without its header.
  static func table(_ name: String) throws -> [[String]] {
    let file = ReferenceData.repository.appendingPathComponent("Benchmarks/reference/\(name)")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
    return lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }
}

/// The code of the error that reading throws; `nil` when it succeeds.
func code(reading bytes: [UInt8], limits: ImageReadLimits = ImageReadLimits()) -> ImageFileError.Code? {
  do throws(ImageFileError) {
    _ = try readVolume(bytes: bytes, name: "test", limits: limits)
    return nil
  } catch {
    return error.code
  }
}
