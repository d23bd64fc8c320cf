import NeuralNet
import Testing

@Suite struct `The random network` {
  @Test func `has the bytes that the documented generator gives in another language`() {
    let bytes = NetworkWeights.randomBytes(seed: 1)
    #expect(bytes.count == DeepReference.shared.weights.bytes)
    #expect(String(checksum(bytes)) == DeepReference.shared.weights.checksum)
  }

  @Test func `is named after its seed`() throws {
    #expect(try Sample.weights.get().label == "random-seed-1")
    #expect(try Sample.extractor.get().weightsLabel == "random-seed-1")
  }

  @Test func `has normalisation statistics that are not trivial`() throws {
    let weights = try Sample.weights.get()
    for part in ["weight", "bias", "running_mean", "running_var"] {
      let values = weights.values(of: "layer3.1.bn2.\(part)")
      #expect(Set(values).count > 250)
    }
    #expect(weights.values(of: "bn1.running_var").allSatisfy { $0 >= 0.5 && $0 < 2 })
  }

  /// Sum of the 32-bit words, each times its place counted from 1.
  private func checksum(_ bytes: [UInt8]) -> UInt64 {
    unsafe bytes.withUnsafeBytes { raw in
      var sum: UInt64 = 0
      for place in 0..<raw.count / 4 {
        let word = unsafe raw.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)
        sum &+= UInt64(UInt32(littleEndian: word)) &* UInt64(place + 1)
      }
      return sum
    }
  }
}
