import LinearAlgebra

/// Smooth random texture: normal numbers on the corners of a lattice, interpolated between them.
///
/// The lattice may be turned and its cells longer in one direction, which draws the texture out into struts.
struct ValueNoise {
  private let axes: [SIMD3<Double>]
  private let cell: SIMD3<Double>
  private let half: SIMD3<Int>
  private let corners: [Double]

  /// - Parameters:
  ///   - axes: directions of the lattice.
  ///   - cell: millimetres of a cell along each of them.
  ///   - reach: how far from the origin samples may be, in millimetres.
  init(axes: [SIMD3<Double>], cell: SIMD3<Double>, reach: Double, stream: inout RandomStream) {
    self.axes = axes
    self.cell = cell
    half = SIMD3<Int>((reach / cell).rounded(.up)) &+ 1
    let count = (half &* 2 &+ 1)
    corners = (0..<count.x * count.y * count.z).map { _ in stream.normal() }
  }

  /// Texture at a point, with a mean of 0 and a standard deviation near 0.5.
  func value(at point: SIMD3<Double>) -> Double {
    let position =
      SIMD3(dot(point, axes[0]), dot(point, axes[1]), dot(point, axes[2])) / cell + SIMD3<Double>(half)
    let limit = SIMD3<Double>(half &* 2 &- 1)
    let floor = position.rounded(.down).clamped(lowerBound: .zero, upperBound: limit)
    let fraction = (position - floor).clamped(lowerBound: .zero, upperBound: .one)
    let weight = fraction * fraction * (3 - 2 * fraction)
    let corner = SIMD3<Int>(floor)
    let low = slice(corner, weight)
    let high = slice(corner &+ SIMD3(0, 0, 1), weight)
    return low + (high - low) * weight.z
  }

  private func slice(_ corner: SIMD3<Int>, _ weight: SIMD3<Double>) -> Double {
    let width = half.x * 2 + 1
    let start = (corner.z * (half.y * 2 + 1) + corner.y) * width + corner.x
    let near = corners[start] + (corners[start + 1] - corners[start]) * weight.x
    let far = corners[start + width] + (corners[start + width + 1] - corners[start + width]) * weight.x
    return near + (far - near) * weight.y
  }
}
