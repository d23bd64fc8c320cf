/// Triangles of marching cubes: the surface between voxels inside and outside the region within one cube of
/// eight voxel centres, its vertices half-way along the cube's edges.
///
/// Corners and edges are numbered as by Lorensen & Cline (Computer Graphics 21(4), 1987) and Bourke
/// ("Polygonising a scalar field", 1994): corners 0-3 go round the lower face by x, y, -x, corners 4-7 lie
/// above them; edges 0-3 lie between corners of the lower face, 4-7 between those of the upper face, 8-11
/// join the faces. Which diagonals cut a face of four or more vertices changes area and volume: those here
/// are PyRadiomics', whose mesh defines MeshVolume and SurfaceArea.
enum MarchingCubes {
  /// Triangles of the cases in which corner 7 is outside, three hexadecimal digits each: its edges. Bit `k`
  /// of a case says that corner `k` is inside. A case above 127 has the triangles of its complement, turned
  /// over.
  private static let triangles: [String] = [
    "", "083", "019", "183198", "12a", "08312a", "0292a9", "2832a88a9", "23b", "08b0b2", "01923b",
    "19b1b28b9", "13a3ba", "08a0a18ba", "0393b99ba", "8a98ba", "478", "043347", "019478", "147173194",
    "12a478", "04312a347", "0292a9478", "2732972a9479", "23b478", "04224b47b", "01923b478", "19229b47b4b9",
    "13a3ba478", "04114b1ba47b", "0393b94789ba", "47b4b99ba", "495", "083495", "015054", "153358485",
    "12a495", "08312a495", "0242542a5", "2532a5348354", "23b495", "08b0b2495", "01505423b", "15225828b485",
    "13a3ba495", "08a0a14958ba", "03b0540b55ba", "48558a8ba", "579789", "093357395", "017078157", "157173",
    "12a579789", "09312a357395", "0282582a5578", "2532a5357", "23b579789", "09227b297579", "01815717823b",
    "15717b1b2", "13a3ba579789", "05707b0950a10ba", "03b0570780a50ba", "57b5ba", "5a6", "0835a6", "0195a6",
    "1831985a6", "126165", "083126165", "026069596", "258265283598", "23b5a6", "08b0b25a6", "01923b5a6",
    "19b1b25a68b9", "1353653b6", "05108b0b55b6", "0360590653b6", "59669b8b9", "4785a6", "0433475a6",
    "0194785a6", "1471731945a6", "126165478", "043126165347", "026069478596", "269293397479596",
    "23b4785a6", "04224b47b5a6", "01923b4785a6", "19229b47b4b95a6", "1353653b6478", "04b0b11b547b5b6",
    "0360590653b6478", "47959669b7b9", "49a4a6", "08349a4a6", "01a0640a6", "1681831a6486", "124149264",
    "083124149264", "024264", "248264283", "23b49a4a6", "08b0b249a4a6", "01a0640a623b", "14816418b1a61b2",
    "1393693b6496", "08114916418b1b6", "0360643b6", "48668b", "67a78a89a", "07309a0a767a", "0181781a767a",
    "1731a767a", "126168189678", "093129269397679", "026067078", "267273", "23b67a78a89a",
    "07209727b67a79a", "0181781a723b67a", "16717b1a61b2", "1361693b6678689", "09167b", "03b0670780b6",
    "67b",
  ]

  /// Middle of each edge in halves of the cube's edge, as (z, y, x).
  private static let middles: [SIMD3<Double>] = [
    [0, 0, 1], [0, 1, 2], [0, 2, 1], [0, 1, 0], [2, 0, 1], [2, 1, 2], [2, 2, 1], [2, 1, 0],
    [1, 0, 0], [1, 0, 2], [1, 2, 2], [1, 2, 0],
  ]

  /// What the triangles of one case add to the mesh of a cube at the origin.
  struct Patch {
    var area = 0.0
    /// Six times the volume between the triangles and the origin, with sign.
    var volume = 0.0
    /// What a displacement of the cube adds to `volume`: the scalar product of both.
    var shift = SIMD3<Double>(0, 0, 0)
  }

  /// The patches of all 256 cases, for a spacing given as (z, y, x).
  static func patches(spacing: SIMD3<Double>) -> [Patch] {
    let below = triangles.map { patch(triangles: $0, spacing: spacing) }
    return (0..<256).map { index in
      if index < 128 { return below[index] }
      let complement = below[255 - index]
      return Patch(area: complement.area, volume: -complement.volume, shift: -complement.shift)
    }
  }

  private static func patch(triangles: String, spacing: SIMD3<Double>) -> Patch {
    let vertices = triangles.compactMap(\.hexDigitValue).map { middles[$0] * 0.5 * spacing }
    var patch = Patch()
    for first in stride(from: 0, to: vertices.count, by: 3) {
      let (a, b, c) = (vertices[first], vertices[first + 1], vertices[first + 2])
      let normal = cross(a - c, b - c)
      patch.area += (normal * normal).sum().squareRoot() / 2
      patch.volume += (cross(a, b) * c).sum()
      patch.shift += normal
    }
    return patch
  }

  private static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}
