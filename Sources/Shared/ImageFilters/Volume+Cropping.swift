import Volumes

extension GridGeometry {
  /// The part of the grid inside a box.
  public func cropped(to box: VoxelBox) -> GridGeometry {
    let corner = SIMD3(Double(box.x.lowerBound), Double(box.y.lowerBound), Double(box.z.lowerBound))
    return GridGeometry(
      size: box.size, spacingInMillimetres: spacingInMillimetres,
      originInMillimetres: point(atIndex: corner), directions: directions, dimension: dimension)
  }
}

extension GridSize {
  /// The box that holds the whole grid.
  var box: VoxelBox { VoxelBox(x: 0..<x, y: 0..<y, z: 0..<z) }

  /// Extents along x, y and z.
  var extents: [Int] { [x, y, z] }

  var text: String { "\(x)x\(y)x\(z)" }
}

extension VoxelBox {
  /// Ranges along x, y and z.
  var ranges: [Range<Int>] { [x, y, z] }

  /// The same voxels, counted from the first of a box around them.
  func moved(into outer: VoxelBox) -> VoxelBox {
    VoxelBox(
      zip(ranges, outer.ranges).map { inner, outer in
        inner.lowerBound - outer.lowerBound..<inner.upperBound - outer.lowerBound
      })
  }

  init(_ ranges: [Range<Int>]) {
    self.init(x: ranges[0], y: ranges[1], z: ranges[2])
  }

  /// The box with `margin` more voxels on each side, as far as the grid reaches.
  func padded(by margin: Int, within size: GridSize) -> VoxelBox {
    padded(by: [margin, margin, margin], within: size)
  }

  /// The same with a margin for each axis.
  func padded(by margins: [Int], within size: GridSize) -> VoxelBox {
    let extents = size.extents
    return VoxelBox(
      (0..<3).map { axis in
        let (range, margin) = (ranges[axis], min(margins[axis], extents[axis]))
        return max(0, range.lowerBound - margin)..<min(extents[axis], range.upperBound + margin)
      })
  }
}

extension Volume {
  /// The voxels inside a box, on a grid of the box's size.
  public func cropped(to box: VoxelBox) -> Volume {
    Volume(
      geometry: geometry.cropped(to: box), sampleType: sampleType,
      voxels: rowsOf(voxels, geometry.size, to: box))
  }
}

extension Mask {
  /// The voxels inside a box, on a grid of the box's size.
  public func cropped(to box: VoxelBox) -> Mask {
    Mask(
      geometry: geometry.cropped(to: box), voxels: rowsOf(voxels, geometry.size, to: box))
  }

  /// The same grid with everything outside the box cleared.
  func cleared(outside box: VoxelBox) -> Mask {
    var cleared = [UInt8](repeating: 0, count: voxels.count)
    for z in box.z {
      for y in box.y {
        let row = geometry.size.offset(x: 0, y: y, z: z)
        for x in box.x { cleared[row + x] = voxels[row + x] }
      }
    }
    return Mask(geometry: geometry, voxels: cleared)
  }
}

private func rowsOf<Sample>(_ voxels: [Sample], _ size: GridSize, to box: VoxelBox) -> [Sample] {
  if box == size.box { return voxels }
  var kept: [Sample] = []
  kept.reserveCapacity(box.size.voxelCount)
  for z in box.z {
    for y in box.y {
      let row = size.offset(x: box.x.lowerBound, y: y, z: z)
      kept.append(contentsOf: voxels[row..<row + box.x.count])
    }
  }
  return kept
}
