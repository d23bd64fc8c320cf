/// A tensor to be written: 32-bit floats, the last axis varying fastest.
package struct NamedTensor: Sendable {
  package let name: String
  /// Number of elements along each axis.
  package let shape: [Int]
  /// The elements, the last axis varying fastest.
  package var values: [Float]

  /// A tensor of one value for each element of the shape.
  package init(name: String, shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "one value for each element")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// A safetensors file of tensors in the given order, with sorted keys and a header padded to 8 bytes.
///
/// The same tensors give the same bytes on every machine. Names are written as they are: letters, digits, `.`, `_`.
/// - Parameter metadata: text for `__metadata__`, written in the order of its keys.
package func safetensors(_ tensors: [NamedTensor], metadata: [String: String] = [:]) -> [UInt8] {
  var members: [String] = []
  if !metadata.isEmpty {
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
    members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
  }
  var end = 0
  for tensor in tensors {
    let begin = end
    end += 4 * tensor.values.count
    let shape = tensor.shape.map(String.init).joined(separator: ",")
    members.append(
      "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
  }
  var header = Array("{\(members.joined(separator: ","))}".utf8)
  header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
  var file: [UInt8] = []
  file.reserveCapacity(8 + header.count + end)
  for shift in stride(from: 0, to: 64, by: 8) {
    file.append(UInt8(truncatingIfNeeded: header.count >> shift))
  }
  file += header
  for tensor in tensors {
    for value in tensor.values {
      let bits = value.bitPattern
      for shift in stride(from: 0, to: 32, by: 8) { file.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
  }
  return file
}
