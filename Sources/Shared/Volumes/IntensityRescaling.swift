/// What normalisation makes of an intensity: `(x - centre) · factor`, kept within a bound, times a scale.
package struct IntensityRescaling: Sendable {
  private let centre: Double
  private let factor: Double
  private let bound: Double
  private let scale: Double

  /// - Parameters:
  ///   - centre: the intensity that becomes 0.
  ///   - factor: what a difference from it is multiplied by.
  ///   - bound: the largest magnitude before scaling; infinite for none.
  ///   - scale: what 1 becomes.
  package init(centre: Double, factor: Double, bound: Double, scale: Double) {
    (self.centre, self.factor, self.bound, self.scale) = (centre, factor, bound, scale)
  }

  @inline(__always)
  package func callAsFunction(_ intensity: Double) -> Double {
    max(-bound, min(bound, (intensity - centre) * factor)) * scale
  }
}
