import ImageFiles
import Volumes

/// Brings the voxels of a mask from its own grid to that of an image.
///
/// Where the voxels of both coincide, each goes to its own. Else each voxel of the image takes what the nearest of the mask
/// has; of two that are equally near, that of the lesser coordinate in the patient (`VoxelLattice.nearest`).
struct GridTransfer {
  private let mask: GridGeometry
  private let image: GridGeometry
  private let onMask: VoxelLattice
  private let onImage: VoxelLattice

  /// Part of a voxel by which corners of both grids may lie apart that are taken to coincide.
  private static let coincidence = 0.05

  init(from mask: GridGeometry, to image: GridGeometry) {
    (self.mask, self.image) = (mask, image)
    (onMask, onImage) = (VoxelLattice(mask), VoxelLattice(image))
  }

  /// - Throws: `segmentEmpty` where no voxel lies in the image; `badHeader` where the grids are too far apart to compare.
  func reading(_ voxels: SegmentationVoxels, label: UInt32) throws(ImageFileError) -> MaskReading {
    var reading: MaskReading
    if let steps = coincidingSteps {
      reading = moved(voxels, by: steps, label)
    } else {
      reading = try resampled(voxels, label)
      reading.warnings.insert(
        "the segmentation lies on another grid (\(text(mask))) than the image (\(text(image))): each voxel takes the value of "
          + "the nearest of the segmentation", at: 0)
    }
    guard reading.labels.present().contains(label) else {
      throw ImageFileError(
        .segmentEmpty,
        "no voxel of the segment lies in the image; check that image and segmentation belong together")
    }
    return reading
  }

  private func text(_ grid: GridGeometry) -> String {
    let (size, spacing) = (grid.size, grid.spacingInMillimetres)
    let parts = (0..<3).map { "\((spacing[$0] * 1000).rounded() / 1000)" }
    return "\(size.x) × \(size.y) × \(size.z) of " + parts.joined(separator: " × ") + " mm"
  }

  /// A step of one voxel of the mask, in voxels of the image.
  private struct Steps {
    var origin: SIMD3<Int>
    var x: SIMD3<Int>
    var y: SIMD3<Int>
    var z: SIMD3<Int>
  }

  /// How the mask's voxels coincide with the image's: shifted, turned or flipped; `nil` where they do not.
  private var coincidingSteps: Steps? {
    let origin = onImage.index(of: mask.originInMillimetres)
    let size = SIMD3(mask.size.x, mask.size.y, mask.size.z)
    guard let start = whole(origin, within: Self.coincidence) else { return nil }
    var steps: [SIMD3<Int>] = []
    for axis in 0..<3 {
      let along = mask.directions[axis] * mask.spacingInMillimetres[axis]
      // A single slice has no next one: any distance is its own.
      let far = Double(max(1, size[axis] - 1))
      let step = (onImage.index(of: mask.originInMillimetres + along * far) - origin) / far
      let allowed = size[axis] == 1 ? .infinity : Self.coincidence / far
      guard let step = whole(step, within: allowed) else { return nil }
      if size[axis] > 1 { guard (step &* step).wrappedSum() == 1 else { return nil } }
      steps.append(step)
    }
    return Steps(origin: start, x: steps[0], y: steps[1], z: steps[2])
  }

  private func whole(_ index: SIMD3<Double>, within allowed: Double) -> SIMD3<Int>? {
    var result = SIMD3<Int>()
    for axis in 0..<3 {
      guard abs(index[axis]) <= VoxelLattice.farthest else { return nil }
      let nearest = index[axis].rounded()
      guard abs(index[axis] - nearest) <= allowed else { return nil }
      result[axis] = Int(nearest)
    }
    return result
  }

  private func moved(_ voxels: SegmentationVoxels, by steps: Steps, _ label: UInt32) -> MaskReading {
    let size = image.size
    var labels = [UInt32](repeating: 0, count: size.voxelCount)
    var outside = 0
    for (z, slice) in voxels.slices {
      for y in 0..<voxels.size.y {
        for x in 0..<voxels.size.x where slice[y * voxels.size.x + x] == 1 {
          let place = steps.origin &+ steps.x &* x &+ steps.y &* y &+ steps.z &* z
          if place.x >= 0, place.x < size.x, place.y >= 0, place.y < size.y, place.z >= 0, place.z < size.z {
            labels[size.offset(x: place.x, y: place.y, z: place.z)] = label
          } else {
            outside += 1
          }
        }
      }
    }
    return MaskReading(
      labels: LabelMap(geometry: image, labels: labels),
      warnings: outside == 0
        ? [] : ["\(outside) of \(voxels.count) voxels of the segment lie outside the image and are left out"])
  }

  private func resampled(
    _ voxels: SegmentationVoxels, _ label: UInt32
  ) throws(ImageFileError) -> MaskReading {
    let size = image.size
    var labels = [UInt32](repeating: 0, count: size.voxelCount)
    let box = imageBox(around: voxels)
    let origin = onMask.index(of: image.originInMillimetres)
    let steps = (0..<3).map { axis in
      onMask.index(
        of: image.originInMillimetres + image.directions[axis] * image.spacingInMillimetres[axis]) - origin
    }
    for z in box.z {
      for y in box.y {
        let start = origin + steps[1] * Double(y) + steps[2] * Double(z)
        for x in box.x where isInside(start + steps[0] * Double(x), voxels) {
          labels[size.offset(x: x, y: y, z: z)] = label
        }
      }
    }
    return MaskReading(labels: LabelMap(geometry: image, labels: labels))
  }

  private func isInside(_ index: SIMD3<Double>, _ voxels: SegmentationVoxels) -> Bool {
    guard let x = VoxelLattice.snapped(index.x), let y = VoxelLattice.snapped(index.y),
      let z = VoxelLattice.snapped(index.z)
    else { return false }
    let column = onMask.nearest(x, axis: 0)
    let row = onMask.nearest(y, axis: 1)
    guard (0..<voxels.size.x).contains(column), (0..<voxels.size.y).contains(row),
      let slice = voxels.slices[onMask.nearest(z, axis: 2)]
    else { return false }
    return slice[row * voxels.size.x + column] == 1
  }

  /// The voxels of the image that can be nearest to one of the segment's, and a few more.
  private func imageBox(around voxels: SegmentationVoxels) -> VoxelBox {
    let (first, last) = (Double(voxels.slices.keys.min() ?? 0), Double(voxels.slices.keys.max() ?? 0))
    let ranges = [
      -1...Double(voxels.size.x), -1...Double(voxels.size.y), first - 1...last + 1,
    ]
    var (least, greatest) = (SIMD3(repeating: Double.infinity), SIMD3(repeating: -Double.infinity))
    for corner in 0..<8 {
      var point = mask.originInMillimetres
      for axis in 0..<3 {
        let index = corner >> axis & 1 == 0 ? ranges[axis].lowerBound : ranges[axis].upperBound
        point += mask.directions[axis] * mask.spacingInMillimetres[axis] * index
      }
      let index = onImage.index(of: point)
      least = pointwiseMin(least, index)
      greatest = pointwiseMax(greatest, index)
    }
    let size = [image.size.x, image.size.y, image.size.z]
    let clipped = (0..<3).map { axis in
      let from = Int(max(0, min(Double(size[axis]), least[axis].rounded(.down))))
      let to = Int(max(-1, min(Double(size[axis] - 1), greatest[axis].rounded(.up))))
      return from..<max(from, to + 1)
    }
    return VoxelBox(x: clipped[0], y: clipped[1], z: clipped[2])
  }
}
