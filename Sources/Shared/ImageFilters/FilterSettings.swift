/// Width of a Laplacian of Gaussian, as a parameter file has it.
package struct FilterScale: Codable, Equatable, Sendable {
  /// Standard deviation of the Gaussian, in mm.
  package var millimetres: Double
  /// The number as it was written, which names the image: `1.0` gives `log-sigma-1-0-mm-3D`, `1` gives
  /// `log-sigma-1-mm-3D`.
  package var literal: String

  package init(millimetres: Double, literal: String) {
    self.millimetres = millimetres
    self.literal = literal
  }

  /// Reads a string as a literal; a number loses its literal, so 1 is taken for `1.0`.
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    guard let literal = try? value.decode(String.self) else {
      let number = try value.decode(Double.self)
      self.init(millimetres: number, literal: "\(number)")
      return
    }
    guard let number = Double(literal) else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "sigma \(literal) is not a number")
    }
    self.init(millimetres: number, literal: literal)
  }

  package func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(literal)
  }
}

/// How the signs of neighbours on a circle are coded, as in scikit-image.
package enum LocalBinaryPatternMethod: String, Sendable, Codable, CaseIterable {
  /// The pattern as a binary number.
  case `default`
  /// The smallest number under rotation.
  case rotationInvariant = "ror"
  /// Number of ones in patterns with at most two changes; one more than the samples for all others.
  case uniform
  /// Uniform patterns numbered with their rotation.
  case nonRotationInvariantUniform = "nri_uniform"
  /// Variance of the samples; NaN where it is 0.
  case variance = "var"
}

/// What the filters depend on, under PyRadiomics' names and with its defaults.
package struct FilterSettings: Codable, Equatable, Sendable {
  /// Name of a discrete wavelet, as PyWavelets has it.
  package var wavelet = "coif1"
  /// Number of wavelet levels of which images are made.
  package var level = 1
  /// Number of levels before the first of them.
  package var startLevel = 0
  /// Widths of the Laplacian of Gaussian; none gives no image.
  package var sigma: [FilterScale] = []
  /// Whether the gradient is per mm rather than per voxel.
  package var gradientUseSpacing = true
  /// Radius of the circle of neighbours, in voxels.
  package var lbp2DRadius: Double = 1
  /// Number of neighbours on the circle. PyRadiomics' documentation says 9, its code takes 8.
  package var lbp2DSamples = 8
  package var lbp2DMethod = LocalBinaryPatternMethod.uniform
  /// Number of degrees of spherical harmonics.
  package var lbp3DLevels = 2
  /// Radius of the sphere of neighbours, in voxels.
  package var lbp3DIcosphereRadius: Double = 1
  /// How often the faces of the icosahedron are divided in four.
  package var lbp3DIcosphereSubdivision = 1
  /// Whether wavelets leave out one axis.
  package var force2D = false
  /// That axis, in PyRadiomics' order: 0 is z, 1 is y, 2 is x (in a 2D image 0 is y, 1 is x). Local binary
  /// patterns in 2D lie across it in any case.
  package var force2Ddimension = 0

  package init() {}

  enum CodingKeys: String, CodingKey {
    case wavelet, level
    case startLevel = "start_level"
    case sigma, gradientUseSpacing, lbp2DRadius, lbp2DSamples, lbp2DMethod
    case lbp3DLevels, lbp3DIcosphereRadius, lbp3DIcosphereSubdivision, force2D, force2Ddimension
  }

  /// Reads the settings that are present; the others keep their defaults.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, into setting: inout Value) throws {
      setting = try values.decodeIfPresent(Value.self, forKey: key) ?? setting
    }
    try read(.wavelet, into: &wavelet)
    try read(.level, into: &level)
    try read(.startLevel, into: &startLevel)
    try read(.sigma, into: &sigma)
    try read(.gradientUseSpacing, into: &gradientUseSpacing)
    try read(.lbp2DRadius, into: &lbp2DRadius)
    try read(.lbp2DSamples, into: &lbp2DSamples)
    try read(.lbp2DMethod, into: &lbp2DMethod)
    try read(.lbp3DLevels, into: &lbp3DLevels)
    try read(.lbp3DIcosphereRadius, into: &lbp3DIcosphereRadius)
    try read(.lbp3DIcosphereSubdivision, into: &lbp3DIcosphereSubdivision)
    try read(.force2D, into: &force2D)
    try read(.force2Ddimension, into: &force2Ddimension)
  }

  /// Checks every setting against its range.
  package func validate() throws(ImageFilterError) {
    _ = try Wavelet(named: wavelet)
    try require(level >= 1, "level is \(level); expected 1 or more")
    try require(startLevel >= 0, "start_level is \(startLevel); expected 0 or more")
    for scale in sigma {
      try require(
        scale.millimetres > 0 && scale.millimetres.isFinite,
        "sigma is \(scale.literal); expected a number of mm above 0")
    }
    try require(
      lbp2DRadius > 0 && lbp2DRadius.isFinite, "lbp2DRadius is \(lbp2DRadius); expected more than 0 voxels")
    try require((1...31).contains(lbp2DSamples), "lbp2DSamples is \(lbp2DSamples); expected 1 to 31")
    try require((1...16).contains(lbp3DLevels), "lbp3DLevels is \(lbp3DLevels); expected 1 to 16")
    try require(
      lbp3DIcosphereRadius > 0 && lbp3DIcosphereRadius.isFinite,
      "lbp3DIcosphereRadius is \(lbp3DIcosphereRadius); expected more than 0 voxels")
    try require(
      (0...4).contains(lbp3DIcosphereSubdivision),
      "lbp3DIcosphereSubdivision is \(lbp3DIcosphereSubdivision); expected 0 to 4 (2562 neighbours)")
    try require(
      (0...2).contains(force2Ddimension), "force2Ddimension is \(force2Ddimension); expected 0, 1 or 2")
  }

  /// The axis (0 is x) across planes of 2D filters.
  func planeNormal(dimension: Int) throws(ImageFilterError) -> Int {
    try require(
      force2Ddimension < dimension,
      "force2Ddimension is \(force2Ddimension), but the image has \(dimension) dimensions; expected 0 or 1")
    return dimension - 1 - force2Ddimension
  }
}
