import Volumes

extension Volume {
  /// The intensity that parts the image into two classes as different as can be (`otsuSplit`): voxels above it are the
  /// foreground. Bins and margin are those of ITK's `OtsuThresholdImageFilter`.
  /// - Returns: the upper end of the last bin of the lower class; the intensity of all voxels where they are equal.
  func otsuThreshold(bins: Int) -> Double {
    var (lowest, highest) = (Double.infinity, -Double.infinity)
    for voxel in voxels { (lowest, highest) = (min(lowest, voxel), max(highest, voxel)) }
    // ITK widens the range by a hundredth of a bin, so that the highest intensity lies in the last one.
    let width = ((highest - lowest) + (highest - lowest) / Double(bins) / 100) / Double(bins)
    guard width > 0, width.isFinite else { return highest }
    var counts = [Double](repeating: 0, count: bins)
    for voxel in voxels { counts[min(bins - 1, Int((voxel - lowest) / width))] += 1 }
    let centres = (0..<bins).map { lowest + (Double($0) + 0.5) * width }
    guard let split = otsuSplit(counts: counts, centres: centres) else { return highest }
    return lowest + Double(split.lowerBound + 1) * width
  }
}
