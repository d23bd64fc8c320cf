import Volumes

/// The surface of a region by marching cubes: its area, the volume it encloses, its diameters.
///
/// Cubes are not turned into triangles one by one: the patch of a case is computed once, and cubes of each
/// case are counted, with the sums of their positions, in whole numbers. The result does not depend on any
/// order.
struct SurfaceMesh {
  private(set) var area = 0.0
  private(set) var volume = 0.0
  let diameters: MeshDiameters

  /// Meshes the region with a margin of one voxel on all sides.
  init(_ region: RegionOfInterest) {
    let grid = PaddedGrid(region.box.size, margin: GridSize(x: 1, y: 1, z: 1))
    var inside = [UInt8](repeating: 0, count: grid.size.voxelCount)
    for run in region.runs {
      let start = grid.start(of: run)
      for position in start..<start + Int(run.count) { inside[position] = 1 }
    }
    let spacing = region.spacingInMillimetres
    var walk = CubeWalk(size: grid.size)
    walk.visitAll(inside)
    diameters = MeshDiameters(walk.vertices, spacingInMillimetres: spacing)

    let zyx = SIMD3(spacing.z, spacing.y, spacing.x)
    for (patch, cubes) in zip(MarchingCubes.patches(spacing: zyx), walk.cubes) where cubes.count > 0 {
      let position = SIMD3(Double(cubes.z), Double(cubes.y), Double(cubes.x)) * zyx
      area += Double(cubes.count) * patch.area
      volume += Double(cubes.count) * patch.volume + (position * patch.shift).sum()
    }
    volume /= 6
  }
}

/// Visits all cubes of eight neighbouring voxels, and notes those through which the surface goes.
private struct CubeWalk {
  /// Number of cubes of one case, and the sums of their coordinates.
  struct Cubes {
    var count = 0
    var x = 0
    var y = 0
    var z = 0
  }

  let size: GridSize
  var cubes = [Cubes](repeating: Cubes(), count: 256)
  var vertices: MeshVertices

  /// Corners of a case that a column of four voxels sets, at the cube's left and at its right. Bits of a
  /// column: 1 (y, z), 2 (y+1, z), 4 (y, z+1), 8 (y+1, z+1).
  private static let left = columns(corners: [0, 3, 4, 7])
  private static let right = columns(corners: [1, 2, 5, 6])

  private static func columns(corners: [Int]) -> [Int] {
    (0..<16).map { column in
      corners.indices.reduce(0) { $0 | (column >> $1 & 1) << corners[$1] }
    }
  }

  init(size: GridSize) {
    self.size = size
    vertices = MeshVertices(size: size)
  }

  mutating func visitAll(_ inside: [UInt8]) {
    for z in 0..<size.z - 1 {
      for y in 0..<size.y - 1 { visitRow(inside.span, y: y, z: z) }
    }
  }

  private mutating func visitRow(_ inside: Span<UInt8>, y: Int, z: Int) {
    let start = size.offset(x: 1, y: y, z: z)
    let nextSlice = start + size.x * size.y
    let count = size.x - 1
    let a = inside.extracting(start..<start + count)
    let b = inside.extracting(start + size.x..<start + size.x + count)
    let c = inside.extracting(nextSlice..<nextSlice + count)
    let d = inside.extracting(nextSlice + size.x..<nextSlice + size.x + count)
    var column = 0
    for x in 0..<count {
      let next = Int(a[x] | b[x] << 1 | c[x] << 2 | d[x] << 3)
      if column != next || (column != 0 && column != 15) { visit(column, next, x: x, y: y, z: z) }
      column = next
    }
  }

  private mutating func visit(_ column: Int, _ next: Int, x: Int, y: Int, z: Int) {
    let index = Self.left[column] | Self.right[next]
    cubes[index].count += 1
    cubes[index].x += x
    cubes[index].y += y
    cubes[index].z += z
    let here = column & 1
    if here != next & 1 { vertices.add(x: 2 * x + 1, y: 2 * y, z: 2 * z) }
    if here != column >> 1 & 1 { vertices.add(x: 2 * x, y: 2 * y + 1, z: 2 * z) }
    if here != column >> 2 & 1 { vertices.add(x: 2 * x, y: 2 * y, z: 2 * z + 1) }
  }
}
