/// Number type that a voxel had in its file.
///
/// Values are kept as `Double`, but PyRadiomics' results depend on the type: resampling truncates integers,
/// a wavelet of `float32` is computed in single precision.
public enum SampleType: String, Sendable, Codable, CaseIterable {
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64

  /// Whether values are whole numbers.
  public var isInteger: Bool { self != .float32 && self != .float64 }
}

extension SampleType {
  /// Width of one sample in a file.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

/// A scalar image on a grid; voxels in x-fastest order.
public struct Volume: Sendable {
  /// Where the voxels lie.
  public let geometry: GridGeometry
  /// The number type that the values had in their file.
  public let sampleType: SampleType
  /// Intensities, x varying fastest, then y, then z.
  public var voxels: [Double]

  /// An image of one value for each voxel of the grid; another number of values is a programming error.
  public init(geometry: GridGeometry, sampleType: SampleType = .float64, voxels: [Double]) {
    precondition(voxels.count == geometry.size.voxelCount, "one value for each voxel of the grid")
    self.geometry = geometry
    self.sampleType = sampleType
    self.voxels = voxels
  }
}

/// A region of interest on a grid: 1 inside, 0 outside; voxels in x-fastest order.
public struct Mask: Sendable {
  /// Where the voxels lie.
  public let geometry: GridGeometry
  /// 1 inside the region and 0 outside, x varying fastest, then y, then z.
  public var voxels: [UInt8]

  /// A region of one value, 0 or 1, for each voxel of the grid; another number of values is a programming error.
  public init(geometry: GridGeometry, voxels: [UInt8]) {
    precondition(voxels.count == geometry.size.voxelCount, "one value for each voxel of the grid")
    self.geometry = geometry
    self.voxels = voxels
  }

  /// Number of voxels inside the region.
  public var count: Int { voxels.reduce(0) { $0 + Int($1) } }

  /// Smallest box that holds the region; `nil` when the region is empty.
  public var boundingBox: VoxelBox? {
    let size = geometry.size
    var (minX, minY, minZ) = (size.x, size.y, size.z)
    var (maxX, maxY, maxZ) = (-1, -1, -1)
    unsafe voxels.withUnsafeBufferPointer { voxels in
      for z in 0..<size.z {
        for y in 0..<size.y {
          let row = unsafe UnsafeBufferPointer(
            rebasing: voxels[size.offset(x: 0, y: y, z: z)...].prefix(size.x))
          var any: UInt8 = 0
          for x in 0..<row.count { any |= unsafe row[x] }
          guard any != 0, let first = unsafe row.firstIndex(of: 1), let last = unsafe row.lastIndex(of: 1)
          else { continue }
          (minX, minY, minZ) = (min(minX, first), min(minY, y), min(minZ, z))
          (maxX, maxY, maxZ) = (max(maxX, last), max(maxY, y), max(maxZ, z))
        }
      }
    }
    guard maxX >= 0 else { return nil }
    return VoxelBox(x: minX..<maxX + 1, y: minY..<maxY + 1, z: minZ..<maxZ + 1)
  }
}

/// A box of voxels, as half-open index ranges along each axis.
public struct VoxelBox: Equatable, Sendable {
  /// Indices along x.
  public var x: Range<Int>
  /// Indices along y.
  public var y: Range<Int>
  /// Indices along z.
  public var z: Range<Int>

  /// A box of the voxels whose indices lie in all three ranges.
  public init(x: Range<Int>, y: Range<Int>, z: Range<Int>) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// Number of voxels along each axis.
  public var size: GridSize { GridSize(x: x.count, y: y.count, z: z.count) }
}
