import Volumes

/// Local binary patterns on spheres.
public struct LocalBinaryPattern3DFilter: ImageFilter {
  public static let name = "LBP3D"
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)
  public static let dependsOnWholeImage = true

  /// Number of degrees of spherical harmonics.
  public var levels = 2
  /// Radius of the sphere of neighbours, in voxels.
  public var icosphereRadius: Double = 1
  /// How often the faces of the icosahedron are divided in four.
  public var icosphereSubdivision = 1

  /// Two degrees of the 42 neighbours at one voxel.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case levels = "lbp3DLevels"
    case icosphereRadius = "lbp3DIcosphereRadius"
    case icosphereSubdivision = "lbp3DIcosphereSubdivision"
  }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.levels, into: &levels)
    try values.read(.icosphereRadius, into: &icosphereRadius)
    try values.read(.icosphereSubdivision, into: &icosphereSubdivision)
  }

  public func validate() throws(ImageFilterError) {
    try require((1...16).contains(levels), "lbp3DLevels is \(levels); expected 1 to 16")
    try require(
      icosphereRadius > 0 && icosphereRadius <= 1e6,
      "lbp3DIcosphereRadius is \(icosphereRadius); expected more than 0 and at most 1000000 voxels")
    try require(
      (0...4).contains(icosphereSubdivision),
      "lbp3DIcosphereSubdivision is \(icosphereSubdivision); expected 0 to 4 (2562 neighbours)")
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let names = (1...levels).map { "lbp-3D-m\($0)" } + ["lbp-3D-k"]
    guard prepared.geometry.dimension == 3 else {
      let reason = "LBP3D needs an image of three dimensions"
      for name in names { try body(DerivedImage(name: name, content: .skipped(reason: reason))) }
      return
    }
    try prepared.checkFinite(for: Self.name)
    let images = prepared.stored.finiteLocalBinaryPattern3D(
      by: self, mask: prepared.mask, within: prepared.box)
    for (name, image) in zip(names, images) { try body(DerivedImage(name, image)) }
  }
}

extension ImageType {
  /// Local binary patterns on spheres.
  public static let localBinaryPattern3D = ImageType(LocalBinaryPattern3DFilter.self)
}

extension Volume {
  /// Rotation invariant local binary patterns on a sphere (Banerjee et al., ACCV Workshops 2012), as
  /// PyRadiomics computes them.
  ///
  /// Around each voxel of the region the image is interpolated by a cubic B-spline at the corners of an
  /// icosphere (SciPy's `map_coordinates`: mirrored coefficients, 0 outside the image, rounded to the sample
  /// type). The signs of the differences to the voxel are expanded in spherical harmonics; image `m1`, `m2` …
  /// are the norms of degree 0, 1 …, image `k` is the excess kurtosis of the interpolated values, NaN where
  /// they are all equal. The icosphere's x is laid along the slowest axis, as PyRadiomics does.
  /// - Returns: `filter.levels + 1` images of type `float64` on the box, 0 outside the region.
  /// - Throws: `nonFiniteVoxel`, wherever in the image.
  public func localBinaryPattern3D(
    by filter: LocalBinaryPattern3DFilter = .init(), mask: Mask, within box: VoxelBox
  ) throws(ImageFilterError) -> [Volume] {
    let stored = StoredVolume(self)
    try stored.checkFinite(for: LocalBinaryPattern3DFilter.name)
    return stored.finiteLocalBinaryPattern3D(by: filter, mask: mask, within: box)
  }
}

extension StoredVolume {
  /// As `Volume.localBinaryPattern3D`, of an image without voxels that are no numbers.
  fileprivate func finiteLocalBinaryPattern3D(
    by filter: LocalBinaryPattern3DFilter, mask: Mask, within box: VoxelBox
  ) -> [Volume] {
    precondition(geometry.dimension == 3, "local binary patterns on a sphere need three axes")
    let sphere = Icosphere(
      subdivisions: filter.icosphereSubdivision, radius: filter.icosphereRadius)
    let harmonics = SphericalHarmonics(
      levels: filter.levels, points: sphere.vertices, radius: filter.icosphereRadius)
    let sampler = SphereSampler(image: self, vertices: sphere.vertices, box: box)
    var results = [[Double]](
      repeating: [Double](repeating: 0, count: box.size.voxelCount), count: filter.levels + 1)
    var samples = [Double](repeating: 0, count: sphere.vertices.count)
    let centres = values(in: box)
    var place = 0
    for z in box.z {
      for y in box.y {
        for x in box.x {
          defer { place += 1 }
          guard mask.voxels[geometry.size.offset(x: x, y: y, z: z)] == 1 else { continue }
          sampler.sample(x, y, z, into: &samples)
          for degree in 0..<filter.levels {
            results[degree][place] = harmonics.norm(degree: degree) { samples[$0] >= centres[place] }
          }
          results[filter.levels][place] =
            sampleType == .float32
            ? Double(excessKurtosis(samples.map { Float($0) }, resolution: 1e-6))
            : excessKurtosis(samples, resolution: 1e-15)
        }
      }
    }
    return results.map { Volume(geometry: geometry.cropped(to: box), voxels: $0) }
  }
}

/// Fourth central moment over the squared variance, minus 3 (SciPy's `kurtosis`); NaN for equal values.
private func excessKurtosis<Scalar: BinaryFloatingPoint>(_ values: [Scalar], resolution: Scalar) -> Scalar {
  let count = Scalar(values.count)
  let mean = pairwiseSum(values[...]) / count
  let squares = values.map { ($0 - mean) * ($0 - mean) }
  let second = pairwiseSum(squares[...]) / count
  if second <= (resolution * mean) * (resolution * mean) { return .nan }
  return pairwiseSum(squares.map { $0 * $0 }[...]) / count / (second * second) - 3
}
