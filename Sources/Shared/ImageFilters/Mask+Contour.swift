import Volumes

extension Mask {
  /// How far from the region, in mm, the image still shapes its contour.
  private static let reach = 25.0
  /// Supervoxels that overlap the region by this share of theirs always belong to it.
  private static let certainShare = 0.9
  /// Those that overlap it by less never do.
  private static let leastShare = 0.2

  /// The region with its contour drawn anew along the edges of supervoxels, as another reader might have drawn it (Zwanenburg et al.
  /// 2019, doi:10.1038/s41598-018-36938-4).
  ///
  /// Each supervoxel belongs to the new region with the probability of its share that lies in the drawn one: from 90 % on surely, below
  /// 20 % never, the one of the largest share surely. Their union is closed by a cross of one voxel.
  /// - Parameters:
  ///   - image: on the grid of the region. Intensities further outside those of the region than a tenth of their range do not count.
  ///   - generator: seeded by the caller; one number for each supervoxel that touches the region, in memory order.
  /// - Returns: `nil` for an empty region.
  public func contourRandomised(in image: Volume, using generator: inout some RandomNumberGenerator) -> Mask?
  {
    precondition(image.geometry.size == geometry.size, "image and region on one grid")
    guard let box = boundingBox, let range = intensityRange(of: image) else { return nil }
    let crop = box.padded(millimetres: Self.reach, within: geometry)
    let drawn = cropped(to: crop)
    let pieces = Supervoxels(image.cropped(to: crop), within: range)
    let chosen = pieces.chosen(
      for: drawn, certain: Self.certainShare, least: Self.leastShare, using: &generator)
    var union = drawn
    union.voxels = pieces.labels.map { chosen[$0] ? 1 : 0 }
    union = union.closed()
    var result = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: voxels.count))
    for (row, start) in crop.rowStarts(within: geometry.size).enumerated() {
      for x in 0..<crop.x.count { result.voxels[start + x] = union.voxels[row * crop.x.count + x] }
    }
    return result
  }

  /// The intensities in the region, a tenth of their range wider at each end.
  private func intensityRange(of image: Volume) -> ClosedRange<Double>? {
    var (least, largest) = (Double.infinity, -Double.infinity)
    for place in voxels.indices where voxels[place] == 1 && image.voxels[place].isFinite {
      (least, largest) = (min(least, image.voxels[place]), max(largest, image.voxels[place]))
    }
    guard least <= largest else { return nil }
    let margin = 0.1 * (largest - least)
    return least - margin...largest + margin
  }

  /// Closed by a cross of one voxel: what lies outside the grid takes nothing away.
  private func closed() -> Mask {
    let grown = withCross { $0 || $1 }
    return grown.withCross { $0 && $1 }
  }

  /// Each voxel together with those that share a face with it.
  private func withCross(_ join: (Bool, Bool) -> Bool) -> Mask {
    let size = geometry.size
    var result = self
    var place = 0
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          var found = voxels[place] == 1
          if x > 0 { found = join(found, voxels[place - 1] == 1) }
          if x + 1 < size.x { found = join(found, voxels[place + 1] == 1) }
          if y > 0 { found = join(found, voxels[place - size.x] == 1) }
          if y + 1 < size.y { found = join(found, voxels[place + size.x] == 1) }
          if z > 0 { found = join(found, voxels[place - size.x * size.y] == 1) }
          if z + 1 < size.z { found = join(found, voxels[place + size.x * size.y] == 1) }
          result.voxels[place] = found ? 1 : 0
          place += 1
        }
      }
    }
    return result
  }
}

extension Supervoxels {
  /// Which of them belong to a region that is drawn anew.
  fileprivate func chosen(
    for region: Mask, certain: Double, least: Double, using generator: inout some RandomNumberGenerator
  ) -> [Bool] {
    var (inside, all) = ([Int](repeating: 0, count: count), [Int](repeating: 0, count: count))
    for (place, label) in labels.enumerated() {
      all[label] += 1
      inside[label] += Int(region.voxels[place])
    }
    let shares = zip(inside, all).map { Double($0) / Double($1) }
    let largest = shares.indices.max { shares[$0] < shares[$1] }
    return shares.indices.map { label in
      guard inside[label] > 0 else { return false }
      let random: UInt64 = generator.next()
      let share = shares[label]
      if share >= certain || label == largest { return true }
      return share >= least && Double(random >> 11) * 0x1p-53 < share
    }
  }
}

extension VoxelBox {
  /// The box with so much more on each side, as far as the grid reaches.
  fileprivate func padded(millimetres: Double, within geometry: GridGeometry) -> VoxelBox {
    VoxelBox(
      (0..<3).map { axis in
        let extent = geometry.size.extents[axis]
        let margin = Int(
          min((millimetres / geometry.spacingInMillimetres[axis]).rounded(.up), Double(extent)))
        let range = ranges[axis]
        return max(0, range.lowerBound - margin)..<min(extent, range.upperBound + margin)
      })
  }

  /// Where the box's rows begin in the memory of the grid, in order.
  fileprivate func rowStarts(within size: GridSize) -> [Int] {
    z.flatMap { z in y.map { y in size.offset(x: x.lowerBound, y: y, z: z) } }
  }
}
