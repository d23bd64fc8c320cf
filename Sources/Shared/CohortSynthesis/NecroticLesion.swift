import ElementaryFunctions
import LinearAlgebra

/// An early osteonecrosis in the front upper part of a femoral head: a dark band around dead bone, oedema
/// beyond it.
///
/// On T2-weighted images the band is the sign that early necrosis shows first (stage II of ARCO). Its depth
/// and the oedema's brightness grow with `severity`, so that some lesions are plain and some are hardly seen.
struct NecroticLesion {
  private let centre: SIMD3<Double>
  private let radius: Double
  /// Half width of the band, in millimetres.
  private let halfWidth: Double
  /// 0.3 to 1.
  let severity: Double

  init(seed: UInt64, subject: Int, head: FemoralHead) {
    var stream = RandomTopic.lesion.stream(seed, subject)
    let towards = SIMD3(0.35 * stream.normal(), -0.5 + 0.25 * stream.normal(), 0.8)
    let size = head.radii.x
    centre = head.centre + towards / length(towards) * (size * stream.uniform(in: 0.45...0.65))
    radius = size * stream.uniform(in: 0.3...0.5)
    halfWidth = stream.uniform(in: 1...1.8)
    severity = stream.uniform(in: 0.3...1)
  }

  /// What the lesion multiplies the signal of the marrow by, and the share of trabeculae it leaves.
  func effect(at point: SIMD3<Double>) -> (signal: Double, trabeculae: Double) {
    let depth = length(point - centre) - radius
    let across = depth / halfWidth
    let band = Elementary.exp(-across * across)
    let oedema = depth > 0 ? Elementary.exp(-depth / 5) * (1 - band) : 0
    return (1 - 0.6 * severity * band + 0.4 * severity * oedema, depth < 0 ? 1 - 0.5 * severity : 1)
  }
}
