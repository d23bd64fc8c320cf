import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `Morphology in IBSI's definitions` {
  private func cube(_ edge: Int) -> TestRegion {
    TestRegion(
      [[[Double]]](
        repeating: [[Double]](repeating: [Double](repeating: 1, count: edge), count: edge), count: edge))
  }

  private func expect(_ values: [String: Double], _ tag: String, _ expected: Double, within tolerance: Double)
    throws
  {
    let value = try #require(values["morph_" + tag])
    #expect(abs(value - expected) <= tolerance * abs(expected), "\(tag): \(value), \(expected)")
  }

  /// The mesh of a voxel is an octahedron with corners half a voxel away: volume 1/6 and area √3. Its
  /// smallest box has a side on one of its faces: height 1/√3 and a hexagon of width √(1/2) and length √(2/3)
  /// as its shadow.
  @Test func `of one voxel is that of an octahedron`() throws {
    let values = try TestRegion([[[7]]]).ibsi(.morphology)
    try expect(values, "volume", 1.0 / 6, within: 1e-14)
    try expect(values, "area_mesh", 3.0.squareRoot(), within: 1e-14)
    try expect(values, "vol_approx", 1, within: 0)
    try expect(values, "diam", 1, within: 1e-15)
    try expect(values, "vol_dens_aabb", 1.0 / 6, within: 1e-14)
    try expect(values, "area_dens_aabb", 3.0.squareRoot() / 6, within: 1e-14)
    try expect(values, "vol_dens_conv_hull", 1, within: 1e-14)
    try expect(values, "area_dens_conv_hull", 1, within: 1e-14)
    try expect(values, "vol_dens_ombb", 0.5, within: 1e-14)
    let (a, b, c) = ((1.0 / 3).squareRoot(), 0.5.squareRoot(), (2.0 / 3).squareRoot())
    try expect(values, "area_dens_ombb", 3.0.squareRoot() / (2 * (a * b + b * c + c * a)), within: 1e-14)
    try expect(values, "vol_dens_mvee", 1 / Double.pi, within: 1e-6)
    try expect(values, "area_dens_mvee", 3.0.squareRoot() / Double.pi, within: 1e-6)
    try expect(values, "integ_int", 7.0 / 6, within: 1e-14)
    #expect(values["morph_com"] == 0)
  }

  @Test func `densities by enclosing bodies do not see the spacing but for areas`() throws {
    var voxel = TestRegion([[[7]]])
    voxel.spacing = [0.5, 3, 2]
    let values = try voxel.ibsi(.morphology)
    try expect(values, "volume", 0.5, within: 1e-14)
    try expect(values, "vol_dens_aabb", 1.0 / 6, within: 1e-14)
    try expect(values, "vol_dens_mvee", 1 / Double.pi, within: 1e-6)
  }

  /// A cube's mesh is convex, and its corners lie on a sphere: half an edge out on one axis, half an edge
  /// less half a voxel on the others.
  @Test(arguments: [2, 3, 6]) func `of a cube has the hull of a cube and a sphere around`(_ edge: Int) throws
  {
    let values = try cube(edge).ibsi(.morphology)
    let (half, less) = (Double(edge) / 2, Double(edge - 1) / 2)
    let radius = (half * half + 2 * less * less).squareRoot()
    let volume = try #require(values["morph_volume"])
    try expect(values, "vol_dens_conv_hull", 1, within: 1e-13)
    try expect(values, "area_dens_conv_hull", 1, within: 1e-13)
    try expect(values, "vol_dens_mvee", volume / (4 * Double.pi / 3 * radius * radius * radius), within: 1e-6)
    try expect(values, "vol_dens_aabb", volume / Double(edge * edge * edge), within: 1e-13)
    #expect(try #require(values["morph_vol_dens_ombb"]) >= #require(values["morph_vol_dens_aabb"]))
    let axis =
      4
      * (Double(edge * edge - 1) / 12 * Double(edge * edge * edge) / Double(edge * edge * edge - 1))
      .squareRoot()
    try expect(values, "pca_maj_axis", axis, within: 1e-13)
    try expect(values, "vol_dens_aee", volume / (Double.pi / 6 * axis * axis * axis), within: 1e-12)
    let area = try #require(values["morph_area_mesh"])
    try expect(values, "area_dens_aee", area / (Double.pi * axis * axis), within: 1e-12)
  }

  /// A plate on its edge: the box that follows it is far smaller than the one along the axes.
  @Test func `finds the box of a body that lies askew`() throws {
    let size = GridSize(x: 14, y: 14, z: 4)
    var plate = TestRegion(
      size: size, image: [Double](repeating: 1, count: size.voxelCount),
      mask: [UInt8](repeating: 0, count: size.voxelCount))
    for i in 0..<14 {
      for z in 0..<4 { plate.mask[size.offset(x: i, y: i, z: z)] = 1 }
    }
    let values = try plate.ibsi(.morphology)
    // Corners at distance 1/2 across and 13√2 + 1/√2 along the diagonal.
    let volume = try #require(values["morph_volume"])
    let box = (13 * 2.0.squareRoot() + 0.5.squareRoot()) * 0.5.squareRoot() * 4
    try expect(values, "vol_dens_ombb", volume / box, within: 1e-12)
    #expect(try #require(values["morph_vol_dens_aabb"]) < 0.2 * volume / box)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `encloses a region in ever wider bodies`(_ seed: UInt64) throws
  {
    var region = TestRegion(random: seed, size: GridSize(x: 9, y: 7, z: 6), levels: 4, density: 0.2)
    region.spacing = [0.7, 1, 2.5]
    let values = try region.ibsi(.morphology)
    let hull = try #require(values["morph_vol_dens_conv_hull"])
    let box = try #require(values["morph_vol_dens_ombb"])
    #expect(hull > box)
    #expect(hull > values["morph_vol_dens_mvee"] ?? 1)
    #expect(box >= values["morph_vol_dens_aabb"] ?? 1)
    // John's theorem: the smallest ellipsoid, shrunk to a third, lies within the hull.
    #expect(try #require(values["morph_vol_dens_mvee"]) > hull / 27)
  }

  @Test func `centre of mass shift is the distance of two middles`() throws {
    var row = TestRegion([[[1, 1, 2, 6]]])
    row.spacing = [2, 1, 1]
    // Middle of the form 1.5, of intensities (0 + 1 + 4 + 18) / 10 = 2.3 voxels of 2 mm.
    try expect(try row.ibsi(.morphology), "com", 1.6, within: 1e-14)
  }

  @Test(arguments: [[9, 7, 6], [1, 12, 5], [17, 1, 1], [4, 9, 1]])
  func `autocorrelations are the double sums of their definition`(_ extents: [Int]) throws {
    let size = GridSize(x: extents[0], y: extents[1], z: extents[2])
    var region = TestRegion(random: 1, size: size, levels: 30, density: 0.6)
    region.spacing = [0.7, 1.1, 2.5]
    let points = region.positions.map { p in
      (
        place: SIMD3(Double(p.x), Double(p.y), Double(p.z)) * region.spacing,
        value: region.image[size.offset(x: p.x, y: p.y, z: p.z)]
      )
    }
    let count = Double(points.count)
    let mean = points.reduce(0) { $0 + $1.value } / count
    var (weights, products, squares, total) = (0.0, 0.0, 0.0, 0.0)
    for (i, a) in points.enumerated() {
      total += (a.value - mean) * (a.value - mean)
      for (j, b) in points.enumerated() where i != j {
        let way = a.place - b.place
        let weight = 1 / (way * way).sum().squareRoot()
        weights += weight
        products += weight * (a.value - mean) * (b.value - mean)
        squares += weight * (a.value - b.value) * (a.value - b.value)
      }
    }
    let values = try region.ibsi(.morphology)
    let moran = count / weights * products / total
    #expect(abs(try #require(values["morph_moran_i"]) - moran) < 1e-13)
    let geary = (count - 1) / (2 * weights) * squares / total
    #expect(abs(try #require(values["morph_geary_c"]) - geary) < 1e-13)
  }

  @Test func `does not depend on where the region lies`() throws {
    let region = TestRegion(random: 4, size: GridSize(x: 5, y: 6, z: 4), levels: 9, density: 0.8)
    let large = GridSize(x: 12, y: 12, z: 12)
    var moved = TestRegion(
      size: large, image: [Double](repeating: 0, count: large.voxelCount),
      mask: [UInt8](repeating: 0, count: large.voxelCount))
    for p in region.positions {
      let target = large.offset(x: p.x + 7, y: p.y + 3, z: p.z + 8)
      moved.mask[target] = 1
      moved.image[target] = region.image[region.size.offset(x: p.x, y: p.y, z: p.z)]
    }
    #expect(try region.ibsi(.morphology) == moved.ibsi(.morphology))
  }
}
