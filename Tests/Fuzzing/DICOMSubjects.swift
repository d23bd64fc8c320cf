import DICOMFiles
import ImageFiles
import Volumes

/// DICOM files, each as a series of its own: its values, and its uptake values.
enum DICOMSubjects {
  static let all = [
    FuzzSubject(
      name: "dicom", seeds: seeds, words: words
    ) {
      try read($0)
    }
  ]

  static let words = ["DICM", "SQ", "OB", "\\xFE\\xFF\\x00\\xE0", "\\xFE\\xFF\\xDD\\xE0"]

  private static func read(_ bytes: [UInt8]) throws {
    // Small limits: what is honest but enormous is no finding.
    let series = try DICOMSeries(
      files: [bytes], name: "image", limits: ImageReadLimits(voxelCount: 1 << 20, fileBytes: 1 << 24))
    do {
      _ = try series.image(scale: .suv)
    } catch {
      _ = "\(error)"
    }
    let image = try series.image()
    _ = (image.volume.voxels.count, image.facts, image.warnings)
  }

  /// A slice of 3 × 2 pixels of 8 bits: native, in run lengths, as JPEG-LS, as JPEG 2000; and one of two frames.
  static let seeds: [[UInt8]] = {
    let runs: [UInt8] = [1, 0, 0, 0, 64, 0, 0, 0] + [UInt8](repeating: 0, count: 56) + [0xFB, 7]
    let jpegLS: [UInt8] =
      [0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]
      + [0xF8, 0xFF, 0xD9]
    let none = [UInt8](repeating: 0, count: 8)
    let size: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 2]
    let jpeg2000: [UInt8] =
      [0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0] + size + none + size + none + [0, 1, 7, 1, 1]
      + [0xFF, 0x52, 0, 12, 0, 0, 0, 1, 0, 0, 4, 4, 0, 1, 0xFF, 0x5C, 0, 4, 64, 64, 0xFF, 0x90, 0, 10, 0, 0]
      + [0, 0, 0, 22, 0, 1, 0xFF, 0x93, 207, 180, 20, 8, 137, 231, 182, 76, 0xFF, 0xD9]
    return [
      file("1.2.840.10008.1.2.1", pixels: element(0x7FE0, 0x0010, "OW", [1, 2, 3, 4, 5, 6])),
      file("1.2.840.10008.1.2.5", pixels: compressed(runs)),
      file("1.2.840.10008.1.2.4.80", pixels: compressed(jpegLS)),
      file("1.2.840.10008.1.2.4.90", pixels: compressed(jpeg2000)),
      file(
        "1.2.840.10008.1.2.1", frames: 2,
        pixels: element(0x7FE0, 0x0010, "OW", [UInt8](repeating: 9, count: 12))),
    ]
  }()

  private static func file(_ syntax: String, frames: Int = 1, pixels: [UInt8]) -> [UInt8] {
    let groups = (0..<frames).flatMap { frame in
      item(
        sequence(0x0020, 0x9113, item(text(0x0020, 0x0032, "DS", "0\\0\\\(frame)")))
          + sequence(0x0020, 0x9116, item(text(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0"))))
    }
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + text(0x0002, 0x0010, "UI", syntax)
      + text(0x0008, 0x0018, "UI", "1.2.3") + text(0x0008, 0x0060, "CS", "PT")
      + text(0x0010, 0x1030, "DS", "70")
      + text(0x0018, 0x0050, "DS", "2") + text(0x0020, 0x000E, "UI", "1.2")
      + (frames == 1
        ? text(0x0020, 0x0032, "DS", "0\\0\\0") + text(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0") : [])
      + word(0x0028, 0x0002, 1) + text(0x0028, 0x0008, "IS", "\(frames)") + word(0x0028, 0x0010, 2)
      + word(0x0028, 0x0011, 3) + text(0x0028, 0x0030, "DS", "1\\1") + word(0x0028, 0x0100, 8)
      + word(0x0028, 0x0101, 8) + word(0x0028, 0x0102, 7) + word(0x0028, 0x0103, 0)
      + text(0x0028, 0x1053, "DS", "0.5") + text(0x0054, 0x1001, "CS", "GML")
      + (frames == 1 ? [] : sequence(0x5200, 0x9230, groups)) + pixels
  }

  private static func element(_ group: UInt16, _ number: UInt16, _ kind: String, _ value: [UInt8]) -> [UInt8]
  {
    let head = little(group) + little(number) + Array(kind.utf8)
    let isLong = ["OB", "OW", "SQ"].contains(kind)
    return head + (isLong ? [0, 0] + little(UInt32(value.count)) : little(UInt16(value.count))) + value
  }

  private static func text(_ group: UInt16, _ number: UInt16, _ kind: String, _ text: String) -> [UInt8] {
    element(group, number, kind, Array(text.utf8) + (text.utf8.count % 2 == 1 ? [0x20] : []))
  }

  private static func word(_ group: UInt16, _ number: UInt16, _ value: UInt16) -> [UInt8] {
    element(group, number, "US", little(value))
  }

  private static func sequence(_ group: UInt16, _ number: UInt16, _ items: [UInt8]) -> [UInt8] {
    element(group, number, "SQ", items)
  }

  private static func item(_ elements: [UInt8]) -> [UInt8] {
    [0xFE, 0xFF, 0, 0xE0] + little(UInt32(elements.count)) + elements
  }

  private static func compressed(_ frame: [UInt8]) -> [UInt8] {
    let end: [UInt8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
    return [0xE0, 0x7F, 0x10, 0] + Array("OB".utf8) + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF] + item([]) + item(frame)
      + end
  }

  private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<MemoryLayout<T>.size).map { UInt8(truncatingIfNeeded: value >> (8 * T($0))) }
  }
}
