/// Names and shapes of ResNet18's parameters as torchvision and timm store them (He et al., CVPR 2016).
package enum ResNet18Layout {
  /// A convolution and the batch normalisation that follows it.
  package struct Convolution: Sendable {
    /// Prefixes of the tensor names, such as `layer1.0.conv1` and `layer1.0.bn1`.
    package let name: String
    /// Prefix of the batch normalisation's tensors.
    package let normalisation: String
    /// Channels of the result.
    package let outputs: Int
    /// Channels of the image.
    package let inputs: Int
    /// Height and width of the kernel.
    package let side: Int

    var weightShape: [Int] { [outputs, inputs, side, side] }
  }

  /// Channels of the four stages.
  package static let channels = [64, 128, 256, 512]

  /// All 20 convolutions in the order they are applied, a block's shortcut last.
  package static let convolutions: [Convolution] = {
    var all = [Convolution(name: "conv1", normalisation: "bn1", outputs: 64, inputs: 3, side: 7)]
    for (stage, outputs) in channels.enumerated() {
      let before = stage == 0 ? 64 : channels[stage - 1]
      for block in 0..<2 {
        let prefix = "layer\(stage + 1).\(block)."
        let inputs = block == 0 ? before : outputs
        for (index, inputs) in [inputs, outputs].enumerated() {
          all.append(
            Convolution(
              name: "\(prefix)conv\(index + 1)", normalisation: "\(prefix)bn\(index + 1)", outputs: outputs,
              inputs: inputs, side: 3))
        }
        guard block == 0, stage > 0 else { continue }
        all.append(
          Convolution(
            name: "\(prefix)downsample.0", normalisation: "\(prefix)downsample.1", outputs: outputs,
            inputs: inputs, side: 1))
      }
    }
    return all
  }()

  /// The parameters of a batch normalisation.
  static let normalisationParts = ["weight", "bias", "running_mean", "running_var"]

  /// Every tensor the network needs, with its shape.
  package static let tensors: [(name: String, shape: [Int])] = convolutions.flatMap { convolution in
    [(name: "\(convolution.name).weight", shape: convolution.weightShape)]
      + normalisationParts.map { (name: "\(convolution.normalisation).\($0)", shape: [convolution.outputs]) }
  }

  /// Tensors that exports carry and features do not need: the classifier, and counters of training batches.
  package static func isIgnored(_ name: String) -> Bool {
    name == "fc.weight" || name == "fc.bias" || name.hasSuffix(".num_batches_tracked")
  }
}
