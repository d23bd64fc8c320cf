import StudyPlan

extension ExtractedFeatures {
  /// Families of features with the most undefined values that a warning names.
  private static let named = 4

  /// Says how many values are NaN, and of which images and classes.
  /// - Parameter skipped: images of filters that do not apply, which are told by themselves.
  mutating func warnOfUndefinedValues(besides skipped: Set<String>) {
    var counts: [(family: String, undefined: Int, all: Int)] = []
    var undefined = 0
    for (name, value) in zip(names, values) {
      let parts = name.split(separator: "_", maxSplits: 2)
      guard parts.count == 3, !skipped.contains(String(parts[0])) else { continue }
      let family = "\(parts[0])_\(parts[1])"
      if counts.last?.family != family { counts.append((family, 0, 0)) }
      counts[counts.count - 1].all += 1
      guard value.isNaN else { continue }
      counts[counts.count - 1].undefined += 1
      undefined += 1
    }
    guard undefined > 0 else { return }
    let affected = counts.filter { $0.undefined > 0 }
    let shown = affected.prefix(Self.named).map { "\($0.undefined) of \($0.all) of \($0.family)" }
    let others = affected.count - shown.count
    diagnostics.warnings.append(
      "\(undefined) of \(names.count) features \(undefined == 1 ? "is" : "are") undefined (NaN): "
        + shown.joined(separator: ", ")
        + (others > 0 ? " and of \(others) more classes" : "")
        + "; where no two voxels of a region are neighbours there is no texture: look at the region's size after "
        + "resampling (resampledPixelSpacing) and re-segmentation")
  }
}
