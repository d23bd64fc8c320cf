/// Neighbourhood grey tone differences.
public struct ToneDifferenceClass: FeatureClassDefinition {
  public static let name = "ngtdm"
  public static let isStandard = true
  public static let usesGreyLevels = true
  public static let standardFeatures = ["Busyness", "Coarseness", "Complexity", "Contrast", "Strength"]

  /// The class, which has no settings of its own.
  public init() {}

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    ToneDifferenceFeatures(
      voxelCounts: region.discretised.voxelCounts, levels: region.discretised.levels,
      toneDifference: try region.neighbourhood().toneDifference
    ).values()
  }
}

extension FeatureClass {
  /// Neighbourhood grey tone differences.
  public static let ngtdm = FeatureClass(ToneDifferenceClass.self)
}

/// Features of a neighbourhood grey tone difference matrix (IBSI IPET).
///
/// `i` is a level, `p` its share of the voxels, `s` its sum of differences.
struct ToneDifferenceFeatures {
  private var levels: [Double] = []
  private var shares: [Double] = []
  private var differences: [Double] = []
  private let voxelCount: Double

  init(voxelCounts: [Int], levels: [Int], toneDifference: [Double]) {
    voxelCount = Double(voxelCounts.reduce(0, +))
    for rank in levels.indices where voxelCounts[rank] > 0 {
      self.levels.append(Double(levels[rank]))
      shares.append(Double(voxelCounts[rank]) / voxelCount)
      differences.append(toneDifference[rank])
    }
  }

  /// All features of the class.
  func values() -> [NamedValue] {
    let weighted = zip(shares, differences).reduce(0) { $0 + $1.0 * $1.1 }
    return [
      NamedValue("Busyness", busyness(weighted)),
      NamedValue("Coarseness", weighted == 0 ? 1e6 : 1 / weighted),
      NamedValue("Complexity", complexity()),
      NamedValue("Contrast", contrast()),
      NamedValue("Strength", strength()),
    ]
  }

  private var sumOfDifferences: Double { differences.reduce(0, +) }

  /// Contrast (65HE): `Σᵢⱼ pᵢ pⱼ (i-j)² / (m(m-1)) · Σ s / N` with m levels present; 0 for one level.
  private func contrast() -> Double {
    guard levels.count > 1 else { return 0 }
    let mean = zip(shares, levels).reduce(0) { $0 + $1.0 * $1.1 }
    let variance = zip(shares, levels).reduce(0) { $0 + $1.0 * (($1.1 - mean) * ($1.1 - mean)) }
    let pairs = Double(levels.count) * Double(levels.count - 1)
    return 2 * variance * sumOfDifferences / voxelCount / pairs  // Σᵢⱼ pᵢ pⱼ (i-j)² = 2 Σ pᵢ (i-mean)²
  }

  /// Busyness (NQ30): `Σ p s / Σᵢⱼ |i pᵢ - j pⱼ|`; 0 where the denominator is 0.
  private func busyness(_ weighted: Double) -> Double {
    let products = zip(levels, shares).map { $0 * $1 }.sorted()
    var denominator = 0.0
    for index in products.indices.dropFirst() {
      let below = Double(index) * Double(products.count - index)
      denominator += 2 * below * (products[index] - products[index - 1])
    }
    return denominator == 0 ? 0 : weighted / denominator
  }

  /// Complexity (HDEZ): `Σᵢⱼ |i-j| (pᵢ sᵢ + pⱼ sⱼ) / (pᵢ + pⱼ) / N`.
  private func complexity() -> Double {
    let count = levels.count
    let products = zip(shares, differences).map { $0 * $1 }
    var sum = 0.0
    for i in 0..<count {
      var row = 0.0
      for j in 0..<i {
        row += (levels[i] - levels[j]) * (products[i] + products[j]) / (shares[i] + shares[j])
      }
      sum += row
    }
    return 2 * sum / voxelCount
  }

  /// Strength (1X9X): `Σᵢⱼ (pᵢ + pⱼ)(i-j)² / Σ s`; 0 where the denominator is 0.
  private func strength() -> Double {
    guard sumOfDifferences != 0 else { return 0 }
    let count = Double(levels.count)
    let mean = levels.reduce(0, +) / count
    let spread = levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // For each i, Σⱼ (i-j)² = m (i-mean)² + Σⱼ (j-mean)²; the terms of pⱼ are the same by symmetry.
    var sum = 0.0
    for (level, share) in zip(levels, shares) {
      sum += share * (count * ((level - mean) * (level - mean)) + spread)
    }
    return 2 * sum / sumOfDifferences
  }
}
