/// Levels of sixteen voxels that follow each other along x.
typealias VoxelVector = SIMD16<UInt8>

/// Tallies of the neighbours of sixteen voxels that follow each other along x, for levels up to 255 and at most 255
/// neighbours.
///
/// All stays in bytes and in registers while the neighbours pass: a comparison gives 255 for true, which is
/// -1, so that subtracting it counts. Sums of levels need 16 bits; those of even and of odd lanes are kept apart,
/// which saves unpacking.
struct VoxelSurroundings {
  /// Number of neighbours inside the region.
  private(set) var counts = VoxelVector.zero
  /// Number of those whose level differs by no more than alpha.
  private(set) var dependent = VoxelVector.zero
  private var evenSums = SIMD8<UInt16>.zero
  private var oddSums = SIMD8<UInt16>.zero

  /// - Parameters:
  ///   - start: position of the first voxel; the last may lie outside the region, their tallies mean nothing.
  ///   - levels: levels on a padded grid with a vector's length behind it, 0 outside the region.
  ///   - steps: distances to the neighbours.
  @inline(__always)
  init(of start: Int, in levels: Span<UInt8>, _ steps: Span<Int>, alpha: UInt8) {
    let voxels = Self.vector(levels, at: start)
    let alpha = VoxelVector(repeating: alpha)
    for index in steps.indices {
      let others = Self.vector(levels, at: unsafe start &+ steps[unchecked: index])
      let isLower = Self.allOnes(voxels .< others)
      let difference = ((voxels &- others) ^ isLower) &- isLower
      let isInside = Self.allOnes(others .!= .zero)
      counts &-= isInside
      dependent &-= isInside & Self.allOnes(difference .<= alpha)
      let pairs = unsafe unsafeBitCast(others, to: SIMD8<UInt16>.self)
      evenSums &+= pairs & SIMD8(repeating: 0xFF)
      oddSums &+= pairs &>> SIMD8(repeating: 8)
    }
  }

  /// Sum of the levels of a voxel's neighbours.
  @inline(__always)
  func sum(_ lane: Int) -> UInt16 { lane % 2 == 0 ? evenSums[lane / 2] : oddSums[lane / 2] }

  @inline(__always)
  private static func vector(_ levels: Span<UInt8>, at position: Int) -> VoxelVector {
    precondition(
      position >= 0 && position &+ VoxelVector.scalarCount <= levels.count, "the vector lies in the grid")
    return unsafe levels.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: VoxelVector.self)
  }

  /// 255 where true, 0 elsewhere.
  @inline(__always)
  private static func allOnes(_ mask: SIMDMask<SIMD16<Int8>>) -> VoxelVector {
    unsafe unsafeBitCast(mask, to: VoxelVector.self)
  }
}
