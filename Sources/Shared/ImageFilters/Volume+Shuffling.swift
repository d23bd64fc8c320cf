import Volumes

extension Volume {
  /// The same intensities in random order within a region, and all others as they are: a control that keeps the region's
  /// histogram and shape and has no texture (Welch et al. 2019, doi:10.1016/j.radonc.2018.10.027).
  ///
  /// Fisher and Yates' shuffle over the region's voxels in memory order, from the last down; `n` voxels take `n - 1`
  /// numbers of the generator, each scaled by the high half of a product, so that equal generators give equal images.
  /// - Parameters:
  ///   - mask: on the grid of the image.
  ///   - generator: seeded by the caller.
  public func shuffled(within mask: Mask, using generator: inout some RandomNumberGenerator) -> Volume {
    precondition(mask.geometry.size == geometry.size, "image and region on one grid")
    let places = mask.voxels.indices.filter { mask.voxels[$0] == 1 }
    var shuffled = self
    for last in stride(from: places.count - 1, to: 0, by: -1) {
      let random: UInt64 = generator.next()
      let chosen = Int(random.multipliedFullWidth(by: UInt64(last + 1)).high)
      shuffled.voxels.swapAt(places[last], places[chosen])
    }
    return shuffled
  }
}
