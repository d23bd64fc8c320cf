import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `Shape` {
  private let line = RadiomicsSettings.with { $0.minimumROIDimensions = 1 }

  /// Mesh vertices: middles between a voxel inside and one outside, in millimetres.
  private func vertices(_ region: TestRegion) -> [SIMD3<Double>] {
    let levels = region.mask.map(Int.init)
    return region.positions.flatMap { p in
      [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)].compactMap { step in
        let (dx, dy, dz) = step
        if region.level(levels, x: p.x + dx, y: p.y + dy, z: p.z + dz) == 1 { return nil }
        let middle = SIMD3(
          Double(p.x) + Double(dx) / 2, Double(p.y) + Double(dy) / 2, Double(p.z) + Double(dz) / 2)
        return middle * region.spacing
      }
    }
  }

  private func diameter(
    _ points: [SIMD3<Double>], where holds: (SIMD3<Double>, SIMD3<Double>) -> Bool = { _, _ in true }
  ) -> Double {
    var largest = 0.0
    for (index, a) in points.enumerated() {
      for b in points[..<index] where holds(a, b) { largest = max(largest, ((a - b) * (a - b)).sum()) }
    }
    return largest.squareRoot()
  }

  @Test(arguments: [(1, 0.5), (2, 0.1), (3, 0.9), (4, 0.02), (5, 0.3)])
  func `diameters equal those of all pairs of vertices`(_ seed: UInt64, _ density: Double) throws {
    var region = TestRegion(random: seed, size: GridSize(x: 8, y: 7, z: 6), levels: 2, density: density)
    region.spacing = [0.7, 1.3, 2.5]
    region.mask[region.size.offset(x: 5, y: 5, z: 5)] = 1
    let points = vertices(region)
    let values = try region.values(.shape, line)
    for (name, expected) in [
      ("Maximum3DDiameter", diameter(points)),
      ("Maximum2DDiameterSlice", diameter(points) { $0.z == $1.z }),
      ("Maximum2DDiameterColumn", diameter(points) { $0.y == $1.y }),
      ("Maximum2DDiameterRow", diameter(points) { $0.x == $1.x }),
    ] {
      #expect(abs(try #require(values[name]) - expected) < 1e-13 * expected, "\(name)")
    }
  }

  @Test func `diameters of a ball equal those of all pairs of vertices`() throws {
    let size = GridSize(x: 17, y: 17, z: 17)
    var ball = TestRegion(
      size: size, image: [Double](repeating: 1, count: size.voxelCount),
      mask: [UInt8](repeating: 1, count: size.voxelCount))
    for p in ball.positions {
      let square = (p.x - 8) * (p.x - 8) + (p.y - 8) * (p.y - 8) + (p.z - 8) * (p.z - 8)
      ball.mask[size.offset(x: p.x, y: p.y, z: p.z)] = square <= 68 ? 1 : 0
    }
    let value = try #require(try ball.values(.shape)["Maximum3DDiameter"])
    #expect(abs(value - diameter(vertices(ball))) < 1e-13)
  }

  /// Around two voxels the mesh is an octahedron cut apart and moved one voxel: volume 1/6 + 1/2,
  /// area √3 and a belt of four sides √½ long.
  @Test func `mesh of two voxels is a stretched octahedron`() throws {
    let values = try TestRegion([[[1, 1]]]).values(.shape, line)
    #expect(abs(try #require(values["MeshVolume"]) - 2.0 / 3) < 1e-14)
    let area = 3.0.squareRoot() + 4 * 0.5.squareRoot()
    #expect(abs(try #require(values["SurfaceArea"]) - area) < 1e-14)
    #expect(values["VoxelVolume"] == 2)
    #expect(values["Maximum3DDiameter"] == 2)
  }

  /// The mesh is the Minkowski sum of the cube of voxel centres (edge n - 1) and the octahedron of one voxel.
  @Test(arguments: [2, 3, 10]) func `mesh of a cube is a cube with its edges and corners cut`(_ edge: Int)
    throws
  {
    let cube = TestRegion(
      [[[Double]]](
        repeating: [[Double]](repeating: [Double](repeating: 1, count: edge), count: edge), count: edge))
    let values = try cube.values(.shape)
    let inner = Double(edge) - 1
    let volume = inner * inner * inner + 6 * inner * inner / 2 + 12 * inner / 8 + 1.0 / 6
    #expect(abs(try #require(values["MeshVolume"]) - volume) < 1e-10)
    let area = 6 * inner * inner + 12 * inner * 0.5.squareRoot() + 3.0.squareRoot()
    #expect(abs(try #require(values["SurfaceArea"]) - area) < 1e-10)
    #expect(abs(try #require(values["Elongation"]) - 1) < 1e-12)
  }

  @Test func `scales with the spacing`() throws {
    var region = TestRegion(random: 4, size: GridSize(x: 9, y: 8, z: 7), levels: 2)
    let small = try region.values(.shape)
    region.spacing = [2, 2, 2]
    let large = try region.values(.shape)
    for (name, power) in [
      ("MeshVolume", 8.0), ("SurfaceArea", 4), ("Maximum3DDiameter", 2), ("Sphericity", 1),
    ] {
      let (a, b) = (try #require(small[name]), try #require(large[name]))
      #expect(abs(b - power * a) < 1e-12 * b, "\(name)")
    }
  }

  @Test func `does not depend on where the region lies`() throws {
    let region = TestRegion(random: 4, size: GridSize(x: 5, y: 6, z: 4), levels: 2, density: 1)
    let large = GridSize(x: 12, y: 12, z: 12)
    var moved = TestRegion(
      size: large, image: [Double](repeating: 0, count: large.voxelCount),
      mask: [UInt8](repeating: 0, count: large.voxelCount))
    for p in region.positions { moved.mask[large.offset(x: p.x + 7, y: p.y + 3, z: p.z + 8)] = 1 }
    #expect(try region.values(.shape) == moved.values(.shape))
  }

  /// Voxel centres 0...3 along x have variance 5/4, 0 and 1 along y have 1/4.
  @Test func `axes come from the covariance of voxel centres`() throws {
    var plate = TestRegion([[[1, 1, 1, 1], [1, 1, 1, 1]]])
    plate.spacing = [2, 1, 1]
    let values = try plate.values(.shape)
    #expect(abs(try #require(values["MajorAxisLength"]) - 4 * 5.0.squareRoot()) < 1e-14)
    #expect(values["MinorAxisLength"] == 2)
    #expect(values["LeastAxisLength"] == 0)
    #expect(values["Flatness"] == 0)
  }
}

@Suite struct `Shape in a plane` {
  private let plate = TestRegion([[[1, 1, 1], [1, 1, 1]]])
  private let planar = RadiomicsSettings.with { $0.force2D = true }

  /// The outline of 3 x 2 pixels: a rectangle without its corners, each a triangle of 1/8.
  @Test func `of a rectangle is what paper and pencil give`() throws {
    let values = try plate.values(.shape2D, planar)
    #expect(values["MeshSurface"] == 5.5)
    #expect(values["PixelSurface"] == 6)
    let perimeter = 6 + 4 * 0.5.squareRoot()
    #expect(abs(try #require(values["Perimeter"]) - perimeter) < 1e-14)
    #expect(abs(try #require(values["MaximumDiameter"]) - 10.0.squareRoot()) < 1e-14)
    let sphericity = 2 * (Double.pi * 5.5).squareRoot() / perimeter
    #expect(abs(try #require(values["Sphericity"]) - sphericity) < 1e-14)
  }

  @Test func `is the same for a slice across any axis`() throws {
    let expected = try plate.values(.shape2D, planar)
    let acrossY = TestRegion([[[1, 1, 1]], [[1, 1, 1]]])
    let acrossX = TestRegion([[[1], [1], [1]], [[1], [1], [1]]])
    for (axis, region) in [(1, acrossY), (2, acrossX)] {
      let settings = RadiomicsSettings.with {
        $0.force2D = true
        $0.force2Ddimension = axis
      }
      #expect(try region.values(.shape2D, settings) == expected)
    }
  }

  @Test func `of a picture needs no setting`() throws {
    var picture = plate
    picture.dimension = 2
    #expect(try picture.values(.shape2D) == plate.values(.shape2D, planar))
  }
}
