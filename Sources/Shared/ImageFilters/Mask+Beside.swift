import Volumes

/// A region of the same shape elsewhere in the image.
public struct RegionBeside: Sendable {
  /// On the grid of the region that it was made from.
  public let mask: Mask
  /// How far each voxel was moved along the axes of the grid, in voxels.
  public let offset: SIMD3<Int>

  /// The widest gap, in mm.
  public static let widestGap = 200.0
}

extension Mask {
  /// The same shape moved to the nearest place beside the region: a control that has the region's shape and another
  /// tissue.
  ///
  /// Places are whole multiples, along each of the 26 directions of the grid's axes (8 of a picture), of the region's box
  /// and the gap; the nearest in millimetres is taken, of equally near ones the first by z, y and x from negative to
  /// positive. No two places share a voxel with the region.
  /// - Parameters:
  ///   - gap: least distance in millimetres of the two boxes along each axis they are moved on; 0 to
  ///     ``RegionBeside/widestGap``.
  ///   - usable: where all voxels of the place must lie, such as the body; `nil` for the whole grid.
  ///   - avoided: what no voxel of the place may touch, such as all drawn regions; `nil` for nothing.
  /// - Returns: `nil` for an empty region, for a gap out of range, and where there is no place.
  public func beside(
    gapInMillimetres gap: Double = 0, within usable: Mask? = nil, avoiding avoided: Mask? = nil
  ) -> RegionBeside? {
    let size = geometry.size
    precondition(usable?.geometry.size ?? size == size && avoided?.geometry.size ?? size == size, "one grid")
    guard let box = boundingBox, gap >= 0, gap <= RegionBeside.widestGap else { return nil }
    let places = voxels.indices.filter { voxels[$0] == 1 }
    for offset in offsets(of: box, gap: gap) {
      let shift = size.offset(x: offset.x, y: offset.y, z: offset.z)
      let isFree = places.allSatisfy { place in
        usable?.voxels[place + shift] != 0 && avoided?.voxels[place + shift] != 1
      }
      guard isFree else { continue }
      var moved = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: voxels.count))
      for place in places { moved.voxels[place + shift] = 1 }
      return RegionBeside(mask: moved, offset: offset)
    }
    return nil
  }

  /// Moves that leave the box inside the grid, by rising length.
  private func offsets(of box: VoxelBox, gap: Double) -> [SIMD3<Int>] {
    let (ranges, size) = ([box.x, box.y, box.z], [geometry.size.x, geometry.size.y, geometry.size.z])
    let spacing = geometry.spacingInMillimetres
    let moves = (0..<3).map { axis -> [Int] in
      // A gap wider than the grid leaves no move.
      let between = min(Double(size[axis]), (gap / spacing[axis]).rounded(.up))
      let step = ranges[axis].count + Int(between)
      let back = stride(from: step, through: ranges[axis].lowerBound, by: step).map { -$0 }
      return back.reversed() + [0]
        + stride(from: step, through: size[axis] - ranges[axis].upperBound, by: step)
    }
    var offsets: [(offset: SIMD3<Int>, square: Double)] = []
    for z in moves[2] {
      for y in moves[1] {
        for x in moves[0] where (x, y, z) != (0, 0, 0) {
          let distance = SIMD3(Double(x), Double(y), Double(z)) * spacing
          offsets.append((SIMD3(x, y, z), (distance * distance).sum()))
        }
      }
    }
    // Stable, so that equally near ones keep their order.
    return offsets.enumerated().sorted {
      $0.element.square != $1.element.square
        ? $0.element.square < $1.element.square : $0.offset < $1.offset
    }.map(\.element.offset)
  }
}
