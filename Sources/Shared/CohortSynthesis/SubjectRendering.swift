import LinearAlgebra
import Volumes

/// One image of a synthetic subject and the outline of its femoral head.
struct SyntheticCase {
  let image: Volume
  /// 1 inside the head, 0 outside.
  let mask: LabelMap
}

/// Computes an image of a subject. All images of a subject show the same head; position in the scanner and
/// noise differ.
/// - Parameter repetition: 0 for the first image.
func renderCase(
  _ subject: CohortPlan.Subject, repetition: Int, options: SynthesisOptions
) -> SyntheticCase {
  let size = options.size
  let scanner = Scanner(seed: options.seed, site: subject.site)
  let spacing = scanner.spacingInMillimetres
  let extent = SIMD3(Double(size.x), Double(size.y), Double(size.z)) * spacing / 2
  let head = FemoralHead(
    seed: options.seed, subject: subject.index, room: extent.min(), reach: length(extent))
  let lesion =
    subject.outcome == 1 ? NecroticLesion(seed: options.seed, subject: subject.index, head: head) : nil

  var acquisition = RandomTopic.acquisition.stream(options.seed, subject.index * 2 + repetition)
  // Whole halves of a millimetre, which NIfTI's single precision keeps.
  let table = SIMD3(acquisition.normal(), acquisition.normal(), acquisition.normal()) * 20
  let origin = ((table - extent) * 2).rounded(.toNearestOrAwayFromZero) / 2
  var signal = [Double](repeating: 0, count: size.voxelCount)
  var labels = [UInt32](repeating: 0, count: size.voxelCount)
  for z in 0..<size.z {
    for y in 0..<size.y {
      for x in 0..<size.x {
        let index = size.offset(x: x, y: y, z: z)
        let point = (SIMD3(Double(x), Double(y), Double(z)) + 0.5) * spacing - extent
        let level = head.level(at: point)
        let effect = level <= 1 ? lesion?.effect(at: point) : nil
        signal[index] =
          head.signal(at: point, level: level, trabeculae: effect?.trabeculae ?? 1) * (effect?.signal ?? 1)
        labels[index] = level <= 1 ? 1 : 0
      }
    }
  }
  let geometry = GridGeometry(size: size, spacingInMillimetres: spacing, originInMillimetres: origin)
  let voxels = scanner.image(of: signal, size: size, stream: &acquisition)
  return SyntheticCase(
    image: Volume(geometry: geometry, sampleType: .int16, voxels: voxels),
    mask: LabelMap(geometry: geometry, labels: labels))
}
