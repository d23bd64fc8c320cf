import Volumes

/// A bounding box with a margin on all sides, so that looking at a neighbour needs no border test.
struct PaddedGrid: Sendable {
  let margin: GridSize
  let size: GridSize

  init(_ box: GridSize, margin: GridSize) {
    self.margin = margin
    size = GridSize(x: box.x + 2 * margin.x, y: box.y + 2 * margin.y, z: box.z + 2 * margin.z)
  }

  /// Position of a run's first voxel.
  func start(of run: VoxelRun) -> Int {
    size.offset(x: Int(run.x) + margin.x, y: Int(run.y) + margin.y, z: Int(run.z) + margin.z)
  }

  /// Distance in memory from a voxel to its neighbour at an offset.
  func step(_ offset: VoxelOffset) -> Int { (offset.z * size.y + offset.y) * size.x + offset.x }
}

/// A displacement from a voxel to a neighbour, in voxels.
struct VoxelOffset: Equatable, Sendable {
  var x: Int
  var y: Int
  var z: Int

  var isForward: Bool { z != 0 ? z > 0 : y != 0 ? y > 0 : x > 0 }
}

/// The neighbours that texture matrices look at.
struct NeighbourOffsets: Sendable {
  /// One of each pair of opposite offsets: 13 at distance 1 in 3D, 4 in 2D.
  let directions: [VoxelOffset]
  /// Both of each pair: 26 at distance 1 in 3D, 8 in 2D.
  let all: [VoxelOffset]

  /// Offsets whose largest component is one of `distances`, that fit into `box` (an axis of n voxels has
  /// offsets up to n - 1), and that do not leave the plane across `excludedAxis` (0 is z, 1 is y, 2 is x).
  ///
  /// Order is PyRadiomics': from +z +y +x to -z -y -x, so that directions are the forward ones.
  init(distances: [Int], box: GridSize, excludedAxis: Int?) {
    let reach = distances.max() ?? 0
    func range(_ extent: Int, _ axis: Int) -> [Int] {
      let limit = axis == excludedAxis ? 0 : min(reach, extent - 1)
      return (-limit...limit).reversed()
    }
    var found: [VoxelOffset] = []
    for z in range(box.z, 0) {
      for y in range(box.y, 1) {
        for x in range(box.x, 2) where distances.contains(max(abs(x), abs(y), abs(z))) {
          found.append(VoxelOffset(x: x, y: y, z: z))
        }
      }
    }
    all = found
    directions = found.filter(\.isForward)
  }
}
