/// The tensors of a safetensors file, checked before any byte of data is used.
///
/// Layout: header length as a little-endian 64-bit number, header in JSON, data. The file may come from anywhere,
/// so nothing in it is believed: the header is capped at 1 MiB, names are unique, sizes are multiplied with overflow
/// checks, and the tensors cover the data from its first to its last byte without hole or overlap.
package struct SafetensorsFile: Sendable {
  /// One tensor: where its elements lie in the file.
  package struct Tensor: Equatable, Sendable {
    package let name: String
    /// Number format of the elements.
    package let type: TensorType
    /// Elements along each axis, the last varying fastest; empty for a single number.
    package let shape: [Int]
    /// Position of the elements in the file.
    package let bytes: Range<Int>
  }

  /// What messages call the file.
  package let label: String
  /// In the order of their data.
  package let tensors: [Tensor]
  private let contents: [UInt8]

  static let largestHeader = 1 << 20

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - label: what messages call it.
  /// - Throws: `NeuralNetError`: `pickle`, `notSafetensors`, `truncated`, `badHeader`.
  package init(bytes: [UInt8], label: String) throws(NeuralNetError) {
    let header = try Self.headerRange(of: bytes, label: label)
    var scanner = SafetensorsHeader(bytes: bytes[header], label: label)
    let entries = try scanner.entries()
    self.label = label
    self.contents = bytes
    self.tensors = try Self.placed(entries, data: header.upperBound..<bytes.count, label: label)
  }

  /// Elements as 32-bit floats. Call only for a tensor of this file whose type `isWeight`.
  package func floats(of tensor: Tensor) -> [Float] {
    tensor.type.floats(from: contents[tensor.bytes])
  }

  private static func headerRange(of bytes: [UInt8], label: String) throws(NeuralNetError) -> Range<Int> {
    try refuseOtherFormats(bytes, label: label)
    guard bytes.count >= 8 else {
      throw NeuralNetError(
        .notSafetensors, "\(label): \(bytes.count) bytes cannot be a safetensors file; \(exportRecipe)")
    }
    var length: UInt64 = 0
    for i in (0..<8).reversed() { length = length << 8 | UInt64(bytes[i]) }
    guard length >= 2, length <= UInt64(largestHeader) else {
      throw NeuralNetError(
        .notSafetensors,
        "\(label): the first 8 bytes promise a header of \(length) bytes, where 2 to \(largestHeader) are "
          + "expected; \(exportRecipe)")
    }
    guard Int(length) <= bytes.count - 8 else {
      throw NeuralNetError(
        .truncated,
        "\(label): the header has \(length) bytes, but the file ends after \(bytes.count - 8) of them; "
          + "copy the file again")
    }
    return 8..<8 + Int(length)
  }

  /// Turns offsets in the data into positions in the file, and checks that they tile it.
  private static func placed(
    _ entries: [SafetensorsHeader.Entry], data: Range<Int>, label: String
  ) throws(NeuralNetError) -> [Tensor] {
    let sorted = entries.sorted { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
    var tensors: [Tensor] = []
    var position = 0
    for entry in sorted {
      guard entry.begin == position, entry.end >= entry.begin else {
        throw NeuralNetError(
          .badHeader,
          "\(label): tensor \(entry.name) lies at \(entry.begin)..<\(entry.end), where one that begins at "
            + "\(position) is expected (tensors may neither overlap nor leave holes); export the weights again"
        )
      }
      guard let size = entry.byteCount, size == entry.end - entry.begin else {
        throw NeuralNetError(
          .badHeader,
          "\(label): tensor \(entry.name) has \(entry.end - entry.begin) bytes, but its shape \(entry.shape) of "
            + "\(entry.type.rawValue) does not; export the weights again")
      }
      position = entry.end
      guard position <= data.count else {
        throw NeuralNetError(
          .truncated,
          "\(label): tensor \(entry.name) ends at byte \(position) of the data, but the file has only "
            + "\(data.count); copy the file again")
      }
      let place = data.lowerBound + entry.begin..<data.lowerBound + entry.end
      tensors.append(Tensor(name: entry.name, type: entry.type, shape: entry.shape, bytes: place))
    }
    guard position == data.count else {
      throw NeuralNetError(
        .badHeader,
        "\(label): the tensors end at byte \(position) of the data, but \(data.count) bytes follow the header; "
          + "export the weights again")
    }
    return tensors
  }
}
