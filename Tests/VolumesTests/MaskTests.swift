import Testing
import Volumes

@Suite struct `A mask` {
  let geometry = GridGeometry(size: GridSize(x: 4, y: 3, z: 2))

  @Test func `has the smallest box that holds its voxels`() {
    var mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: 24))
    mask.voxels[geometry.size.offset(x: 1, y: 2, z: 0)] = 1
    mask.voxels[geometry.size.offset(x: 3, y: 1, z: 0)] = 1
    #expect(mask.boundingBox == VoxelBox(x: 1..<4, y: 1..<3, z: 0..<1))
    #expect(mask.boundingBox?.size == GridSize(x: 3, y: 2, z: 1))
    #expect(mask.count == 2)
  }

  @Test func `without voxels has no box`() {
    let mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: 24))
    #expect(mask.boundingBox == nil)
    #expect(mask.count == 0)
  }

  @Test func `of a label holds that label only`() {
    var labels = [UInt32](repeating: 0, count: 24)
    labels[5] = 2
    labels[6] = 1
    let mask = LabelMap(geometry: geometry, labels: labels).mask(of: 2)
    #expect(mask.count == 1)
    #expect(mask.voxels[5] == 1)
  }
}
