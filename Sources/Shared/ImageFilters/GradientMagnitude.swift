import Volumes

/// Magnitude of the gradient.
public struct GradientFilter: ImageFilter {
  public static let name = "Gradient"
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Whether the gradient is per mm rather than per voxel.
  public var usesSpacing = true

  /// The gradient per mm.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case usesSpacing = "gradientUseSpacing" }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: CodingKeys.self).read(.usesSpacing, into: &usesSpacing)
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let result = prepared.stored.gradientMagnitude(usingSpacing: usesSpacing, within: prepared.box)
    try body(DerivedImage("gradient", result))
  }
}

extension ImageType {
  /// Magnitude of the gradient.
  public static let gradient = ImageType(GradientFilter.self)
}

extension StoredVolume {
  /// As of a `Volume`; a box and the voxels around it are all that it looks at.
  func gradientMagnitude(usingSpacing: Bool, within box: VoxelBox) -> Volume {
    guard numbers == nil else { return volume.gradientMagnitude(usingSpacing: usingSpacing, within: box) }
    let seen = box.padded(by: 1, within: geometry.size)
    let part = cropped(to: seen).gradientMagnitude(usingSpacing: usingSpacing, within: box.moved(into: seen))
    return Volume(geometry: geometry.cropped(to: box), sampleType: part.sampleType, voxels: part.voxels)
  }
}

extension Volume {
  /// Magnitude of the gradient by central differences (ITK's `GradientMagnitudeImageFilter`).
  ///
  /// At the border the outermost voxel stands for its missing neighbour. Differences are per mm, or per voxel
  /// when `usingSpacing` is false. The root of the sum of squares is rounded to single precision.
  /// - Returns: an image of type `float32` on the box.
  public func gradientMagnitude(usingSpacing: Bool = true, within box: VoxelBox) -> Volume {
    let size = geometry.size
    let spacing = usingSpacing ? geometry.spacingInMillimetres : SIMD3(repeating: 1)
    let weights = 0.5 * (1 / spacing)
    let hasDepth = geometry.dimension == 3
    var result: [Double] = []
    result.reserveCapacity(box.size.voxelCount)
    for z in box.z {
      for y in box.y {
        let row = size.offset(x: 0, y: y, z: z)
        let above = size.offset(x: 0, y: max(y - 1, 0), z: z)
        let below = size.offset(x: 0, y: min(y + 1, size.y - 1), z: z)
        let behind = size.offset(x: 0, y: y, z: max(z - 1, 0))
        let before = size.offset(x: 0, y: y, z: min(z + 1, size.z - 1))
        for x in box.x {
          let left = voxels[row + max(x - 1, 0)]
          let right = voxels[row + min(x + 1, size.x - 1)]
          let alongX = weights.x * right - weights.x * left
          let alongY = weights.y * voxels[below + x] - weights.y * voxels[above + x]
          let alongZ = hasDepth ? weights.z * voxels[before + x] - weights.z * voxels[behind + x] : 0
          let sum = alongX * alongX + alongY * alongY + alongZ * alongZ
          result.append(Double(Float(sum.squareRoot())))
        }
      }
    }
    return Volume(geometry: geometry.cropped(to: box), sampleType: .float32, voxels: result)
  }
}
