import Volumes

/// Width of a Laplacian of Gaussian, as a parameter file has it.
public struct FilterScale: Codable, Equatable, Sendable {
  /// Standard deviation of the Gaussian, in mm.
  public var millimetres: Double
  /// The number as it was written, which names the image: `1.0` gives `log-sigma-1-0-mm-3D`, `1` gives
  /// `log-sigma-1-mm-3D`.
  public var literal: String

  /// A width in mm and the text that names it.
  public init(millimetres: Double, literal: String) {
    self.millimetres = millimetres
    self.literal = literal
  }

  /// Reads a string as a literal; a number loses its literal, so 1 is taken for `1.0`.
  /// - Throws: `DecodingError` for a text that is not a number.
  public init(from decoder: any Decoder) throws {
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

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(literal)
  }
}

/// Laplacian of Gaussian, one image for each width.
public struct LaplacianOfGaussianFilter: ImageFilter {
  public static let name = "LoG"
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)
  public static let listSettings = settingNames
  public static let dependsOnWholeImage = true

  static let purpose = "Laplacian of Gaussian"

  /// Widths; none gives no image.
  public var sigma: [FilterScale] = []

  /// No width, and so no image.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case sigma }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    try decoder.container(keyedBy: CodingKeys.self).read(.sigma, into: &sigma)
  }

  public var missingSetting: String? {
    sigma.isEmpty ? "needs sigma, a list of widths in mm, as LoG: {sigma: [1.0, 2.0]}." : nil
  }

  public func validate() throws(ImageFilterError) {
    for scale in sigma {
      try require(
        (1e-9...1e9).contains(scale.millimetres),
        "sigma is \(scale.literal); expected a number of mm above 0, from 1e-9 to 1e9")
    }
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let image = prepared.stored
    for scale in sigma {
      let name = "log-sigma-\(String(scale.literal.map { $0 == "." ? "-" : $0 }))-mm-3D"
      if let reason = image.geometry.reasonAgainstLaplacianOfGaussian(sigma: scale.millimetres) {
        try body(DerivedImage(name: name, content: .skipped(reason: reason)))
      } else {
        try prepared.checkFinite(for: Self.purpose)
        let result = image.finiteLaplacianOfGaussian(sigma: scale.millimetres, within: prepared.box)
        try body(DerivedImage(name, result))
      }
    }
  }
}

extension ImageType {
  /// Laplacian of Gaussian.
  public static let laplacianOfGaussian = ImageType(LaplacianOfGaussianFilter.self)
}

extension Volume {
  /// Why the Laplacian of Gaussian of this width does not exist; `nil` when it does.
  ///
  /// PyRadiomics asks for four voxels along each axis, and for `⌈σ / spacing⌉ + 1`.
  public func reasonAgainstLaplacianOfGaussian(sigma: Double) -> String? {
    geometry.reasonAgainstLaplacianOfGaussian(sigma: sigma)
  }

  /// Laplacian of Gaussian, times σ² (ITK's `LaplacianRecursiveGaussianImageFilter`, normalised across
  /// scale).
  ///
  /// For each axis the second derivative is taken along it, then the image is smoothed along the others in
  /// ascending order; every pass and the sum over axes, each weighted by `1 / spacing²`, are rounded to
  /// single precision. The filter is recursive over whole lines; what lies farther from the box than
  /// `RecursiveGaussian.reach` is left out, and with it most of a large image.
  /// - Parameters:
  ///   - sigma: standard deviation in mm, for which `reasonAgainstLaplacianOfGaussian` is `nil`.
  ///   - box: the voxels that are wanted.
  /// - Returns: an image of type `float32` on the box.
  /// - Throws: `nonFiniteVoxel`, wherever in the image.
  public func laplacianOfGaussian(sigma: Double, within box: VoxelBox) throws(ImageFilterError) -> Volume {
    let stored = StoredVolume(self)
    try stored.checkFinite(for: LaplacianOfGaussianFilter.purpose)
    return stored.finiteLaplacianOfGaussian(sigma: sigma, within: box)
  }
}

extension GridGeometry {
  fileprivate func reasonAgainstLaplacianOfGaussian(sigma: Double) -> String? {
    for axis in 0..<dimension {
      let count = size.extents[axis]
      let needed = max(4, (sigma / spacingInMillimetres[axis]).rounded(.up) + 1)
      if Double(count) < needed {
        return "the image has \(count) voxels along \(["x", "y", "z"][axis]); "
          + "a Laplacian of Gaussian of \(sigma) mm needs \(wholeNumber(needed))"
      }
    }
    return nil
  }
}

extension StoredVolume {
  /// As `Volume.laplacianOfGaussian`, of an image whose voxels are known to be finite.
  func finiteLaplacianOfGaussian(sigma: Double, within box: VoxelBox) -> Volume {
    precondition(
      geometry.reasonAgainstLaplacianOfGaussian(sigma: sigma) == nil, "the image is too small for the filter")
    var sum = [Float](repeating: 0, count: box.size.voxelCount)
    for axis in 0..<geometry.dimension {
      let term = secondDerivative(along: axis, sigma: sigma, within: box)
      let spacing = geometry.spacingInMillimetres[axis]
      let weight = 1 / (spacing * spacing)
      for place in sum.indices { sum[place] = Float(Double(sum[place]) + Double(term[place]) * weight) }
    }
    return Volume(geometry: geometry.cropped(to: box), sampleType: .float32, voxels: sum.map { Double($0) })
  }

  private func secondDerivative(along axis: Int, sigma: Double, within box: VoxelBox) -> [Float] {
    let window = window(around: box, sigma: sigma)
    func pass(_ axis: Int, _ order: GaussianOrder) -> LinePass {
      let (kept, start) = (box.ranges[axis], window.ranges[axis].lowerBound)
      return LinePass(
        filter: RecursiveGaussian(sigma: sigma, spacing: geometry.spacingInMillimetres[axis], order: order),
        axis: axis, keep: kept.lowerBound - start..<kept.upperBound - start)
    }
    let derivative = pass(axis, .second)
    var block = derivative.run(self, window: window) as [Float]
    var size = derivative.resultSize(window.size)
    for other in 0..<geometry.dimension where other != axis {
      let smoothing = pass(other, .zero)
      smoothing.run(inPlace: &block, size)
      size = smoothing.resultSize(size)
    }
    return block
  }

  /// The voxels that the filtered box depends on.
  private func window(around box: VoxelBox, sigma: Double) -> VoxelBox {
    VoxelBox(
      (0..<3).map { axis in
        let reach = RecursiveGaussian.reach(sigma: sigma, spacing: geometry.spacingInMillimetres[axis])
        let (range, extent) = (box.ranges[axis], geometry.size.extents[axis])
        return max(
          0, range.lowerBound - min(reach, extent))..<min(extent, range.upperBound + min(reach, extent))
      })
  }
}

/// A whole number as text, without a fraction where `Int` holds it.
func wholeNumber(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
