/// The residual networks whose weights can be read (He et al., CVPR 2016); which one a file holds is told by its tensors.
public enum NetworkArchitecture: String, Codable, Hashable, Sendable, CaseIterable {
  /// Two convolutions of 3 x 3 a block, 512 features.
  case resnet18, resnet34
  /// Bottlenecks of 1 x 1, 3 x 3 and 1 x 1, 2,048 features. The 3 x 3 has the stride, as in torchvision (ResNet v1.5).
  case resnet50, resnet101, resnet152
  /// Networks of volumes (Chen, Ma and Zheng, arXiv:1904.00625): two convolutions of 3 x 3 x 3 a block, 512 features.
  case medicalnet10, medicalnet18, medicalnet34
  /// Of bottlenecks, 2,048 features.
  case medicalnet50

  /// What sentences call it.
  public var title: String {
    let depth = rawValue.drop { !$0.isNumber }
    return isOfVolumes ? "MedicalNet ResNet\(depth)" : "ResNet\(depth)"
  }

  /// Whether it sees a volume of the region at once, not slices.
  public var isOfVolumes: Bool {
    switch self {
    case .resnet18, .resnet34, .resnet50, .resnet101, .resnet152: false
    case .medicalnet10, .medicalnet18, .medicalnet34, .medicalnet50: true
    }
  }

  /// Values of one region: the channels of the last stage.
  public var featureCount: Int { hasBottlenecks ? 2048 : 512 }

  /// Names of the features in the order of their values: `deep_resnet18_000` to `511`, `deep_resnet50_0000` to `2047`.
  public var featureNames: [String] {
    let width = String(featureCount - 1).count
    return (0..<featureCount).map { index in
      let digits = String(index)
      return "\(deepFeaturePrefix)\(rawValue)_" + String(repeating: "0", count: width - digits.count) + digits
    }
  }

  /// Blocks of the four stages.
  var blocks: [Int] {
    switch self {
    case .medicalnet10: [1, 1, 1, 1]
    case .resnet18, .medicalnet18: [2, 2, 2, 2]
    case .resnet34, .resnet50, .medicalnet34, .medicalnet50: [3, 4, 6, 3]
    case .resnet101: [3, 4, 23, 3]
    case .resnet152: [3, 8, 36, 3]
    }
  }

  var hasBottlenecks: Bool {
    switch self {
    case .resnet18, .resnet34, .medicalnet10, .medicalnet18, .medicalnet34: false
    case .resnet50, .resnet101, .resnet152, .medicalnet50: true
    }
  }
}
