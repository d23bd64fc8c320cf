import Digests
import Extraction
import Foundation
import NeuralNet
import StudyPlan
import Testing

/// The random network of these tests, loaded once.
enum DeepSample {
  static let bytes = NetworkWeights.randomBytes(seed: 1)
  static let network = Result {
    try DeepExtractor(weights: NetworkWeights(bytes: bytes, label: "random-seed-1"))
  }

  /// Deep features by the random network.
  static func method(
    _ settings: DeepSettings = .init(), reading extraction: ExtractionParameters = .init()
  ) throws -> DeepFeatures {
    let weights = DeepWeights(name: "random-seed-1", sha256: digest)
    return DeepFeatures(
      DeepPlan(weights: weights, settings: settings), reading: extraction, network: try network.get())
  }

  static let digest = sha256(of: bytes).hexadecimal

  /// A folder with files of these contents, removed at the end.
  static func withFolder<Value>(_ files: [String: [UInt8]], _ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, bytes) in files { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
    return try body(folder)
  }
}

@Suite struct `Weights that a study is submitted with` {
  private func submitted(_ weights: DeepWeights, _ files: [String: [UInt8]] = [:]) throws -> DeepWeights {
    try DeepSample.withFolder(files) { try weights.submitted(below: $0, given: nil) }
  }

  private func refusal(_ weights: DeepWeights, _ files: [String: [UInt8]] = [:]) -> StudyTaskError? {
    #expect(throws: StudyTaskError.self) { try submitted(weights, files) }
  }

  @Test func `are known by their SHA-256`() throws {
    let file = try submitted(DeepWeights(name: "a"), ["a": DeepSample.bytes])
    #expect(file == DeepWeights(name: "a", sha256: DeepSample.digest))
    #expect(try submitted(DeepWeights(name: "random-seed-1")).sha256 == DeepSample.digest)
    #expect(try submitted(DeepWeights(name: "random-seed-2")).sha256 != DeepSample.digest)
  }

  @Test func `are of the network that the file holds, and of no other than the study says`() throws {
    let bytes = NetworkWeights.randomBytes(.resnet50, seed: 1)
    let digest = sha256(of: bytes).hexadecimal
    let found = try submitted(DeepWeights(name: "a"), ["a": bytes])
    #expect(found == DeepWeights(name: "a", sha256: digest, network: .resnet50))
    #expect(try submitted(DeepWeights(name: "a", network: .resnet50), ["a": bytes]) == found)
    let named = DeepWeights(name: "random-resnet50-seed-1")
    #expect(try submitted(named) == DeepWeights(name: named.name, sha256: digest))
    #expect(named.architecture == .resnet50 && named.label.contains("not a trained network"))
    let error = refusal(DeepWeights(name: "a", network: .resnet101), ["a": bytes])
    #expect(error?.code == "other-network")
    #expect(error?.sentence.contains("ResNet50") == true && error?.sentence.contains("resnet101") == true)
    // A submission without the file takes the study's word; a worker sees that it was not so.
    let absent = try submitted(DeepWeights(name: "a", sha256: digest, network: .resnet34))
    #expect(absent.architecture == .resnet34)
    try DeepSample.withFolder(["a": bytes]) { folder in
      let error = #expect(throws: StudyTaskError.self) { try absent.extractor(below: folder, given: []) }
      #expect(error?.code == "other-network" && error?.remedy.contains("network: resnet50") == true)
      let network = try found.extractor(below: folder, given: [])
      #expect(network.architecture == .resnet50)
    }
  }

  @Test func `may be absent where the study file gives their digest`() throws {
    let digest = String(repeating: "0", count: 64)
    #expect(try submitted(DeepWeights(name: "a", sha256: digest)).sha256 == digest)
    let error = refusal(DeepWeights(name: "a"))
    #expect(error?.code == "not-found" && error?.remedy.contains("deep.sha256") == true)
  }

  @Test func `are refused where they are not those of the study file`() {
    let asked = DeepWeights(name: "a", sha256: String(repeating: "0", count: 64))
    #expect(refusal(asked, ["a": DeepSample.bytes])?.code == "other-weights")
  }

  @Test func `are refused as a pickle, with the way to export them`() {
    let error = refusal(DeepWeights(name: "a"), ["a": Array("PK\u{3}\u{4}archive/data.pkl".utf8)])
    #expect(error?.code == "pickle")
    #expect(error?.sentence.contains("safetensors.torch.save_file(net.state_dict()") == true)
  }

  @Test func `are refused when cut short, of other shapes, or NaN`() {
    let cut = Array(DeepSample.bytes.prefix(40_000_000))
    #expect(refusal(DeepWeights(name: "a"), ["a": cut])?.code == "truncated")
    let small = safetensors([NamedTensor(name: "conv1.weight", shape: [1, 1], values: [0])])
    #expect(refusal(DeepWeights(name: "a"), ["a": small])?.code == "tensor-mismatch")
    for value in [Float.nan, .infinity] {
      var spoilt = DeepSample.bytes
      let bits = value.bitPattern
      for byte in 0..<4 { spoilt[spoilt.count - 4 + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte)) }
      #expect(refusal(DeepWeights(name: "a"), ["a": spoilt])?.code == "unusable-weight")
    }
  }
}

@Suite struct `Weights on a worker` {
  private let weights = DeepWeights(name: "a", sha256: DeepSample.digest)

  @Test func `are taken from the first file that has the recorded digest`() throws {
    let other = [UInt8]("other".utf8)
    try DeepSample.withFolder(["given": other, "a": DeepSample.bytes]) { folder in
      let given = folder.appendingPathComponent("given")
      let network = try weights.extractor(below: folder, given: [given])
      #expect(network.weightsLabel == "a")
    }
    try DeepSample.withFolder(["given": DeepSample.bytes, "a": other]) { folder in
      let given = folder.appendingPathComponent("given")
      let network = try weights.extractor(below: folder, given: [given])
      #expect(network.weightsLabel == "a")
    }
  }

  @Test func `that are not there, or others, are for another worker`() throws {
    try DeepSample.withFolder(["b": [1]]) { folder in
      let given = folder.appendingPathComponent("b")
      let error = #expect(throws: WeightsUnavailable.self) {
        try weights.extractor(below: folder, given: [given])
      }
      #expect(error?.description.contains("a file with other weights, no file") == true)
      #expect(error?.description.contains(DeepSample.digest) == true)
    }
  }

  @Test func `of a random network need no file`() throws {
    let random = DeepWeights(name: "random-seed-1", sha256: DeepSample.digest)
    let network = try random.extractor(below: URL(fileURLWithPath: "/nowhere"), given: [])
    #expect(network.weightsLabel == "random-seed-1")
  }

  @Test func `that have the digest and are no network fail the task, not the machine`() throws {
    let text = [UInt8]("not a network at all".utf8)
    let digest = sha256(of: text).hexadecimal
    try DeepSample.withFolder(["a": text]) { folder in
      let error = #expect(throws: StudyTaskError.self) {
        try DeepWeights(name: "a", sha256: digest).extractor(below: folder, given: [])
      }
      #expect(error?.code == "not-safetensors" && error?.isTransient == false)
    }
  }
}
