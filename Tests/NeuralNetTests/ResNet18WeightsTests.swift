import Foundation
import NeuralNet
import Testing

@Suite struct `Weights of a ResNet18` {
  @Test func `may come with a classifier and batch counters`() throws {
    let extra = [
      NamedTensor(name: "fc.weight", shape: [2, 512], values: [Float](repeating: 0, count: 1024)),
      NamedTensor(name: "fc.bias", shape: [2], values: [0, 0]),
      NamedTensor(name: "bn1.num_batches_tracked", shape: [], values: [3]),
    ]
    #expect(try weights(plain + extra).label == "net")
  }

  @Test func `of another network are refused with all that is missing, extra or different`() {
    var tensors = plain.filter { $0.name != "conv1.weight" && !$0.name.hasPrefix("layer4.1.") }
    tensors.append(NamedTensor(name: "conv_stem.weight", shape: [1], values: [0]))
    let place = tensors.firstIndex { $0.name == "layer2.0.downsample.0.weight" }!
    tensors[place] = NamedTensor(
      name: tensors[place].name, shape: [128, 64], values: [Float](repeating: 0, count: 8192))
    let error = #expect(throws: NeuralNetError.self) { try weights(tensors) }
    #expect(error?.code == .tensorMismatch)
    for part in [
      "missing: conv1.weight, layer4.1.conv1.weight", "and 6 more", "not part of ResNet18: conv_stem.weight",
      "layer2.0.downsample.0.weight of shape [128, 64], expected [128, 64, 1, 1]",
    ] { #expect(error?.message.contains(part) == true, "\(part)") }
  }

  @Test(arguments: [
    ("layer3.0.conv2.weight", Float.nan), ("bn1.bias", .infinity), ("layer4.1.bn2.running_mean", -.infinity),
    ("layer1.0.bn1.running_var", -0.5),
  ])
  func `that cannot be used are refused by name`(name: String, value: Float) {
    var tensors = plain
    let place = tensors.firstIndex { $0.name == name }!
    tensors[place].values[17] = value
    let error = #expect(throws: NeuralNetError.self) { try weights(tensors) }
    #expect(error?.code == .unusableWeight)
    #expect(error?.message.contains("element 17 of \(name)") == true)
  }

  @Test func `cut short are refused`() {
    let bytes = safetensors(plain)
    for count in [bytes.count - 1, bytes.count / 2, 4000, 100] {
      let error = #expect(throws: NeuralNetError.self) {
        try ResNet18Weights(bytes: Array(bytes[..<count]), label: "net")
      }
      #expect(error?.code == .truncated)
    }
  }

  @Test func `in double precision are refused by type`() {
    let text = "\"conv1.weight\":{\"dtype\":\"F64\",\"shape\":[64,3,7,7],\"data_offsets\":[0,75264]}"
    let bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: (text.utf8.count + 2) >> (8 * $0)) } + Array("{\(text)}".utf8)
    let error = #expect(throws: NeuralNetError.self) {
      try ResNet18Weights(bytes: bytes + [UInt8](repeating: 0, count: 75264), label: "net")
    }
    #expect(error?.message.contains("conv1.weight of type F64, expected F32, F16 or BF16") == true)
  }

  @Test func `are read from a file, and its absence is named`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("a.safetensors")
    try Data([1, 2, 3]).write(to: url)
    #expect(try readWeightsFile(at: url) == [1, 2, 3])
    let absent = #expect(throws: NeuralNetError.self) {
      try readWeightsFile(at: folder.appendingPathComponent("b.safetensors"))
    }
    #expect(absent?.code == .notFound)
    #expect(#expect(throws: NeuralNetError.self) { try readWeightsFile(at: folder) }?.code == .unreadable)
  }

  @Test func `so large that features overflow give an error, not a value`() throws {
    var tensors = plain
    for place in tensors.indices where tensors[place].name.hasSuffix("weight") {
      tensors[place].values = [Float](repeating: 1e30, count: tensors[place].values.count)
    }
    let extractor = try DeepExtractor(weights: weights(tensors))
    let error = #expect(throws: NeuralNetError.self) {
      try extractor.features(image: Sample.volume, mask: Sample.mask)
    }
    #expect(error?.code == .nonFiniteFeature)
  }

  /// A network of ones and zeros.
  private let plain = ResNet18Layout.tensors.map { name, shape in
    NamedTensor(
      name: name, shape: shape,
      values: [Float](repeating: name.hasSuffix("running_var") ? 1 : 0, count: shape.reduce(1, *)))
  }

  private func weights(_ tensors: [NamedTensor]) throws(NeuralNetError) -> ResNet18Weights {
    try ResNet18Weights(bytes: safetensors(tensors), label: "net")
  }
}
