/// Shares of voxels: a feature class that this program does not know.
public struct ShareClass: FeatureClassDefinition {
  public static let name = "share"
  public static let standardFeatures = ["Positive"]

  public init() {}

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    let positive = region.intensities.count { $0 > 0 }
    return [NamedValue("Positive", Double(positive) / Double(region.intensities.count))]
  }
}
