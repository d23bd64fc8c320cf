import Radiomics
import Testing
import Volumes

@Suite struct `The summary of a region` {
  /// Parts counted by filling one after the other, voxel by voxel.
  private func slowParts(_ region: TestRegion) -> Int {
    var left = Set(region.mask.indices.filter { region.mask[$0] == 1 })
    var parts = 0
    while let seed = left.popFirst() {
      parts += 1
      var pending = [seed]
      while let voxel = pending.popLast() {
        let size = region.size
        let (x, y, z) = (voxel % size.x, voxel / size.x % size.y, voxel / size.x / size.y)
        for near in left {
          let (u, v, w) = (near % size.x, near / size.x % size.y, near / size.x / size.y)
          guard abs(u - x) <= 1, abs(v - y) <= 1, abs(w - z) <= 1 else { continue }
          left.remove(near)
          pending.append(near)
        }
      }
    }
    return parts
  }

  @Test(arguments: 1...12) func `counts its parts as filling does`(seed: UInt64) throws {
    let region = TestRegion(
      random: seed, size: GridSize(x: 9, y: 8, z: 7), levels: 2, density: 0.02 * Double(seed))
    #expect(try region.anyRegion.connectedVolumeCount == slowParts(region))
  }

  @Test(arguments: 1...4) func `has the mean place of its voxels as centre, and their intensities`(
    seed: UInt64
  ) throws {
    let region = TestRegion(random: seed, size: GridSize(x: 6, y: 5, z: 4), levels: 9, density: 0.4)
    let places = region.mask.indices.filter { region.mask[$0] == 1 }
    let count = Double(places.count)
    let size = region.size
    let found = try region.anyRegion
    let centre = found.centreOfMass
    #expect(abs(centre.x - Double(places.reduce(0) { $0 + $1 % size.x }) / count) < 1e-12)
    #expect(abs(centre.y - Double(places.reduce(0) { $0 + $1 / size.x % size.y }) / count) < 1e-12)
    #expect(abs(centre.z - Double(places.reduce(0) { $0 + $1 / size.x / size.y }) / count) < 1e-12)
    let values = places.map { region.image[$0] }
    let summary = try found.summary(of: region.volume)
    #expect(summary.minimum == values.min() && summary.maximum == values.max())
    #expect(abs(summary.mean - values.reduce(0, +) / count) < 1e-12)
  }
}
