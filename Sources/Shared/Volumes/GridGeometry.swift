/// Number of voxels along each axis of a grid; `x` varies fastest in memory.
public struct GridSize: Hashable, Sendable, Codable {
  /// Voxels along x.
  public var x: Int
  /// Voxels along y.
  public var y: Int
  /// Voxels along z; 1 for a picture.
  public var z: Int

  /// A size along each axis.
  public init(x: Int, y: Int, z: Int) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// Number of voxels, `x · y · z`.
  public var voxelCount: Int { x * y * z }

  /// The most voxels that an image may have, read from a file or resampled: 2²⁸, as 512 × 512 × 1024, which are 2 GiB.
  public static let voxelLimit = 1 << 28

  /// Position of a voxel in memory.
  public func offset(x: Int, y: Int, z: Int) -> Int { (z * self.y + y) * self.x + x }
}

/// Where a grid of voxels lies in the patient: size, spacing, origin and axis directions.
///
/// Coordinates are DICOM's and ITK's: millimetres, +x to the patient's left, +y to the back, +z to the head
/// (LPS). The centre of voxel `(i, j, k)` lies at `origin + i·spacing.x·direction[0] + …`.
public struct GridGeometry: Equatable, Sendable {
  /// Number of voxels along each axis.
  public var size: GridSize
  /// Distance of voxel centres along x, y and z of the grid, in millimetres.
  public var spacingInMillimetres: SIMD3<Double>
  /// Centre of the first voxel, in millimetres.
  public var originInMillimetres: SIMD3<Double>
  /// Unit vectors of the x, y and z axes of the grid (the columns of ITK's direction matrix).
  public var directions: [SIMD3<Double>]
  /// 2 for a picture without a third axis (PNG), else 3. A 2D grid has `size.z == 1`.
  public var dimension: Int

  /// Spacings, in mm, whose reciprocals, squares and products keep their digits: from a femtometre to a million
  /// kilometres, beyond whatever was imaged.
  public static let readableSpacings = 1e-12...1e12

  /// Directions of a grid whose axes are those of the patient.
  public static let axisAligned: [SIMD3<Double>] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]

  /// A grid; unless said otherwise of 1 mm, at the origin, along the axes of the patient, in three dimensions.
  /// - Parameters:
  ///   - size: number of voxels along each axis.
  ///   - spacingInMillimetres: distance of voxel centres along each axis of the grid.
  ///   - originInMillimetres: centre of the first voxel.
  ///   - directions: three unit vectors, one for each axis of the grid, at right angles.
  ///   - dimension: 3, or 2 for a picture, which has one slice.
  public init(
    size: GridSize,
    spacingInMillimetres: SIMD3<Double> = [1, 1, 1],
    originInMillimetres: SIMD3<Double> = [0, 0, 0],
    directions: [SIMD3<Double>] = GridGeometry.axisAligned,
    dimension: Int = 3
  ) {
    precondition(directions.count == 3, "a grid has three axis directions")
    precondition(dimension == 3 || size.z == 1, "a 2D grid has one slice")
    self.size = size
    self.spacingInMillimetres = spacingInMillimetres
    self.originInMillimetres = originInMillimetres
    self.directions = directions
    self.dimension = dimension
  }

  /// Volume of one voxel in mm³ (for a 2D grid: area in mm², its third spacing being 1).
  public var voxelVolume: Double {
    spacingInMillimetres.x * spacingInMillimetres.y * spacingInMillimetres.z
  }
}
