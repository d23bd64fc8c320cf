import Foundation

/// A small CT in files of DICOM, and structure sets on it, made up; explicit little-endian.
package struct DICOMSample: Sendable {
  package var size = SIMD3(12, 11, 8)
  /// In millimetres, as the origin.
  package var spacing: SIMD3<Double> = [1, 1, 2]
  package var origin: SIMD3<Double> = [-5, 10, 100]
  package var seriesUID = "1.2.826.0.1.1"
  package var frameOfReferenceUID = "1.2.826.0.1.9"
  /// Number of the echo, of a series that has several.
  package var echo: Int?
  /// Points of each contour of a structure set, of the four that enclose the region.
  package var points = 4
  /// Stored values, from 0 to 65,535; they are rescaled to HU by -1024.
  package var intensity: @Sendable (_ place: Int) -> Int = { $0 * 7919 % 400 + 1000 }

  /// A box of voxels that has a name.
  package struct Region: Sendable {
    package var number: Int
    package var name: String
    package var x: Range<Int>
    package var y: Range<Int>
    package var z: Range<Int>

    package init(_ number: Int, _ name: String, x: Range<Int>, y: Range<Int>, z: Range<Int>) {
      (self.number, self.name, self.x, self.y, self.z) = (number, name, x, y, z)
    }

    package func contains(_ x: Int, _ y: Int, _ z: Int) -> Bool {
      self.x.contains(x) && self.y.contains(y) && self.z.contains(z)
    }
  }

  package static let regions = [
    Region(1, "GTV 1", x: 3..<9, y: 2..<9, z: 2..<7), Region(4, "Rim", x: 2..<7, y: 3..<9, z: 2..<6),
  ]

  package init() {}

  private func instance(_ z: Int) -> String { "\(seriesUID)\(echo.map { ".\($0)" } ?? "").\(z + 1)" }

  /// One file of the series.
  package func slice(_ z: Int) -> [UInt8] {
    var file = Elements()
    file.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2")
    file.add(0x0008, 0x0018, "UI", instance(z))
    file.add(0x0008, 0x0060, "CS", "CT")
    file.add(0x0008, 0x0070, "LO", "Maker of scanners")
    file.add(0x0010, 0x0010, "PN", "SECRET^NAME")
    file.add(0x0018, 0x0050, "DS", "1.5")
    if let echo { file.add(0x0018, 0x0086, "IS", "\(echo)") }
    file.add(0x0020, 0x000D, "UI", "1.2.826.0.1.8")
    file.add(0x0020, 0x000E, "UI", seriesUID)
    file.add(0x0020, 0x0013, "IS", "\(z + 1)")
    file.add(
      0x0020, 0x0032, "DS", "\(origin.x)\\\(origin.y)\\\(origin.z + Double(z) * spacing.z)")
    file.add(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0")
    file.add(0x0020, 0x0052, "UI", frameOfReferenceUID)
    file.add(0x0028, 0x0002, short: 1)
    file.add(0x0028, 0x0004, "CS", "MONOCHROME2")
    file.add(0x0028, 0x0010, short: size.y)
    file.add(0x0028, 0x0011, short: size.x)
    file.add(0x0028, 0x0030, "DS", "\(spacing.y)\\\(spacing.x)")
    for (element, value) in [(0x0100, 16), (0x0101, 16), (0x0102, 15), (0x0103, 0)] {
      file.add(0x0028, UInt16(element), short: value)
    }
    file.add(0x0028, 0x1052, "DS", "-1024")
    file.add(0x0028, 0x1053, "DS", "1")
    let area = size.x * size.y
    file.add(
      0x7FE0, 0x0010, "OW",
      (z * area..<(z + 1) * area).flatMap { place -> [UInt8] in
        let value = intensity(place)
        return [UInt8(value & 255), UInt8(value >> 8 & 255)]
      })
    return file.file
  }

  /// Writes the series into a folder, under names that say nothing of the order.
  package func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for z in 0..<size.z { try Data(slice(z)).write(to: file(z, in: folder)) }
  }

  package func file(_ z: Int, in folder: URL) -> URL {
    folder.appendingPathComponent(
      "IM\((z * 5 + 3) % 101)\(seriesUID.suffix(1))\(echo.map { "E\($0)" } ?? "")")
  }

  /// The regions as a structure set: contours around the voxels of each slice.
  /// - Parameter namesSeries: whether it says which series it was drawn on.
  package func structureSet(_ regions: [Region] = regions, namesSeries: Bool = true) -> [UInt8] {
    var file = Elements()
    file.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.481.3")
    file.add(0x0008, 0x0018, "UI", "1.2.826.0.1.7")
    file.add(0x0008, 0x0060, "CS", "RTSTRUCT")
    file.add(0x0010, 0x0010, "PN", "SECRET^NAME")
    var series = Elements()
    series.add(0x0020, 0x000E, "UI", seriesUID)
    var study = Elements()
    study.add(0x3006, 0x0014, items: [series])
    var frame = Elements()
    frame.add(0x0020, 0x0052, "UI", frameOfReferenceUID)
    if namesSeries { frame.add(0x3006, 0x0012, items: [study]) }
    file.add(0x3006, 0x0010, items: [frame])
    file.add(0x3006, 0x0020, items: regions.map(named))
    file.add(0x3006, 0x0039, items: regions.map(drawn))
    return file.file
  }

  /// The regions as a binary segmentation, a frame for each slice of each region, the last slices first.
  package func segmentation(_ regions: [Region] = regions) -> [UInt8] {
    var file = Elements()
    file.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.66.4")
    file.add(0x0008, 0x0018, "UI", "1.2.826.0.1.6")
    file.add(0x0008, 0x0060, "CS", "SEG")
    var series = Elements()
    series.add(0x0020, 0x000E, "UI", seriesUID)
    file.add(0x0008, 0x1115, items: [series])
    file.add(0x0010, 0x0010, "PN", "SECRET^NAME")
    file.add(0x0020, 0x000E, "UI", "1.2.826.0.1.5")
    file.add(0x0020, 0x0052, "UI", frameOfReferenceUID)
    let frames = regions.flatMap { region in region.z.reversed().map { (region: region, z: $0) } }
    file.add(0x0028, 0x0002, short: 1)
    file.add(0x0028, 0x0004, "CS", "MONOCHROME2")
    file.add(0x0028, 0x0008, "IS", "\(frames.count)")
    file.add(0x0028, 0x0010, short: size.y)
    file.add(0x0028, 0x0011, short: size.x)
    for (element, value) in [(0x0100, 1), (0x0101, 1), (0x0102, 0), (0x0103, 0)] {
      file.add(0x0028, UInt16(element), short: value)
    }
    file.add(0x0062, 0x0001, "CS", "BINARY")
    file.add(
      0x0062, 0x0002,
      items: regions.map { region in
        var item = Elements()
        item.add(0x0062, 0x0004, short: region.number)
        item.add(0x0062, 0x0005, "LO", region.name)
        return item
      })
    file.add(0x5200, 0x9229, items: [sharedPlanes])
    file.add(0x5200, 0x9230, items: frames.map { plane(of: $0.region, $0.z) })
    let bits = frames.flatMap { frame in
      (0..<size.x * size.y).map { frame.region.contains($0 % size.x, $0 / size.x, frame.z) }
    }
    var pixels = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (place, bit) in bits.enumerated() where bit { pixels[place / 8] |= 1 << UInt8(place % 8) }
    file.add(0x7FE0, 0x0010, "OW", pixels)
    return file.file
  }

  private var sharedPlanes: Elements {
    var orientation = Elements()
    orientation.add(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0")
    var measures = Elements()
    measures.add(0x0018, 0x0050, "DS", "\(spacing.z)")
    measures.add(0x0018, 0x0088, "DS", "\(spacing.z)")
    measures.add(0x0028, 0x0030, "DS", "\(spacing.y)\\\(spacing.x)")
    var item = Elements()
    item.add(0x0020, 0x9116, items: [orientation])
    item.add(0x0028, 0x9110, items: [measures])
    return item
  }

  private func plane(of region: Region, _ z: Int) -> Elements {
    var position = Elements()
    position.add(
      0x0020, 0x0032, "DS", "\(origin.x)\\\(origin.y)\\\(origin.z + Double(z) * spacing.z)")
    var segment = Elements()
    segment.add(0x0062, 0x000B, short: region.number)
    var item = Elements()
    item.add(0x0020, 0x9113, items: [position])
    item.add(0x0062, 0x000A, items: [segment])
    return item
  }

  private func named(_ region: Region) -> Elements {
    var item = Elements()
    item.add(0x3006, 0x0022, "IS", "\(region.number)")
    item.add(0x3006, 0x0024, "UI", frameOfReferenceUID)
    item.add(0x3006, 0x0026, "LO", region.name)
    return item
  }

  private func drawn(_ region: Region) -> Elements {
    let (left, right) = (edge(region.x.lowerBound, 0), edge(region.x.upperBound, 0))
    let (front, back) = (edge(region.y.lowerBound, 1), edge(region.y.upperBound, 1))
    let contours = region.z.map { z in
      let height = origin.z + Double(z) * spacing.z
      let corners = [(left, front), (right, front), (right, back), (left, back)].prefix(points)
      var contour = Elements()
      contour.add(0x3006, 0x0042, "CS", "CLOSED_PLANAR")
      contour.add(0x3006, 0x0046, "IS", "\(points)")
      contour.add(
        0x3006, 0x0050, "DS", corners.map { "\($0.0)\\\($0.1)\\\(height)" }.joined(separator: "\\"))
      return contour
    }
    var item = Elements()
    item.add(0x3006, 0x0040, items: contours)
    item.add(0x3006, 0x0084, "IS", "\(region.number)")
    return item
  }

  /// Between a voxel and the one before it.
  private func edge(_ index: Int, _ axis: Int) -> Double {
    origin[axis] + (Double(index) - 0.5) * spacing[axis]
  }
}

/// What takes the place of an element.
package indirect enum DICOMValue: Sendable {
  /// By its value representation.
  case text(String, String)
  case short(Int)
  case double(Double)
  /// Items of a sequence.
  case items([[(group: UInt16, element: UInt16, value: DICOMValue)]])
  /// Pixels that are compressed, in one piece.
  case compressed([UInt8])
  case absent
}

extension DICOMSample {
  /// A file of this sample in which one element at the top is another, or is not there.
  package static func changed(
    _ file: [UInt8], _ group: UInt16, _ element: UInt16, to value: DICOMValue
  ) -> [UInt8] {
    var (start, end) = (file.count, file.count)
    var place = 132
    let number = { (at: Int, width: Int) in (0..<width).reduce(0) { $0 | Int(file[at + $1]) << (8 * $1) } }
    while place < file.count {
      let isLong = ["OW", "SQ"].contains(String(decoding: file[place + 4..<place + 6], as: UTF8.self))
      let next = place + (isLong ? 12 + number(place + 8, 4) : 8 + number(place + 6, 2))
      let tag = (number(place, 2), number(place + 2, 2))
      if tag >= (Int(group), Int(element)) {
        (start, end) = (place, tag == (Int(group), Int(element)) ? next : place)
        break
      }
      place = next
    }
    var inserted = Elements()
    inserted.add(group, element, value)
    return file[..<start] + inserted.bytes + file[end...]
  }
}

/// Data elements.
private struct Elements {
  var bytes: [UInt8] = []

  var file: [UInt8] {
    var meta = Elements()
    meta.add(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1")
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta.bytes + bytes
  }

  mutating func add(_ group: UInt16, _ element: UInt16, _ representation: String, _ text: String) {
    add(group, element, representation, Array(text.utf8))
  }

  mutating func add(_ group: UInt16, _ element: UInt16, _ value: DICOMValue) {
    switch value {
    case .text(let representation, let text): add(group, element, representation, text)
    case .short(let number): add(group, element, short: number)
    case .double(let number):
      add(group, element, "FD", (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) })
    case .items(let items):
      add(
        group, element,
        items: items.map { item in
          var elements = Elements()
          for one in item { elements.add(one.group, one.element, one.value) }
          return elements
        })
    case .compressed(let piece):
      for word in [group, element] { append(word) }
      bytes += Array("OB".utf8) + [0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
      // The table of offsets is empty.
      for (tag, body) in [(0xE000 as UInt16, []), (0xE000, piece), (0xE0DD, [])] {
        append(0xFFFE as UInt16)
        append(tag)
        append(UInt32(body.count))
        bytes += body
      }
    case .absent: break
    }
  }

  mutating func add(_ group: UInt16, _ element: UInt16, short value: Int) {
    add(group, element, "US", [UInt8(value & 255), UInt8(value >> 8 & 255)])
  }

  mutating func add(_ group: UInt16, _ element: UInt16, items: [Elements]) {
    var body = Elements()
    for item in items {
      body.append(0xFFFE as UInt16)
      body.append(0xE000 as UInt16)
      body.append(UInt32(item.bytes.count))
      body.bytes += item.bytes
    }
    add(group, element, "SQ", body.bytes)
  }

  mutating func add(_ group: UInt16, _ element: UInt16, _ representation: String, _ value: [UInt8]) {
    append(group)
    append(element)
    bytes += Array(representation.utf8)
    let padded = value + (value.count.isMultiple(of: 2) ? [] : [representation == "UI" ? 0 : 32])
    if ["OW", "SQ"].contains(representation) {
      bytes += [0, 0]
      append(UInt32(padded.count))
    } else {
      append(UInt16(padded.count))
    }
    bytes += padded
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    for byte in 0..<number.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }
}
