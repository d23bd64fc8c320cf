/// Names of the deep features, `deep_resnet18_000` to `deep_resnet18_511`, in the order of their values.
package let deepFeatureNames: [String] = (0..<ResidualNetwork.featureCount).map { index in
  let digits = String(index)
  return "deep_resnet18_" + String(repeating: "0", count: 3 - digits.count) + digits
}
