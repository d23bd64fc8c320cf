/// Names and shapes of a network's parameters as torchvision, timm and MedicalNet store them.
package struct NetworkLayout: Sendable {
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
    /// Height and width of the kernel, and depth where there is a third axis.
    package let side: Int
    /// 2 or 3.
    let axes: Int

    var weightShape: [Int] { [outputs, inputs] + [Int](repeating: side, count: axes) }
  }

  /// A block of a stage: its convolutions in order, and that of its shortcut where it has one.
  package struct Block: Sendable {
    /// What torchvision calls the module, as `layer1.0`.
    package let name: String
    /// Two of 3 x 3, or 1 x 1, 3 x 3 and 1 x 1.
    package let convolutions: [Convolution]
    /// Where the block changes size or channels, but for networks whose shortcuts have no weights.
    package let shortcut: Convolution?
    /// Whether the block changes size or channels.
    let changes: Bool
    /// 2 where the block halves the image.
    let stride: Int
  }

  /// Channels of the 3 x 3 convolutions of the four stages.
  package static let widths = [64, 128, 256, 512]

  package let architecture: NetworkArchitecture
  package let stem: Convolution
  /// The four stages.
  package let stages: [[Block]]
  /// Every tensor the network needs, with its shape, in the order they are applied, a block's shortcut last.
  package let tensors: [(name: String, shape: [Int])]

  /// - Parameter padsShortcuts: of networks of volumes, whether shortcuts have no weights (MedicalNet's type A): they take
  ///   every second voxel, and zeros for channels that are not there.
  package init(_ architecture: NetworkArchitecture, padsShortcuts: Bool = false) {
    self.architecture = architecture
    let isOfVolumes = architecture.isOfVolumes
    let stem = Convolution(
      name: "conv1", normalisation: "bn1", outputs: 64, inputs: isOfVolumes ? 1 : 3, side: 7,
      axes: isOfVolumes ? 3 : 2)
    var inputs = stem.outputs
    var stages: [[Block]] = []
    for (stage, width) in Self.widths.enumerated() {
      var blocks: [Block] = []
      for number in 0..<architecture.blocks[stage] {
        let block = Self.block(
          "layer\(stage + 1).\(number)", of: architecture, inputs: inputs, width: width,
          halves: number == 0 && (isOfVolumes ? stage == 1 : stage > 0), padsShortcut: padsShortcuts)
        inputs = block.convolutions.last?.outputs ?? inputs
        blocks.append(block)
      }
      stages.append(blocks)
    }
    (self.stem, self.stages) = (stem, stages)
    let convolutions = [stem] + stages.joined().flatMap { $0.convolutions + ($0.shortcut.map { [$0] } ?? []) }
    tensors = convolutions.flatMap { convolution in
      [(name: "\(convolution.name).weight", shape: convolution.weightShape)]
        + Self.normalisationParts.map {
          (name: "\(convolution.normalisation).\($0)", shape: [convolution.outputs])
        }
    }
  }

  private static func block(
    _ name: String, of architecture: NetworkArchitecture, inputs: Int, width: Int, halves: Bool,
    padsShortcut: Bool
  ) -> Block {
    let sides = architecture.hasBottlenecks ? [1, 3, 1] : [3, 3]
    let channels = [inputs, width] + (architecture.hasBottlenecks ? [width, 4 * width] : [width])
    let axes = architecture.isOfVolumes ? 3 : 2
    let convolutions = sides.indices.map { index in
      Convolution(
        name: "\(name).conv\(index + 1)", normalisation: "\(name).bn\(index + 1)",
        outputs: channels[index + 1],
        inputs: channels[index], side: sides[index], axes: axes)
    }
    let outputs = channels[channels.count - 1]
    let changes = halves || inputs != outputs
    let shortcut = Convolution(
      name: "\(name).downsample.0", normalisation: "\(name).downsample.1", outputs: outputs, inputs: inputs,
      side: 1,
      axes: axes)
    return Block(
      name: name, convolutions: convolutions, shortcut: changes && !padsShortcut ? shortcut : nil,
      changes: changes,
      stride: halves ? 2 : 1)
  }

  /// The parameters of a batch normalisation.
  static let normalisationParts = ["weight", "bias", "running_mean", "running_var"]

  /// Every layout that a file may have.
  static let all = NetworkArchitecture.allCases.flatMap { architecture in
    (architecture.isOfVolumes ? [false, true] : [false]).map {
      NetworkLayout(architecture, padsShortcuts: $0)
    }
  }

  /// Tensors that exports carry and features do not need: the classifier, MedicalNet's head for segmentation, and counters of
  /// training batches.
  package static func isIgnored(_ name: String) -> Bool {
    name == "fc.weight" || name == "fc.bias" || name.hasPrefix("conv_seg.")
      || name.hasSuffix(".num_batches_tracked")
  }

  /// A tensor's name without what wrappers put before it.
  ///
  /// `module.` is of PyTorch's `DataParallel`, `backbone.` of RadImageNet, whose backbone is a sequence of torchvision's
  /// modules: `backbone.0.weight` is `conv1.weight`, `backbone.4.0.conv1.weight` is `layer1.0.conv1.weight`.
  static func canonical(_ name: String) -> String {
    var rest = name[...]
    while let prefix = ["module.", "backbone."].first(where: { rest.hasPrefix($0) }) {
      rest = rest.dropFirst(prefix.count)
    }
    guard let dot = rest.firstIndex(of: "."), let module = sequence[rest[..<dot]] else { return String(rest) }
    return module + rest[dot...]
  }

  /// Modules with parameters by their places in the sequence of torchvision's ResNet.
  private static let sequence: [Substring: String] = [
    "0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4", "9": "fc",
  ]
}
