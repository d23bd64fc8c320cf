/// The parameters of a ResNet18, read from a safetensors file in torchvision's layout and checked.
public struct ResNet18Weights: Sendable {
  /// What messages and reports call the weights: a file name, or `random-seed-N`.
  public let label: String
  private let file: SafetensorsFile
  private let tensors: [String: SafetensorsFile.Tensor]

  /// - Parameters:
  ///   - bytes: the whole file, which the caller hashes.
  ///   - label: what messages call it.
  /// - Throws: `NeuralNetError`: what `SafetensorsFile` throws, `tensorMismatch` with all that is missing, extra or
  ///   of another shape or type, `unusableWeight`.
  public init(bytes: [UInt8], label: String) throws(NeuralNetError) {
    let file = try SafetensorsFile(bytes: bytes, label: label)
    self.label = label
    self.file = file
    self.tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
    try checkLayout()
    for (name, _) in ResNet18Layout.tensors { try checkValues(of: name) }
  }

  /// Values of a tensor of `ResNet18Layout.tensors`.
  package func values(of name: String) -> [Float] {
    guard let tensor = tensors[name] else { preconditionFailure("\(name) is not a tensor of ResNet18") }
    return file.floats(of: tensor)
  }

  private func checkLayout() throws(NeuralNetError) {
    var missing: [String] = []
    var different: [String] = []
    for (name, shape) in ResNet18Layout.tensors {
      guard let tensor = tensors[name] else {
        missing.append(name)
        continue
      }
      if tensor.shape != shape {
        different.append("\(name) of shape \(tensor.shape), expected \(shape)")
      } else if !tensor.type.isWeight {
        different.append("\(name) of type \(tensor.type.rawValue), expected F32, F16 or BF16")
      }
    }
    let known = Set(ResNet18Layout.tensors.map(\.name))
    let extra = file.tensors.map(\.name).filter { !known.contains($0) && !ResNet18Layout.isIgnored($0) }
    let faults = [("missing", missing), ("not part of ResNet18", extra), ("different", different)]
      .filter { !$0.1.isEmpty }
      .map { "\($0.0): \(listed($0.1))" }
    guard faults.isEmpty else {
      throw NeuralNetError(
        .tensorMismatch,
        "\(label): not a ResNet18 in torchvision's layout: \(faults.joined(separator: "; ")); \(exportRecipe)"
      )
    }
  }

  private func checkValues(of name: String) throws(NeuralNetError) {
    let values = values(of: name)
    let lowest: Float = name.hasSuffix("running_var") ? 0 : -.infinity
    guard let index = values.firstIndex(where: { !($0.isFinite && $0 >= lowest) }) else { return }
    throw NeuralNetError(
      .unusableWeight,
      "\(label): element \(index) of \(name) is \(values[index]); expected finite values and variances of at "
        + "least 0; use the weights of a training that converged")
  }
}

/// The first five of a list, and how many follow.
private func listed(_ items: [String]) -> String {
  let rest = items.count > 5 ? " and \(items.count - 5) more" : ""
  return items.prefix(5).joined(separator: ", ") + rest
}
