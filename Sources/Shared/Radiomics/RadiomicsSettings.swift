/// How the distance to a neighbour weighs in co-occurrence and run length matrices.
package enum WeightingNorm: String, Codable, Sendable, CaseIterable {
  case manhattan, euclidean, infinity
  /// Directions are summed into one matrix with equal weight.
  case noWeighting = "no_weighting"
}

/// What determines feature values, under PyRadiomics' names and with its defaults.
package struct RadiomicsSettings: Codable, Equatable, Sendable {
  /// Width of a grey level, in units of intensity; not used where `binCount` is set.
  package var binWidth: Double = 25
  /// Number of grey levels between the smallest and largest intensity of the region.
  package var binCount: Int?
  /// Chebyshev distances, in voxels, at which two voxels are neighbours.
  package var distances: [Int] = [1]
  /// Whether a pair of voxels counts in both orders in the co-occurrence matrix.
  package var symmetricalGLCM = true
  /// `nil`: features are computed per direction and averaged; else: directions are weighted and summed first.
  package var weightingNorm: WeightingNorm?
  /// Largest difference of grey levels at which a neighbour is dependent.
  package var gldmAlpha = 0
  /// Whether neighbours in a 3D image lie in one plane only.
  package var force2D = false
  /// Axis across that plane, in PyRadiomics' order: 0 is z, 1 is y, 2 is x.
  package var force2Ddimension = 0
  /// Added to intensities in Energy, TotalEnergy and RootMeanSquared.
  package var voxelArrayShift: Double = 0
  /// Number of axes along which a region must be longer than one voxel.
  package var minimumROIDimensions = 2
  /// A region must have more voxels than this.
  package var minimumROISize: Int?

  package init() {}

  enum CodingKeys: String, CodingKey {
    case binWidth, binCount, distances, symmetricalGLCM, weightingNorm
    case gldmAlpha = "gldm_a"
    case force2D, force2Ddimension, voxelArrayShift, minimumROIDimensions, minimumROISize
  }

  /// Reads the settings that are present; the others keep their defaults.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, into setting: inout Value) throws {
      setting = try values.decodeIfPresent(Value.self, forKey: key) ?? setting
    }
    try read(.binWidth, into: &binWidth)
    binCount = try values.decodeIfPresent(Int.self, forKey: .binCount)
    try read(.distances, into: &distances)
    try read(.symmetricalGLCM, into: &symmetricalGLCM)
    weightingNorm = try values.decodeIfPresent(WeightingNorm.self, forKey: .weightingNorm)
    try read(.gldmAlpha, into: &gldmAlpha)
    try read(.force2D, into: &force2D)
    try read(.force2Ddimension, into: &force2Ddimension)
    try read(.voxelArrayShift, into: &voxelArrayShift)
    try read(.minimumROIDimensions, into: &minimumROIDimensions)
    minimumROISize = try values.decodeIfPresent(Int.self, forKey: .minimumROISize)
  }

  /// Checks every setting against its range.
  package func validate() throws(RadiomicsError) {
    func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(RadiomicsError) {
      if !holds { throw RadiomicsError(.invalidSetting, message()) }
    }
    try require(binWidth > 0 && binWidth.isFinite, "binWidth is \(binWidth); expected a number above 0")
    try require(
      binCount.map { (1...1_000_000).contains($0) } ?? true,
      "binCount is \(binCount ?? 0); expected 1 to 1000000")
    try require(
      !distances.isEmpty && distances.allSatisfy { $0 >= 1 } && Set(distances).count == distances.count,
      "distances is \(distances); expected different whole numbers from 1")
    try require(gldmAlpha >= 0, "gldm_a is \(gldmAlpha); expected 0 or more")
    try require(
      (0...2).contains(force2Ddimension), "force2Ddimension is \(force2Ddimension); expected 0, 1 or 2")
    try require(voxelArrayShift.isFinite, "voxelArrayShift is \(voxelArrayShift); expected a finite number")
    try require(
      (1...3).contains(minimumROIDimensions),
      "minimumROIDimensions is \(minimumROIDimensions); expected 1, 2 or 3")
  }
}
