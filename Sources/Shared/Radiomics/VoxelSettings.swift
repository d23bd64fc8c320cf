/// How maps by voxel are computed, under PyRadiomics' names and with its defaults (section `voxelSetting`).
public struct VoxelSettings: Codable, Equatable, Sendable {
  /// Chebyshev distance, in voxels, from a voxel to the last of its kernel: 1 for a cube of 27.
  public var kernelRadius = 1
  /// Whether a kernel holds voxels of the region only; else it holds all voxels of the image that lie in it.
  public var maskedKernel = true
  /// Value of a map outside the region; may be NaN.
  public var initValue: Double = 0
  /// How many kernels PyRadiomics holds in memory at a time; accepted, and without effect on values here.
  public var voxelBatch = -1

  /// PyRadiomics' defaults.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case kernelRadius, maskedKernel, initValue, voxelBatch }

  /// Names of all settings in a parameter file.
  public static let names = CodingKeys.allCases.map(\.rawValue)

  /// Reads the settings that are present; the others keep their defaults.
  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.kernelRadius, into: &kernelRadius)
    try values.read(.maskedKernel, into: &maskedKernel)
    try values.read(.initValue, into: &initValue)
    try values.read(.voxelBatch, into: &voxelBatch)
  }

  /// Checks every setting against its range.
  /// - Throws: `invalidSetting`.
  public func validate() throws(RadiomicsError) {
    try require((1...100).contains(kernelRadius), "kernelRadius is \(kernelRadius); expected 1 to 100")
    try require(!initValue.isInfinite, "initValue is \(initValue); expected a finite number or NaN")
    try require(
      voxelBatch == -1 || voxelBatch > 0, "voxelBatch is \(voxelBatch); expected -1, or a number of voxels")
  }
}
