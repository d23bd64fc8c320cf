/// What the name of every deep feature begins with, and of no hand-crafted one.
public let deepFeaturePrefix = "deep_"

/// Names of the deep features, `deep_resnet18_000` to `deep_resnet18_511`, in the order of their values.
public let deepFeatureNames: [String] = (0..<ResidualNetwork.featureCount).map { index in
  let digits = String(index)
  return deepFeaturePrefix + "resnet18_" + String(repeating: "0", count: 3 - digits.count) + digits
}
