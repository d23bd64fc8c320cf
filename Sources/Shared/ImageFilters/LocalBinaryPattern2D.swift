import ElementaryFunctions
import Volumes

/// How the signs of neighbours on a circle are coded, as in scikit-image.
public enum LocalBinaryPatternMethod: String, Sendable, Codable, CaseIterable {
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

/// Local binary patterns in slices.
public struct LocalBinaryPattern2DFilter: ImageFilter {
  public static let name = "LBP2D"
  public static let settingNames = CodingKeys.allCases.map(\.rawValue)

  /// Radius of the circle of neighbours, in voxels.
  public var radius: Double = 1
  /// Number of neighbours on the circle. PyRadiomics' documentation says 9, its code takes 8.
  public var samples = 8
  /// How their signs are coded.
  public var method = LocalBinaryPatternMethod.uniform

  /// Uniform patterns of eight neighbours at one voxel.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case radius = "lbp2DRadius"
    case samples = "lbp2DSamples"
    case method = "lbp2DMethod"
  }

  /// - Throws: `DecodingError` for a value of another type.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.radius, into: &radius)
    try values.read(.samples, into: &samples)
    try values.read(.method, into: &method)
  }

  public func validate() throws(ImageFilterError) {
    try require(
      radius > 0 && radius <= 1e6, "lbp2DRadius is \(radius); expected more than 0 and at most 1000000 voxels"
    )
    try require((1...31).contains(samples), "lbp2DSamples is \(samples); expected 1 to 31")
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let result = try prepared.stored.localBinaryPattern2D(by: self, planes: planes, within: prepared.box)
    try body(DerivedImage("lbp-2D", result))
  }
}

extension ImageType {
  /// Local binary patterns in slices.
  public static let localBinaryPattern2D = ImageType(LocalBinaryPattern2DFilter.self)
}

extension Volume {
  /// Local binary patterns in the slices of an image (scikit-image's `local_binary_pattern`, as PyRadiomics
  /// uses it).
  ///
  /// Neighbours lie on a circle around each voxel, evenly spaced from the direction of the columns, and are
  /// interpolated bilinearly; outside the slice is 0. A neighbour counts as one when it is not below the
  /// voxel. A 3D image keeps its sample type, a 2D image becomes `float64`.
  /// - Throws: `invalidSetting` where the sample type cannot hold the codes.
  public func localBinaryPattern2D(
    by filter: LocalBinaryPattern2DFilter = .init(), planes: FilterPlanes = .init(), within box: VoxelBox
  ) throws(ImageFilterError) -> Volume {
    try StoredVolume(self).localBinaryPattern2D(by: filter, planes: planes, within: box)
  }
}

extension StoredVolume {
  /// As `Volume.localBinaryPattern2D`; the box and what its circles reach become `Double`.
  fileprivate func localBinaryPattern2D(
    by filter: LocalBinaryPattern2DFilter, planes: FilterPlanes, within box: VoxelBox
  ) throws(ImageFilterError) -> Volume {
    let isFlat = geometry.dimension == 2
    let normal = isFlat ? 2 : try planes.normal(dimension: 3)
    let type = isFlat ? SampleType.float64 : sampleType
    try filter.checkCodes(fit: type)
    // In NumPy the plane's rows and columns are what is left of (z, y, x) when the normal changes place with
    // z.
    let (rowAxis, columnAxis) = [(1, 2), (2, 0), (1, 0)][normal]
    let circle = SamplingCircle(filter)
    let plane = PlaneSampler(
      image: self, box: box, rowAxis: rowAxis, columnAxis: columnAxis, circle: circle)
    var result = [Double](repeating: 0, count: box.size.voxelCount)
    var samples = [Double](repeating: 0, count: filter.samples)
    let size = box.size
    for z in box.z {
      for y in box.y {
        for x in box.x {
          let index = [x, y, z]
          plane.sample(x, y, z, row: index[rowAxis], column: index[columnAxis], into: &samples)
          let code = filter.method.code(of: samples, around: plane.value(x, y, z))
          let place = size.offset(x: x - box.x.lowerBound, y: y - box.y.lowerBound, z: z - box.z.lowerBound)
          result[place] = type.isInteger && code.isNaN ? 0 : type.stored(code)
        }
      }
    }
    return Volume(geometry: geometry.cropped(to: box), sampleType: type, voxels: result)
  }
}

extension LocalBinaryPattern2DFilter {
  /// Refuses codes that overflow; PyRadiomics lets them wrap around.
  fileprivate func checkCodes(fit type: SampleType) throws(ImageFilterError) {
    guard type.isInteger else { return }
    let count = Double(samples)
    let largest: Double
    switch method {
    case .default, .rotationInvariant: largest = Double(1 << samples) - 1
    case .uniform: largest = count + 1
    case .nonRotationInvariantUniform: largest = count * (count - 1) + 2
    case .variance: return
    }
    try require(
      type.stored(largest) == largest,
      "lbp2DSamples \(samples) gives codes up to \(largest), which an image of type "
        + "\(type.rawValue) cannot hold; take fewer samples, or normalize the image")
  }
}

/// Offsets of the neighbours from a voxel, in voxels, rounded to five decimals.
private struct SamplingCircle {
  let offsets: [(row: Double, column: Double)]

  init(_ filter: LocalBinaryPattern2DFilter) {
    offsets = (0..<filter.samples).map { sample in
      let angle = 2 * Double.pi * Double(sample) / Double(filter.samples)
      func rounded(_ value: Double) -> Double { (value * 1e5).rounded(.toNearestOrEven) / 1e5 }
      return (
        rounded(-filter.radius * Elementary.sin(angle)),
        rounded(filter.radius * Elementary.cos(angle))
      )
    }
  }
}

/// Bilinear samples on a circle in one plane of an image.
private struct PlaneSampler {
  /// The two voxels around a position along one axis, as offsets in memory from the voxel itself; `nil`
  /// outside.
  private struct Bracket {
    let lower: Int?
    let upper: Int?
    let fraction: Double
  }

  /// The box around all circles, cut off at the image's border, and its voxels.
  private let window: VoxelBox
  private let voxels: [Double]
  private let firstRow: Int
  private let firstColumn: Int
  /// One entry a row (or column) and sample.
  private let rowBrackets: [[Bracket]]
  private let columnBrackets: [[Bracket]]

  init(
    image: StoredVolume, box: VoxelBox, rowAxis: Int, columnAxis: Int, circle: SamplingCircle
  ) {
    let (rows, columns) = (box.ranges[rowAxis], box.ranges[columnAxis])
    var reaches = [0, 0, 0]
    reaches[rowAxis] = circle.offsets.map { Int(abs($0.row).rounded(.up)) }.max() ?? 0
    reaches[columnAxis] = circle.offsets.map { Int(abs($0.column).rounded(.up)) }.max() ?? 0
    window = box.padded(by: reaches, within: image.geometry.size)
    voxels = image.values(in: window)
    firstRow = rows.lowerBound
    firstColumn = columns.lowerBound
    let size = image.geometry.size
    let strides = [1, window.size.x, window.size.x * window.size.y]
    func bracket(_ index: Int, _ offset: Double, axis: Int) -> Bracket {
      let position = Double(index) + offset
      func place(_ bound: Double) -> Int? {
        let neighbour = Int(bound)
        return (0..<size.extents[axis]).contains(neighbour) ? (neighbour - index) * strides[axis] : nil
      }
      let lower = position.rounded(.down)
      return Bracket(lower: place(lower), upper: place(position.rounded(.up)), fraction: position - lower)
    }
    rowBrackets = rows.map { row in circle.offsets.map { bracket(row, $0.row, axis: rowAxis) } }
    columnBrackets = columns.map { column in
      circle.offsets.map { bracket(column, $0.column, axis: columnAxis) }
    }
  }

  private func place(_ x: Int, _ y: Int, _ z: Int) -> Int {
    window.size.offset(x: x - window.x.lowerBound, y: y - window.y.lowerBound, z: z - window.z.lowerBound)
  }

  /// A voxel of the box.
  func value(_ x: Int, _ y: Int, _ z: Int) -> Double { voxels[place(x, y, z)] }

  func sample(_ x: Int, _ y: Int, _ z: Int, row: Int, column: Int, into samples: inout [Double]) {
    let centre = place(x, y, z)
    for sample in samples.indices {
      let vertical = rowBrackets[row - firstRow][sample]
      let horizontal = columnBrackets[column - firstColumn][sample]
      func value(_ rowOffset: Int?, _ columnOffset: Int?) -> Double {
        guard let rowOffset, let columnOffset else { return 0 }
        return voxels[centre + rowOffset + columnOffset]
      }
      func between(_ rowOffset: Int?) -> Double {
        (1 - horizontal.fraction) * value(rowOffset, horizontal.lower)
          + horizontal.fraction * value(rowOffset, horizontal.upper)
      }
      samples[sample] =
        (1 - vertical.fraction) * between(vertical.lower) + vertical.fraction * between(vertical.upper)
    }
  }
}

extension LocalBinaryPatternMethod {
  fileprivate func code(of samples: [Double], around centre: Double) -> Double {
    func isOne(_ sample: Int) -> Bool { samples[sample] - centre >= 0 }
    let count = samples.count
    switch self {
    case .default, .rotationInvariant:
      let pattern = samples.indices.reduce(0) { $0 | (isOne($1) ? 1 << $1 : 0) }
      if self == .default { return Double(pattern) }
      let rotations = (0..<count).map { (pattern >> $0 | pattern << (count - $0)) & (1 << count - 1) }
      return Double(rotations.min() ?? 0)
    case .uniform, .nonRotationInvariantUniform:
      let changes = (1..<max(count, 1)).reduce(0) { $0 + (isOne($1) != isOne($1 - 1) ? 1 : 0) }
      let ones = samples.indices.reduce(0) { $0 + (isOne($1) ? 1 : 0) }
      if self == .uniform { return Double(changes <= 2 ? ones : count + 1) }
      guard changes <= 2 else { return Double(count * (count - 1) + 2) }
      if ones == 0 { return 0 }
      if ones == count { return Double(count * (count - 1) + 1) }
      let firstOne = samples.indices.first(where: isOne) ?? 0
      let firstZero = samples.indices.first { !isOne($0) } ?? 0
      let rotation = firstOne == 0 ? ones - firstZero : count - firstOne
      return Double(1 + (ones - 1) * count + rotation)
    case .variance:
      let sum = samples.reduce(0, +)
      let squares = samples.reduce(0) { $0 + $1 * $1 }
      let variance = (squares - sum * sum / Double(count)) / Double(count)
      return variance != 0 ? variance : .nan
    }
  }
}
