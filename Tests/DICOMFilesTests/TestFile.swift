import CZlib
import DICOMFiles
import Foundation
import ImageFiles
import Volumes

/// Writes small DICOM files, element by element, in every encoding of the standard.
struct TestFile {
  indirect enum Value {
    case text(String)
    case bytes([UInt8])
    case words([UInt16])
    case double([Double])
    case items([[TestFile.Element]])
    case fragments([[UInt8]])
  }

  struct Element {
    var tag: DICOMTag
    var representation: String
    var value: Value
  }

  enum Encoding: CaseIterable {
    case implicit, explicit, bigEndian, deflated

    var transferSyntax: String {
      switch self {
      case .implicit: "1.2.840.10008.1.2"
      case .explicit: "1.2.840.10008.1.2.1"
      case .bigEndian: "1.2.840.10008.1.2.2"
      case .deflated: "1.2.840.10008.1.2.1.99"
      }
    }
  }

  var elements: [DICOMTag: Element] = [:]
  var encoding = Encoding.explicit
  /// Of the pixels; that of the encoding unless said otherwise.
  var transferSyntax: String?
  var hasPreamble = true
  /// Whether sequences and items end with delimiters.
  var isDelimited = false

  mutating func set(_ tag: DICOMTag, _ representation: String, _ value: Value) {
    elements[tag] = Element(tag: tag, representation: representation, value: value)
  }

  mutating func remove(_ tag: DICOMTag) { elements[tag] = nil }

  var bytes: [UInt8] {
    var meta = TestFile()
    meta.set(.transferSyntaxUID, "UI", .text(transferSyntax ?? encoding.transferSyntax))
    var body = dataSet(elements.values.sorted { $0.tag < $1.tag })
    if encoding == .deflated { body = deflated(body) }
    let head = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
    return hasPreamble ? head + meta.dataSet(Array(meta.elements.values)) + body : body
  }

  private func dataSet(_ elements: [Element]) -> [UInt8] { elements.flatMap(written) }

  private func written(_ element: Element) -> [UInt8] {
    let tag = number(element.tag.group) + number(element.tag.element)
    let (value, isEndless) = valueBytes(element.value)
    let length = isEndless ? UInt32.max : UInt32(value.count)
    if encoding == .implicit { return tag + number(length) + value }
    let letters = Array(element.representation.utf8)
    if ["OB", "OW", "SQ", "UN", "UT", "OF", "OD"].contains(element.representation) {
      return tag + letters + [0, 0] + number(length) + value
    }
    return tag + letters + number(UInt16(value.count)) + value
  }

  private func valueBytes(_ value: Value) -> ([UInt8], isEndless: Bool) {
    switch value {
    case .text(let text):
      return (Array(text.utf8) + (text.utf8.count % 2 == 1 ? [0x20] : []), false)
    case .bytes(let bytes): return (bytes + (bytes.count % 2 == 1 ? [0] : []), false)
    case .words(let words): return (words.flatMap { number($0) }, false)
    case .double(let numbers): return (numbers.flatMap { number($0.bitPattern) }, false)
    case .items(let items):
      let written = items.flatMap { item in
        let inside = dataSet(item)
        return isDelimited
          ? mark(0xE000, .max) + inside + mark(0xE00D, 0) : mark(0xE000, UInt32(inside.count)) + inside
      }
      return isDelimited ? (written + mark(0xE0DD, 0), true) : (written, false)
    case .fragments(let fragments):
      let pieces = ([[]] + fragments).flatMap { mark(0xE000, UInt32($0.count)) + $0 }
      return (pieces + mark(0xE0DD, 0), true)
    }
  }

  private func mark(_ element: UInt16, _ length: UInt32) -> [UInt8] {
    number(UInt16(0xFFFE)) + number(element) + number(length)
  }

  private func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    let bytes = (0..<MemoryLayout<T>.size).map { UInt8(truncatingIfNeeded: value >> (8 * T($0))) }
    return encoding == .bigEndian ? bytes.reversed() : bytes
  }

  private func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
      &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { unsafe deflateEnd(&stream) }
    var source = bytes
    return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count + 1024) { buffer, filled in
      unsafe source.withUnsafeMutableBufferPointer { source in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = buffer.baseAddress
        unsafe stream.avail_out = UInt32(buffer.count)
        unsafe deflate(&stream, Z_FINISH)
        filled = unsafe buffer.count - Int(stream.avail_out)
      }
    }
  }
}

extension TestFile {
  /// A CT slice of 3 × 2 pixels that count up from 100 times its index, 2 mm apart, pixels of 0.5 (x) by 0.75 mm (y).
  static func slice(_ index: Int, distance: Double = 2, encoding: Encoding = .explicit) -> TestFile {
    var file = TestFile()
    file.encoding = encoding
    file.set(.sopClassUID, "UI", .text("1.2.840.10008.5.1.4.1.1.2"))
    file.set(.sopInstanceUID, "UI", .text("1.2.3.4.\(index)"))
    file.set(.modality, "CS", .text("CT"))
    file.set(.studyInstanceUID, "UI", .text("1.2.3"))
    file.set(.seriesInstanceUID, "UI", .text("1.2.3.4"))
    file.set(.instanceNumber, "IS", .text("\(index)"))
    file.set(.imagePositionPatient, "DS", .text("-10\\20\\\(30 + distance * Double(index))"))
    file.set(.imageOrientationPatient, "DS", .text("1\\0\\0\\0\\1\\0"))
    file.set(.pixelSpacing, "DS", .text("0.75\\0.5"))
    file.set(.sliceThickness, "DS", .text("2.5"))
    file.set(.samplesPerPixel, "US", .words([1]))
    file.set(.photometricInterpretation, "CS", .text("MONOCHROME2"))
    file.set(.rows, "US", .words([2]))
    file.set(.columns, "US", .words([3]))
    file.set(.bitsAllocated, "US", .words([16]))
    file.set(.bitsStored, "US", .words([16]))
    file.set(.highBit, "US", .words([15]))
    file.set(.pixelRepresentation, "US", .words([1]))
    file.set(.pixelData, "OW", .words((0..<6).map { UInt16(100 * index + $0) }))
    return file
  }

  /// Slices of one series.
  static func series(_ count: Int, _ change: (inout TestFile, Int) -> Void = { _, _ in }) -> [[UInt8]] {
    (0..<count).map { index in
      var file = slice(index)
      change(&file, index)
      return file.bytes
    }
  }
}

/// The image of files in memory.
func image(
  of files: [[UInt8]], scale: DICOMValueScale = .stored
) throws(ImageFileError) -> DICOMImage {
  try DICOMSeries(files: files, name: "image").image(scale: scale)
}

/// What is said of files that make no image.
func failure(of files: [[UInt8]], scale: DICOMValueScale = .stored) -> ImageFileError? {
  do throws(ImageFileError) {
    _ = try image(of: files, scale: scale)
    return nil
  } catch {
    return error
  }
}

/// A folder of files, removed when the test is over.
final class TestFolder {
  let url: URL

  init(_ files: [String: [UInt8]]) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    for (name, bytes) in files {
      let file = url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
