import NeuralNet
import Testing

@Suite struct `A safetensors file` {
  /// Header text and the number of data bytes that follow it.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let header: String
    let dataCount: Int
    let code: NeuralNetError.Code

    init(_ name: String, _ header: String, data: Int = 8, _ code: NeuralNetError.Code = .badHeader) {
      (testDescription, self.header, dataCount, self.code) = (name, header, data, code)
    }
  }

  static let hostile = [
    Case("not an object", "[1]"),
    Case("cut off", #"{"a":{"dtype":"F32","#),
    Case("text without end", #"{"a"#),
    Case("text that ends in an escaped quote", #"{"a\""#),
    Case("something after the object", tensor("[2]", 0, 8) + "x"),
    Case("equal names", "{\(member("a", "[1]", 0, 4)),\(member("a", "[1]", 4, 8))}"),
    Case(
      "equal names, one of them escaped", "{\(member("a", "[1]", 0, 4)),\(member("\\u0061", "[1]", 4, 8))}"),
    Case("equal keys", #"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#),
    Case("unknown key", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"stride":[1]}}"#),
    Case("unknown type", #"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#),
    Case("no shape", #"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#),
    Case("one offset", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}"#),
    Case("three offsets", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}"#),
    Case("nine axes", tensor("[1,1,1,1,1,1,1,1,2]", 0, 8)),
    Case("negative extent", tensor("[-2]", 0, 8)),
    Case("fraction", tensor("[2.0]", 0, 8)),
    Case("leading zero", tensor("[02]", 0, 8)),
    Case("number above 64 bits", tensor("[99999999999999999999]", 0, 8)),
    Case("product above 64 bits", tensor("[4294967296,4294967296,4]", 0, 8)),
    Case("product that wraps to the size", tensor("[4611686018427387904,2,2]", 0, 0), data: 0),
    Case("size that is not the shape's", tensor("[3]", 0, 8)),
    Case("end before begin", tensor("[0]", 8, 0)),
    Case("hole before the first", tensor("[1]", 4, 8)),
    Case("hole between two", "{\(member("a", "[1]", 0, 4)),\(member("b", "[1]", 8, 12))}", data: 12),
    Case("overlap", "{\(member("a", "[2]", 0, 8)),\(member("b", "[2]", 4, 12))}", data: 12),
    Case("data that no tensor covers", tensor("[1]", 0, 4)),
    Case("data that end too early", tensor("[4]", 0, 16), .truncated),
    Case("metadata that is not text", #"{"__metadata__":{"a":1}}"#, data: 0),
    Case("deep nesting", #"{"a":"# + String(repeating: "[", count: 5000), data: 0),
    Case("half a surrogate", #"{"\ud800":1}"#, data: 0),
    Case("control character", "{\"a\u{01}\":1}", data: 0),
  ]

  @Test(arguments: hostile) func `with a false header is refused`(item: Case) {
    let error = #expect(throws: NeuralNetError.self) {
      try SafetensorsFile(bytes: file(item.header, dataCount: item.dataCount), label: "net.safetensors")
    }
    #expect(error?.code == item.code)
    #expect(error?.message.hasPrefix("net.safetensors: ") == true)
  }

  @Test(
    arguments: [
      ([0x80, 0x02, 0x63], NeuralNetError.Code.pickle), (Array("PK\u{3}\u{4}archive/data.pkl".utf8), .pickle),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .notSafetensors),
      ([0x08, 0x07, 0x12, 0x07] + Array("pytorch".utf8), .notSafetensors), ([], .notSafetensors),
      ([1, 2, 3], .notSafetensors), ([UInt8](repeating: 0, count: 64), .notSafetensors),
      ([UInt8](repeating: 0xFF, count: 64), .notSafetensors),
      ([0, 0, 0x10, 0, 0, 0, 0, 0, 0x7B], .truncated),
      ([1, 0, 0x10, 0, 0, 0, 0, 0, 0x7B], .notSafetensors),
    ] as [([UInt8], NeuralNetError.Code)])
  func `of another format is refused with the way to export one`(bytes: [UInt8], code: NeuralNetError.Code) {
    let error = #expect(throws: NeuralNetError.self) { try SafetensorsFile(bytes: bytes, label: "net") }
    #expect(error?.code == code)
    if code != .truncated { #expect(error?.message.contains("safetensors.torch.save_file") == true) }
  }

  @Test func `may hold its tensors in any order, blanks, escapes and metadata`() throws {
    let header = """
      { "__metadata__" : {"format":"pt"}, \(Self.member("b\\u00e9", "[1]", 4, 8)) , \(Self.member("a", "[]", 0, 4))}  \n
      """
    let tensors = try SafetensorsFile(bytes: file(header, dataCount: 8), label: "net").tensors
    #expect(tensors.map(\.name) == ["a", "bé"])
    #expect(tensors.map(\.shape) == [[], [1]])
  }

  @Test func `gives back what was written`() throws {
    let values: [Float] = [1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, -2]
    let bytes = safetensors([
      NamedTensor(name: "empty", shape: [0, 3], values: []),
      NamedTensor(name: "x.y", shape: [2, 3], values: values),
    ])
    let read = try SafetensorsFile(bytes: bytes, label: "net")
    #expect(read.tensors.map(\.shape) == [[0, 3], [2, 3]])
    #expect(read.floats(of: read.tensors[1]).map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test(
    arguments: [
      ("F16", [0x3C00, 0xC000, 0x0001, 0x7BFF], [1, -2, 0x1p-24, 65504]),
      ("BF16", [0x3F80, 0xC000, 0x0001, 0x7F7F], [1, -2, 0x1p-133, 0x1.FEp127]),
    ] as [(String, [UInt16], [Float])])
  func `of half precision keeps its values`(type: String, words: [UInt16], values: [Float]) throws {
    let header = #"{"h":{"dtype":"\#(type)","shape":[4],"data_offsets":[0,8]}}"#
    let data = words.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let read = try SafetensorsFile(bytes: file(header, dataCount: 0) + data, label: "net")
    #expect(read.floats(of: read.tensors[0]) == values)
  }

  private static func member(_ name: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
  }

  private static func tensor(_ shape: String, _ begin: Int, _ end: Int) -> String {
    "{\(member("a", shape, begin, end))}"
  }

  private func file(_ header: String, dataCount: Int) -> [UInt8] {
    let text = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text + [UInt8](repeating: 0, count: dataCount)
  }
}
