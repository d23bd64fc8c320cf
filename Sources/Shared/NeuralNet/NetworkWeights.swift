/// The parameters of a residual network, read from a safetensors file in torchvision's layout and checked.
public struct NetworkWeights: Sendable {
  /// What messages and reports call the weights: a file name, or `random-seed-N`.
  public let label: String
  /// Which network they are of.
  public var architecture: NetworkArchitecture { layout.architecture }
  package let layout: NetworkLayout
  private let file: SafetensorsFile
  private let tensors: [String: SafetensorsFile.Tensor]

  /// - Parameters:
  ///   - bytes: the whole file, which the caller hashes.
  ///   - label: what messages call it.
  /// - Throws: `NeuralNetError`: what `SafetensorsFile` throws, `tensorMismatch` with all that is missing, extra or
  ///   of another shape or type than the network that comes nearest has, `unusableWeight`.
  public init(bytes: [UInt8], label: String) throws(NeuralNetError) {
    let file = try SafetensorsFile(bytes: bytes, label: label)
    self.label = label
    self.file = file
    tensors = try Self.byCanonicalName(file)
    layout = try Self.layout(of: file, tensors)
    for (name, _) in layout.tensors { try checkValues(of: name) }
  }

  /// Values of a tensor of `layout.tensors`.
  package func values(of name: String) -> [Float] {
    guard let tensor = tensors[name] else {
      preconditionFailure("\(name) is not a tensor of \(architecture)")
    }
    return file.floats(of: tensor)
  }

  private static func byCanonicalName(_ file: SafetensorsFile) throws(NeuralNetError)
    -> [String: SafetensorsFile.Tensor]
  {
    var tensors: [String: SafetensorsFile.Tensor] = [:]
    for tensor in file.tensors {
      if let other = tensors.updateValue(tensor, forKey: NetworkLayout.canonical(tensor.name)) {
        throw NeuralNetError(
          .tensorMismatch,
          "\(file.label): \(other.name) and \(tensor.name) are the same tensor of a network; expected each once: save one "
            + "network alone; \(exportRecipe)")
      }
    }
    return tensors
  }

  /// The network whose tensors the file has.
  private static func layout(
    of file: SafetensorsFile, _ tensors: [String: SafetensorsFile.Tensor]
  ) throws(NeuralNetError) -> NetworkLayout {
    var nearest: (layout: NetworkLayout, faults: LayoutFaults)?
    // Where the first convolution has three axes it is of no network of pictures, whatever else is there.
    let isOfVolumes = tensors["conv1.weight"].map { $0.shape.count == 5 }
    for layout in NetworkLayout.all where isOfVolumes.map({ $0 == layout.architecture.isOfVolumes }) ?? true {
      let faults = LayoutFaults(of: tensors, as: layout)
      guard faults.count > 0 else { return layout }
      if faults.count < nearest?.faults.count ?? .max { nearest = (layout, faults) }
    }
    guard let nearest else { preconditionFailure("there are architectures") }
    throw NeuralNetError(
      .tensorMismatch,
      "\(file.label): neither a ResNet18, 34, 50, 101 or 152 in torchvision's layout nor a ResNet10, 18, 34 or 50 in MedicalNet's; beside \(nearest.layout.architecture.title), which "
        + "comes nearest, \(nearest.faults); \(exportRecipe)")
  }

  private func checkValues(of name: String) throws(NeuralNetError) {
    let values = values(of: name)
    let lowest: Float = name.hasSuffix("running_var") ? 0 : -.infinity
    guard let index = values.firstIndex(where: { !($0.isFinite && $0 >= lowest) }) else { return }
    throw NeuralNetError(
      .unusableWeight,
      "\(label): element \(index) of \(tensors[name]?.name ?? name) is \(values[index]); expected finite values and variances of at "
        + "least 0; use the weights of a training that converged")
  }
}

/// How the tensors of a file differ from those of a network.
private struct LayoutFaults: CustomStringConvertible {
  private var missing: [String] = []
  private var extra: [String] = []
  private var different: [String] = []

  init(of tensors: [String: SafetensorsFile.Tensor], as layout: NetworkLayout) {
    for (name, shape) in layout.tensors {
      guard let tensor = tensors[name] else {
        missing.append(name)
        continue
      }
      if tensor.shape != shape {
        different.append("\(tensor.name) of shape \(tensor.shape), expected \(shape)")
      } else if !tensor.type.isWeight {
        different.append("\(tensor.name) of type \(tensor.type.rawValue), expected F32, F16 or BF16")
      }
    }
    let known = Set(layout.tensors.map(\.name))
    extra = tensors.filter { !known.contains($0.key) && !NetworkLayout.isIgnored($0.key) }
      .map(\.value).sorted { ($0.bytes.lowerBound, $0.name) < ($1.bytes.lowerBound, $1.name) }.map(\.name)
  }

  var count: Int { missing.count + extra.count + different.count }

  var description: String {
    [("missing", missing), ("not part of it", extra), ("different", different)]
      .filter { !$0.1.isEmpty }
      .map { "\($0.0): \(Self.listed($0.1))" }
      .joined(separator: "; ")
  }

  /// The first five of a list, and how many follow.
  private static func listed(_ items: [String]) -> String {
    let rest = items.count > 5 ? " and \(items.count - 5) more" : ""
    return items.prefix(5).joined(separator: ", ") + rest
  }
}
