import Volumes

extension Mask {
  /// The region grown or shrunk by a fraction of its volume, as another reader might have drawn it (after Zwanenburg et al. 2019,
  /// doi:10.1038/s41598-018-36938-4, who dilate or erode and then draw voxels of the last rim).
  ///
  /// The region gets the voxels that lie nearest to it, or loses those that lie nearest to its outside, by exact Euclidean distance
  /// in mm, until it has `count · (1 + fraction)` voxels, rounded; of equally near ones at the end as many are drawn as are needed.
  /// - Parameters:
  ///   - fraction: above -1; 0 leaves the region as it is.
  ///   - generator: seeded by the caller; one number a draw.
  /// - Returns: `nil` for an empty region, where no voxel would be left, and where the grid has not enough voxels.
  public func adapted(byFraction fraction: Double, using generator: inout some RandomNumberGenerator) -> Mask?
  {
    let count = count
    let wanted = (Double(count) * (1 + fraction)).rounded()
    guard let box = boundingBox, fraction > -1, wanted >= 1, wanted <= Double(voxels.count) else {
      return nil
    }
    let needed = abs(Int(wanted) - count)
    guard needed > 0 else { return self }
    let isGrowth = Int(wanted) > count
    guard let changed = (isGrowth ? rim(of: box, atLeast: needed) : core(of: box)) else { return nil }
    var result = self
    for place in changed.nearest(needed, using: &generator) { result.voxels[place] = isGrowth ? 1 : 0 }
    return result
  }

  /// Voxels outside the region with their distances, among them its `needed` nearest.
  private func rim(of box: VoxelBox, atLeast needed: Int) -> MeasuredVoxels? {
    let size = geometry.size
    let spacing = geometry.spacingInMillimetres.min()
    var margin = 2
    while true {
      let padded = box.padded(by: margin, within: size)
      let isWhole = padded.size == size
      let cropped = cropped(to: padded)
      // Whatever is nearer than the margin lies in the padded box.
      let reach = isWhole ? Double.infinity : Double(margin) * spacing
      let found = MeasuredVoxels(SquaredDistances(to: cropped).values, in: padded, of: size) {
        place, square in
        cropped.voxels[place] == 0 && square <= reach * reach
      }
      if found.places.count >= needed { return found }
      guard !isWhole else { return nil }
      margin *= 2
    }
  }

  /// Voxels inside the region with their distances to its outside.
  /// - Returns: `nil` where the region has none.
  private func core(of box: VoxelBox) -> MeasuredVoxels? {
    let padded = box.padded(by: 1, within: geometry.size)
    let cropped = cropped(to: padded)
    let outside = Mask(geometry: cropped.geometry, voxels: cropped.voxels.map { 1 - $0 })
    guard outside.boundingBox != nil else { return nil }
    return MeasuredVoxels(SquaredDistances(to: outside).values, in: padded, of: geometry.size) { place, _ in
      cropped.voxels[place] == 1
    }
  }
}

/// Voxels of a grid with the squares of their distances in mm².
private struct MeasuredVoxels {
  private(set) var places: [Int] = []
  private var squares: [Double] = []

  init(_ values: [Double], in box: VoxelBox, of size: GridSize, where isMeant: (Int, Double) -> Bool) {
    var place = 0
    for z in box.z {
      for y in box.y {
        for x in box.x {
          if isMeant(place, values[place]) {
            places.append(size.offset(x: x, y: y, z: z))
            squares.append(values[place])
          }
          place += 1
        }
      }
    }
  }

  /// So many of least distance; those of the largest distance among them are drawn.
  func nearest(_ count: Int, using generator: inout some RandomNumberGenerator) -> [Int] {
    let order = places.indices.sorted { (squares[$0], $0) < (squares[$1], $1) }
    let furthest = squares[order[count - 1]]
    let certain = order.prefix { squares[$0] < furthest }
    var tied = order.filter { squares[$0] == furthest }
    for drawn in 0..<count - certain.count {
      let random: UInt64 = generator.next()
      tied.swapAt(drawn, drawn + Int(random.multipliedFullWidth(by: UInt64(tied.count - drawn)).high))
    }
    return (certain + tied.prefix(count - certain.count)).map { places[$0] }
  }
}
