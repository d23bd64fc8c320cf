/// Elements of DICOM without value representations (implicit little-endian), as many programs write them.
package struct MadeDICOM {
  package private(set) var bytes: [UInt8] = []

  package init(_ build: (inout MadeDICOM) -> Void) { build(&self) }

  /// With the group that says how it is written and, as is usual, a preamble; or bare, as old programs do.
  package func file(hasPreamble: Bool) -> [UInt8] {
    guard hasPreamble else { return bytes }
    let uid = Array("1.2.840.10008.1.2\0".utf8)
    let meta: [UInt8] = [2, 0, 0x10, 0] + Array("UI".utf8) + [UInt8(uid.count), 0] + uid
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta + bytes
  }

  package mutating func add(_ group: UInt16, _ element: UInt16, bytes value: [UInt8]) {
    append(group)
    append(element)
    append(UInt32(value.count))
    bytes += value
  }

  package mutating func add(_ group: UInt16, _ element: UInt16, _ text: String) {
    add(group, element, bytes: Array(text.utf8) + (text.utf8.count.isMultiple(of: 2) ? [] : [32]))
  }

  package mutating func add(_ group: UInt16, _ element: UInt16, short value: Int) {
    add(group, element, bytes: [UInt8(value & 255), UInt8(value >> 8 & 255)])
  }

  package mutating func add(_ group: UInt16, _ element: UInt16, items: [MadeDICOM]) {
    var body = MadeDICOM { _ in }
    for item in items { body.add(0xFFFE, 0xE000, bytes: item.bytes) }
    add(group, element, bytes: body.bytes)
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    for byte in 0..<number.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }
}
