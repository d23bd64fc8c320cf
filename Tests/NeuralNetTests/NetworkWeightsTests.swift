import Foundation
import NeuralNet
import Testing

@Suite struct `Weights of a network` {
  @Test func `may come with a classifier and batch counters`() throws {
    let extra = [
      NamedTensor(name: "fc.weight", shape: [2, 512], values: [Float](repeating: 0, count: 1024)),
      NamedTensor(name: "fc.bias", shape: [2], values: [0, 0]),
      NamedTensor(name: "bn1.num_batches_tracked", shape: [], values: [3]),
    ]
    #expect(try weights(plain + extra).label == "net")
  }

  /// Numbers of parameters with a classifier of 1,000 classes, as torchvision's documentation gives them.
  @Test(arguments: [
    (NetworkArchitecture.resnet18, 11_689_512), (.resnet34, 21_797_672), (.resnet50, 25_557_032),
    (.resnet101, 44_549_160),
    (.resnet152, 60_192_808),
  ])
  func `are as many as torchvision's`(architecture: NetworkArchitecture, count: Int) {
    let trained = NetworkLayout(architecture).tensors.filter { !$0.name.contains(".running_") }
    let classifier = (architecture.featureCount + 1) * 1000
    #expect(trained.reduce(classifier) { $0 + $1.shape.reduce(1, *) } == count)
  }

  @Test(arguments: [NetworkArchitecture.resnet34, .resnet50])
  func `tell which network they are of`(architecture: NetworkArchitecture) throws {
    #expect(try weights(ones(architecture)).architecture == architecture)
  }

  @Test func `may have the names of RadImageNet's backbone, or of one that ran on several processors`() throws
  {
    let places = ["conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"]
    for prefix in ["backbone.", "module.backbone."] {
      let renamed = try ones(.resnet50).map { tensor in
        let module = tensor.name.prefix { $0 != "." }
        let name = prefix + (try #require(places[String(module)])) + tensor.name.dropFirst(module.count)
        return NamedTensor(name: name, shape: tensor.shape, values: tensor.values)
      }
      let found = try weights(renamed)
      #expect(
        found.architecture == .resnet50 && found.values(of: "layer3.5.conv2.weight").count == 256 * 256 * 9)
    }
    let twice =
      plain + [NamedTensor(name: "backbone.1.bias", shape: [64], values: [Float](repeating: 0, count: 64))]
    let error = #expect(throws: NeuralNetError.self) { try weights(twice) }
    #expect(error?.code == .tensorMismatch)
    #expect(error?.message.contains("bn1.bias and backbone.1.bias are the same tensor") == true)
  }

  @Test func `of a wider network with the same names are refused by shape`() throws {
    var tensors = ones(.resnet50)
    let place = try #require(tensors.firstIndex { $0.name == "layer1.0.conv2.weight" })
    tensors[place] = NamedTensor(
      name: tensors[place].name, shape: [128, 128, 3, 3], values: [Float](repeating: 0, count: 128 * 128 * 9))
    let error = #expect(throws: NeuralNetError.self) { try weights(tensors) }
    #expect(error?.code == .tensorMismatch)
    #expect(
      error?.message.contains("layer1.0.conv2.weight of shape [128, 128, 3, 3], expected [64, 64, 3, 3]")
        == true)
    #expect(error?.message.contains("beside ResNet50") == true)
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
      "missing: conv1.weight, layer4.1.conv1.weight", "and 6 more", "not part of it: conv_stem.weight",
      "beside ResNet18, which comes nearest",
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
        try NetworkWeights(bytes: Array(bytes[..<count]), label: "net")
      }
      #expect(error?.code == .truncated)
    }
  }

  @Test func `in double precision are refused by type`() {
    let text = "\"conv1.weight\":{\"dtype\":\"F64\",\"shape\":[64,3,7,7],\"data_offsets\":[0,75264]}"
    let bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: (text.utf8.count + 2) >> (8 * $0)) } + Array("{\(text)}".utf8)
    let error = #expect(throws: NeuralNetError.self) {
      try NetworkWeights(bytes: bytes + [UInt8](repeating: 0, count: 75264), label: "net")
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

  private let plain = NetworkWeightsSample.ones(.resnet18)

  private func ones(_ architecture: NetworkArchitecture) -> [NamedTensor] {
    NetworkWeightsSample.ones(architecture)
  }

  private func weights(_ tensors: [NamedTensor]) throws(NeuralNetError) -> NetworkWeights {
    try NetworkWeights(bytes: safetensors(tensors), label: "net")
  }
}

enum NetworkWeightsSample {
  /// A network of ones and zeros.
  static func ones(_ architecture: NetworkArchitecture) -> [NamedTensor] {
    NetworkLayout(architecture).tensors.map { name, shape in
      NamedTensor(
        name: name, shape: shape,
        values: [Float](repeating: name.hasSuffix("running_var") ? 1 : 0, count: shape.reduce(1, *)))
    }
  }
}
