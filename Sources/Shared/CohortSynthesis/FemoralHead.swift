import LinearAlgebra

/// One subject's femoral head: an ellipsoid of marrow with trabeculae, a thin dark cortex and soft tissue
/// around it.
///
/// Positions are millimetres from the middle of the image in LPS; signal is relative to that of mean marrow.
struct FemoralHead {
  let centre: SIMD3<Double>
  /// Half axes of the ellipsoid.
  let radii: SIMD3<Double>
  private let axes: [SIMD3<Double>]
  /// Strength of the trabeculae.
  private let contrast: Double
  private let struts: ValueNoise
  private let mottle: ValueNoise
  private let island: (centre: SIMD3<Double>, radius: Double, contrast: Double)

  /// - Parameters:
  ///   - room: the largest radius that fits into the image, in millimetres.
  ///   - reach: distance from the middle of the image to its corner, in millimetres.
  init(seed: UInt64, subject: Int, room: Double, reach: Double) {
    var stream = RandomTopic.anatomy.stream(seed, subject)
    let radius = room * stream.uniform(in: 0.72...0.86)
    centre = SIMD3(stream.normal(), stream.normal(), stream.normal()) * (0.025 * room)
    radii = SIMD3(1, stream.uniform(in: 0.92...1.04), stream.uniform(in: 0.88...1.04)) * radius
    axes = stream.rotation()
    contrast = stream.uniform(in: 0.17...0.26)
    let direction = SIMD3(stream.normal(), stream.normal(), stream.normal())
    let place = direction / length(direction) * (radius * stream.uniform(in: 0.1...0.7))
    island = (centre + place, radius * stream.uniform(in: 0.12...0.24), 0.15 * stream.normal())
    let strutAxes = Self.strutAxes(&stream)
    var strutStream = RandomTopic.struts.stream(seed, subject)
    struts = ValueNoise(axes: strutAxes, cell: [1.5, 1.5, 6], reach: reach, stream: &strutStream)
    var mottleStream = RandomTopic.mottle.stream(seed, subject)
    mottle = ValueNoise(axes: axes, cell: [7, 7, 7], reach: reach, stream: &mottleStream)
  }

  /// The compressive trabeculae run down from the top of the head, tilted by some 15 degrees.
  private static func strutAxes(_ stream: inout RandomStream) -> [SIMD3<Double>] {
    let tilted = SIMD3(0.25 * stream.normal(), 0.25 * stream.normal(), 1)
    let along = tilted / length(tilted)
    let across = SIMD3(along.z, 0, -along.x) / (along.x * along.x + along.z * along.z).squareRoot()
    let third = SIMD3(
      along.y * across.z - along.z * across.y, along.z * across.x - along.x * across.z,
      along.x * across.y - along.y * across.x)
    return [across, third, along]
  }

  /// 0 in the centre of the head, 1 on its surface.
  func level(at point: SIMD3<Double>) -> Double {
    let offset = point - centre
    return length(SIMD3(dot(offset, axes[0]), dot(offset, axes[1]), dot(offset, axes[2])) / radii)
  }

  /// Signal of healthy tissue at a point.
  /// - Parameter trabeculae: share of the trabecular pattern that is left there, 0 to 1.
  func signal(at point: SIMD3<Double>, level: Double, trabeculae: Double) -> Double {
    let mottled = mottle.value(at: point)
    if level > 1 { return level < 1.06 ? 1.25 : 0.55 * (1 + 0.25 * mottled) }
    let inIsland = length(point - island.centre) < island.radius
    let marrow =
      1 + 0.09 * mottled + contrast * trabeculae * struts.value(at: point) + (inIsland ? island.contrast : 0)
    let cortex = min(max((level - 0.93) / 0.05, 0), 1)
    return marrow + (0.25 - marrow) * cortex
  }
}
