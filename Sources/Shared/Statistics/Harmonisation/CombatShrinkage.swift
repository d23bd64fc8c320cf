import ElementaryFunctions
import LinearAlgebra

/// Locations and scales of one site over all features, shrunk towards what the features have in common: the empirical
/// Bayes estimates of Johnson, Li and Rabinovic (2007), doi:10.1093/biostatistics/kxj037, section 3, and the
/// non-parametric ones of their supplement, as `sva::ComBat` iterates them.
struct CombatShrinkage {
  let effects: [CombatModel.Effect]

  init(_ features: [CombatDesign.SiteResiduals], settings: CombatSettings, isLocationOnly: Bool) {
    let isMeanOnly = settings.isMeanOnly || isLocationOnly
    switch settings.prior {
    case .none:
      effects = features.map { .init(shift: $0.shift, scale: isMeanOnly ? 1 : $0.variance) }
    case .parametric where isMeanOnly:
      let prior = Prior(features)
      effects = features.map { .init(shift: prior.shift($0.shift, count: 1, scale: 1), scale: 1) }
    case .parametric:
      effects = Self.iterated(features, convergence: settings.convergence)
    case .nonParametric:
      effects = Self.integrated(features, isMeanOnly: isMeanOnly)
    }
  }

  /// Normal prior of locations and inverse gamma prior of scales, by moments.
  private struct Prior {
    let mean: Double
    let variance: Double
    let shape: Double
    let rate: Double

    init(_ features: [CombatDesign.SiteResiduals]) {
      let shifts = Moments(features.map(\.shift))
      let scales = Moments(features.map(\.variance))
      mean = shifts.mean
      variance = shifts.sumOfSquares / Double(shifts.count - 1)
      let (m, s2) = (scales.mean, scales.sumOfSquares / Double(scales.count - 1))
      shape = (2 * s2 + m * m) / s2
      rate = (m * s2 + m * m * m) / s2
    }

    /// Posterior mean of a location.
    func shift(_ observed: Double, count: Double, scale: Double) -> Double {
      guard variance.isFinite else { return observed }
      return (variance * count * observed + scale * mean) / (variance * count + scale)
    }

    /// Posterior mean of a scale.
    func scale(sumOfSquares: Double, count: Double, otherwise observed: Double) -> Double {
      guard shape.isFinite, rate.isFinite else { return observed }
      return (0.5 * sumOfSquares + rate) / (0.5 * count + shape - 1)
    }
  }

  /// Locations and scales in turn until no feature changes. A single feature, or features all alike, have no
  /// prior and are not shrunk.
  private static func iterated(
    _ features: [CombatDesign.SiteResiduals], convergence: Double
  ) -> [CombatModel.Effect] {
    let prior = Prior(features)
    var effects = features.map { CombatModel.Effect(shift: $0.shift, scale: $0.variance) }
    for _ in 0..<10_000 {
      var change = 0.0
      for (index, feature) in features.enumerated() {
        let old = effects[index]
        let shift = prior.shift(feature.shift, count: feature.count, scale: old.scale)
        let distance = feature.mean - shift
        let squares = feature.sumOfSquares + feature.count * distance * distance
        let scale = prior.scale(sumOfSquares: squares, count: feature.count, otherwise: old.scale)
        // Signed as in sva, so that a negative location never delays the end.
        change = max(change, old.shift == 0 ? 0 : abs(shift - old.shift) / old.shift)
        change = max(change, abs(scale - old.scale) / old.scale)
        effects[index] = .init(shift: shift, scale: scale)
      }
      if change <= convergence { break }
    }
    return effects
  }

  /// Means over the other features' locations and scales, each weighted by the likelihood of this feature's
  /// residuals.
  private static func integrated(
    _ features: [CombatDesign.SiteResiduals], isMeanOnly: Bool
  ) -> [CombatModel.Effect] {
    let scales = features.map { isMeanOnly ? 1 : $0.variance }
    let logarithms = scales.map { Elementary.log(2 * Double.pi * $0) }
    guard features.count > 1 else {
      return zip(features, scales).map { .init(shift: $0.shift, scale: $1) }
    }
    var exponents = [Double](repeating: 0, count: features.count)
    return features.enumerated().map { index, feature in
      for other in features.indices {
        let distance = feature.mean - features[other].shift
        let squares = feature.sumOfSquares + feature.count * distance * distance
        exponents[other] = -0.5 * (feature.count * logarithms[other] + squares / scales[other])
      }
      exponents[index] = -.infinity
      // Only ratios matter: without the largest the likelihoods may all underflow.
      let largest = exponents.max() ?? 0
      var (total, shift, scale) = (0.0, 0.0, 0.0)
      for other in features.indices where other != index {
        let weight = Elementary.exp(exponents[other] - largest)
        total += weight
        shift += weight * features[other].shift
        scale += weight * scales[other]
      }
      return .init(shift: shift / total, scale: scale / total)
    }
  }
}
