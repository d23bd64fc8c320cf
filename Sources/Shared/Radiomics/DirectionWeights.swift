import ElementaryFunctions

/// Length of the way to a neighbour in millimetres, by the norm of `weightingNorm`.
struct DirectionWeights {
  let norm: WeightingNorm
  let spacingInMillimetres: SIMD3<Double>

  /// Weight of a direction's co-occurrence matrix, `exp(-d²)`.
  func cooccurrence(_ offset: VoxelOffset) -> Double {
    guard norm != .noWeighting else { return 1 }
    let distance = distance(offset)
    return Elementary.exp(-(distance * distance))
  }

  /// Weight of a direction's run length matrix, `d`.
  func runLength(_ offset: VoxelOffset) -> Double { norm == .noWeighting ? 1 : distance(offset) }

  private func distance(_ offset: VoxelOffset) -> Double {
    let z = Double(abs(offset.z)) * spacingInMillimetres.z
    let y = Double(abs(offset.y)) * spacingInMillimetres.y
    let x = Double(abs(offset.x)) * spacingInMillimetres.x
    return switch norm {
    case .manhattan: z + y + x
    case .euclidean: (z * z + y * y + x * x).squareRoot()
    case .infinity: max(z, y, x)
    case .noWeighting: 1
    }
  }
}
