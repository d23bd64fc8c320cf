import ElementaryFunctions
import Volumes

extension Volume {
  /// The image without the smooth field of an MR coil, by N4 (Tustison et al., IEEE Trans Med Imaging 2010), which is divided
  /// out at full resolution. 50 to 300 iterations over the shrunk grid, and an exponential a voxel.
  /// - Returns: an image of type `float64`.
  /// - Throws: `invalidSetting` for a picture, an image that is too small for the shrink factor, or settings outside their
  ///   range; `nonFiniteVoxel`; `constantImage` where fewer than two intensities above 0 are left to compare.
  public func biasFieldCorrected(_ settings: BiasFieldSettings = .init()) throws(ImageFilterError) -> Volume {
    try settings.validate()
    return try BiasField(of: self, settings).corrected(self)
  }
}

/// The smooth factor by which a coil's sensitivity changes intensities over an MR image, as N4 estimates it (Tustison et al., IEEE
/// Trans Med Imaging 2010): logarithms are sharpened, their difference to what they were is approximated by B-splines and
/// taken off, again and again, with control points closer at each level.
///
/// Steps, order and edge cases are those of ITK's `N4BiasFieldCorrectionImageFilter`, in double precision and in a fixed order
/// of sums where ITK has single precision and threads. As in SimpleITK's way of use, the field of the shrunk grid is stretched from
/// the first to the last voxel of the whole one. Voxels of 0 and below have no logarithm and never count; ITK takes their value
/// for it where its mask holds them.
struct BiasField {
  /// Control points of the field's logarithm.
  private var lattice: SplineLattice
  /// How often the field was estimated anew.
  private(set) var iterations = 0

  /// Estimates the field of an image.
  /// - Throws: `invalidSetting` for a picture or an image that is too small for the shrink factor; `nonFiniteVoxel`;
  ///   `constantImage` where fewer than two intensities above 0 are left to compare.
  init(of image: Volume, _ settings: BiasFieldSettings) throws(ImageFilterError) {
    var estimate = try FieldEstimate(image, settings)
    let sharpening = HistogramSharpening(settings)
    var points = settings.numberOfControlPoints
    lattice = SplineLattice(size: GridSize(x: points[0], y: points[1], z: points[2]))
    for (level, most) in settings.maximumNumberOfIterations.enumerated() {
      if level > 0 {
        lattice = lattice.refined
        points = points.map { 2 * $0 - 3 }
      }
      let fit = estimate.fit(controlPoints: points)
      var change = Double.infinity
      var step = 0
      while step < most, change > settings.convergenceThreshold {
        guard let mapping = sharpening.mapping(of: estimate.uncorrected) else { return }
        lattice += fit.lattice(of: estimate.residual(mapping))
        change = estimate.update(lattice, controlPoints: points)
        step += 1
      }
      iterations += step
    }
  }

  /// The image divided by the field.
  func corrected(_ image: Volume) -> Volume {
    let size = image.geometry.size
    let axes = SplineAxis.axes(of: size, lattice: lattice.size)
    let voxels = unsafe image.voxels.withUnsafeBufferPointer { source in
      unsafe [Double](unsafeUninitializedCapacity: source.count) { target, filled in
        unsafe lattice.forEachRow(on: axes) { y, z, row in
          let start = size.offset(x: 0, y: y, z: z)
          for x in 0..<row.count {
            unsafe target.initializeElement(at: start + x, to: source[start + x] / Elementary.exp(row[x]))
          }
          filled += row.count
        }
      }
    }
    return Volume(geometry: image.geometry, voxels: voxels)
  }
}

extension SplineAxis {
  /// Axes of a grid under a lattice.
  fileprivate static func axes(of size: GridSize, lattice: GridSize) -> [SplineAxis] {
    [
      SplineAxis(voxels: size.x, controlPoints: lattice.x),
      SplineAxis(voxels: size.y, controlPoints: lattice.y),
      SplineAxis(voxels: size.z, controlPoints: lattice.z),
    ]
  }
}

/// Logarithms of the voxels that count, on the shrunk grid, and the field as it is known.
private struct FieldEstimate {
  private let size: GridSize
  /// Where the voxels lie in the shrunk grid.
  private let places: [Int]
  private let logarithms: [Double]
  private var field: [Double]
  /// Logarithms without the field.
  private(set) var uncorrected: [Double]
  private var residuals: [Double]

  init(_ image: Volume, _ settings: BiasFieldSettings) throws(ImageFilterError) {
    let grid = try ShrunkGrid(of: image.geometry, by: settings.shrinkFactor)
    guard image.voxels.allSatisfy(\.isFinite) else { throw ImageFilterError.nonFinite(in: image, for: "n4") }
    let threshold = settings.mask == .otsu ? max(0, image.otsuThreshold(bins: 200)) : 0
    var (places, logarithms) = ([Int](), [Double]())
    for (place, voxel) in grid.voxels.enumerated() where image.voxels[voxel] > threshold {
      places.append(place)
      logarithms.append(Elementary.log(image.voxels[voxel]))
    }
    guard let first = logarithms.first, logarithms.contains(where: { $0 != first }) else {
      throw ImageFilterError(
        .constantImage,
        "n4: \(places.isEmpty ? "no voxel" : "only one intensity") above \(threshold) is left of "
          + "\(grid.size.text) voxels (every \(settings.shrinkFactor)th along x, y and z), and a field is seen in "
          + "differences of positive intensities; leave n4 out for this image, or change n4.mask or n4.shrinkFactor"
      )
    }
    size = grid.size
    (self.places, self.logarithms) = (places, logarithms)
    uncorrected = logarithms
    field = [Double](repeating: 0, count: places.count)
    residuals = [Double](repeating: 0, count: size.voxelCount)
  }

  private func axes(_ points: [Int]) -> [SplineAxis] {
    SplineAxis.axes(of: size, lattice: GridSize(x: points[0], y: points[1], z: points[2]))
  }

  func fit(controlPoints: [Int]) -> SplineFit {
    var inside = [Double](repeating: 0, count: size.voxelCount)
    for place in places { inside[place] = 1 }
    return SplineFit(axes: axes(controlPoints), inside: inside)
  }

  /// What sharpening takes off each voxel, 0 where none counts.
  mutating func residual(_ mapping: IntensityMapping) -> [Double] {
    for (i, place) in places.enumerated() { residuals[place] = uncorrected[i] - mapping(uncorrected[i]) }
    return residuals
  }

  /// Takes another field.
  /// - Returns: the coefficient of variation of the old field divided by the new one.
  mutating func update(_ lattice: SplineLattice, controlPoints: [Int]) -> Double {
    var whole = [Double](repeating: 0, count: size.voxelCount)
    unsafe lattice.forEachRow(on: axes(controlPoints)) { y, z, row in
      let start = size.offset(x: 0, y: y, z: z)
      for x in 0..<row.count { unsafe whole[start + x] = row[x] }
    }
    var ratios = SinglePrecisionVariation()
    for (i, place) in places.enumerated() {
      ratios.add(Float(Elementary.exp(Double(Float(field[i]) - Float(whole[place])))))
      field[i] = whole[place]
      uncorrected[i] = logarithms[i] - field[i]
    }
    return ratios.coefficient
  }
}

/// The coefficient of variation as ITK's filter computes it, one value after another in single precision.
///
/// Beyond some ten thousand values its mean stands still, because what a further value would add to it is below half a unit in its last
/// place. The coefficient is then taken about the mean of the first ones, and is larger: levels last longer in large images than the
/// threshold says. When a level ends decides over the field, so this is done as users of N4 know it.
private struct SinglePrecisionVariation {
  private var count = 0.0
  private var mean: Float = 0
  private var squares: Float = 0

  mutating func add(_ value: Float) {
    count += 1
    if count > 1 {
      let distance = value - mean
      squares = Float(Double(squares) + Double(distance * distance) * (count - 1) / count)
    }
    mean = Float(Double(mean) * (1 - 1 / count) + Double(value / Float(count)))
  }

  var coefficient: Double {
    Double(Float((Double(squares) / (count - 1)).squareRoot()) / mean)
  }
}

/// Every so-manieth voxel along each axis, as many left at one end as at the other, or one more at the lower.
///
/// These are the voxels of ITK's `ShrinkImageFilter`, but for ties: where the first lies halfway between two, ITK takes one or the other by
/// the last bit of the origin.
private struct ShrunkGrid {
  let size: GridSize
  /// Positions of its voxels in the whole grid.
  let voxels: [Int]

  /// The fewest voxels along an axis that a cubic field is fitted to.
  private static let fewest = 4

  init(of geometry: GridGeometry, by factors: [Int]) throws(ImageFilterError) {
    try require(
      geometry.dimension == 3,
      "n4 corrects MR images, which have three dimensions, but this is a picture; leave n4 out")
    let sizes = [geometry.size.x, geometry.size.y, geometry.size.z]
    let counts = zip(sizes, factors).map { $0 / $1 }
    for axis in 0..<3 where counts[axis] < Self.fewest {
      let fitting = (0..<3).map { String(min(factors[$0], max(1, sizes[$0] / Self.fewest))) }
      throw ImageFilterError(
        .invalidSetting,
        "n4.shrinkFactor \(factors[axis]) leaves \(counts[axis]) of \(sizes[axis]) voxels along "
          + "\(["x", "y", "z"][axis]), and a field needs \(Self.fewest); "
          + (sizes[axis] < Self.fewest
            ? "leave n4 out for this image"
            : "give a factor for each axis, as shrinkFactor: [\(fitting.joined(separator: ", "))]"))
    }
    let first = (0..<3).map { (sizes[$0] - factors[$0] * (counts[$0] - 1)) / 2 }
    size = GridSize(x: counts[0], y: counts[1], z: counts[2])
    var voxels: [Int] = []
    voxels.reserveCapacity(size.voxelCount)
    for z in 0..<counts[2] {
      for y in 0..<counts[1] {
        for x in 0..<counts[0] {
          voxels.append(
            geometry.size.offset(
              x: first[0] + x * factors[0], y: first[1] + y * factors[1], z: first[2] + z * factors[2]))
        }
      }
    }
    self.voxels = voxels
  }
}
