/// Reads the JSON header of a safetensors file: one object of tensors, in one pass, without recursion.
///
/// Only what the format defines is accepted: an object whose values are `{"dtype", "shape", "data_offsets"}`, and
/// `__metadata__` with text values. General JSON parsers keep the first or the last of two equal names and spend
/// seconds on hostile input; this one refuses both.
struct SafetensorsHeader {
  /// A tensor as the header describes it; offsets count from the end of the header.
  struct Entry {
    let name: String
    let type: TensorType
    let shape: [Int]
    let begin: Int
    let end: Int

    /// Bytes of the elements; `nil` where that number does not fit 64 bits.
    var byteCount: Int? {
      var bytes = type.width
      for extent in shape {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
        guard !overflow else { return nil }
        bytes = product
      }
      return bytes
    }
  }

  private var text: JSONText
  static let mostAxes = 8

  init(bytes: ArraySlice<UInt8>, label: String) {
    text = JSONText(bytes: bytes, label: label)
  }

  /// All tensors, in the order of the header.
  mutating func entries() throws(NeuralNetError) -> [Entry] {
    var entries: [Entry] = []
    var names: Set<String> = []
    try text.object { (name, text) throws(NeuralNetError) in
      guard names.insert(name).inserted else { throw text.failure("name \(name) occurs twice") }
      if name == "__metadata__" {
        try text.object { (_, text) throws(NeuralNetError) in _ = try text.string() }
      } else {
        entries.append(try Self.entry(named: name, &text))
      }
    }
    try text.end()
    return entries
  }

  private static func entry(named name: String, _ text: inout JSONText) throws(NeuralNetError) -> Entry {
    var type: TensorType?
    var shape: [Int]?
    var offsets: [Int]?
    try text.object { (key, text) throws(NeuralNetError) in
      switch key {
      case "dtype" where type == nil:
        let word = try text.string()
        type = TensorType(rawValue: word)
        if type == nil { throw text.failure("tensor \(name) has the unknown type \(word)") }
      case "shape" where shape == nil: shape = try text.numbers(atMost: mostAxes)
      case "data_offsets" where offsets == nil: offsets = try text.numbers(atMost: 2)
      default: throw text.failure("tensor \(name) has a second or unknown key \(key)")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw text.failure("tensor \(name) lacks dtype, shape or two data_offsets")
    }
    return Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }
}
