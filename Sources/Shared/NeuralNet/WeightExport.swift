/// How users make a weights file, quoted by every message about a file of another format.
public let exportRecipe = """
  export the weights once in Python: `import torchvision, safetensors.torch`; \
  `net = torchvision.models.resnet18(weights="DEFAULT")` (or resnet34, 50, 101, 152; or `timm.create_model("resnet18", pretrained=True)`, or \
  `net.load_state_dict(torch.load("FILE.pth", weights_only=True))`); \
  `safetensors.torch.save_file(net.state_dict(), "resnet18.safetensors")`
  """

/// Names the formats that weights are often stored in and that are not read here.
///
/// `torch.save` writes a zip file with a pickle inside, older versions a bare pickle; a pickle can run any program.
func refuseOtherFormats(_ bytes: [UInt8], label: String) throws(NeuralNetError) {
  if bytes.starts(with: [0x50, 0x4B]) || bytes.first == 0x80 && (2...5).contains(bytes.dropFirst().first ?? 0)
  {
    throw NeuralNetError(
      .pickle,
      "\(label): a Python pickle (torch.save), which could run any program when opened and is refused; "
        + exportRecipe)
  }
  if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) || bytes.starts(with: [0x08]) && isONNX(bytes) {
    throw NeuralNetError(.notSafetensors, "\(label): HDF5 or ONNX, not safetensors; \(exportRecipe)")
  }
}

/// ONNX begins with protobuf field 1 (its version, below 32) and field 2 (the producer) or 7 (the graph).
private func isONNX(_ bytes: [UInt8]) -> Bool {
  bytes.count > 8 && bytes[1] < 32 && (bytes[2] == 0x12 || bytes[2] == 0x3A)
}
