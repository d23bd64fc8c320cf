import Foundation
import ImageFilters
import Testing
import Volumes

/// The images that a filter with some settings makes of a whole image.
private func responses<Filter: IBSIFilter>(
  _ filter: Filter, to image: Volume, box: (Int, Int, Int) -> Bool = { _, _, _ in true },
  isWhole: Bool = false,
  _ set: (inout IBSIFilterSettings) -> Void
) throws -> [Volume] {
  var filter = filter
  set(&filter.settings)
  let prepared = try PreparedImage(image: image, mask: region(of: image, box))
  var found: [Volume] = []
  try (isWhole ? prepared.coveringWholeImage : prepared).forEachImage(by: filter) { derived in
    if case .image(let image) = derived.content { found.append(image) }
  }
  return found
}

private func response<Filter: IBSIFilter>(
  _ filter: Filter, to image: Volume, _ set: (inout IBSIFilterSettings) -> Void
) throws -> Volume {
  try #require(responses(filter, to: image, set).first)
}

private func millimetres(_ value: Double) -> FilterScale {
  FilterScale(millimetres: value, literal: "\(value)")
}

/// An impulse in the middle of a cube.
private func impulse(_ size: Int) -> Volume {
  image(size, size, size) { x, y, z in x == size / 2 && y == size / 2 && z == size / 2 ? 1 : 0 }
}

private func picture(_ width: Int, _ height: Int, _ value: (Int, Int) -> Double) -> Volume {
  image(width, height, 1, dimension: 2) { x, y, _ in value(x, y) }
}

@Suite struct `Filters of the IBSI manual` {
  @Test(arguments: [
    (BoundaryCondition.zero, [1.0, 2, 3, 7.0 / 3]), (.nearest, [4.0 / 3, 2, 3, 11.0 / 3]),
    (.periodic, [7.0 / 3, 2, 3, 8.0 / 3]), (.mirror, [4.0 / 3, 2, 3, 11.0 / 3]),
  ])
  func `take the mean over each edge as its boundary condition says`(
    boundary: BoundaryCondition, expected: [Double]
  ) throws {
    // Rows of 1, 2, 3, 4, all the same, so that the mean along y changes nothing but at edges of zeros.
    let rows = picture(4, 5) { x, _ in Double(x + 1) }
    let mean = try response(IBSIMeanFilter(), to: rows) {
      ($0.meanSupport, $0.dimensions, $0.boundary) = (3, 2, boundary)
    }
    for x in 0..<4 { #expect(abs(mean[x, 2, 0] - expected[x]) < 1e-15) }
  }

  @Test func `mirror with the voxel of the edge coming twice, however far they reach`() throws {
    let row = picture(3, 1) { x, _ in [1, 10, 100][x] }
    let mean = try response(IBSIMeanFilter(), to: row) {
      ($0.meanSupport, $0.dimensions) = (9, 2)
    }
    // 1 10 100 | 100 10 1 | 1 10 100 …
    for x in 0..<3 {
      let window = (-4...4).map { offset -> Double in
        let place = ((x + offset) % 6 + 6) % 6
        return [1, 10, 100, 100, 10, 1][place]
      }
      #expect(abs(mean[x, 0, 0] - window.reduce(0, +) / 9) < 1e-12)
    }
  }

  @Test func `have Laws' kernels as published`() throws {
    let (l5, e5, s5) = ([1.0, 4, 6, 4, 1], [-1.0, -2, 0, 2, 1], [-1.0, 0, 2, 0, -1])
    let found = try response(IBSILawsFilter(), to: impulse(7)) {
      ($0.lawsKernels, $0.boundary) = (["L5E5S5"], .zero)
    }
    let scale = (70.0 * 10 * 6).squareRoot()
    for z in 1...5 {
      for y in 1...5 {
        for x in 1...5 {
          #expect(abs(found[x, y, z] - l5[x - 1] * e5[y - 1] * s5[z - 1] / scale) < 1e-15)
        }
      }
    }
    #expect(found[0, 3, 3] == 0)
  }

  @Test func `cut a Laplacian of Gaussian off where they are told, and have the manual's values within`()
    throws
  {
    let (size, sigma) = (21, 1.5)
    let found = try response(IBSILaplacianOfGaussianFilter(), to: impulse(size)) {
      ($0.sigma, $0.boundary) = ([millimetres(sigma)], .zero)
    }
    for z in 0..<size {
      for y in 0..<size {
        for x in 0..<size {
          let places = [x, y, z].map { Double($0 - size / 2) }
          let square = places.reduce(0) { $0 + $1 * $1 }
          let factor = -1 / (sigma * sigma) * pow(1 / ((2 * Double.pi).squareRoot() * sigma), 3)
          let value = factor * (3 - square / (sigma * sigma)) * exp(-square / (2 * sigma * sigma))
          // 4 · 1.5 = 6 voxels on each side.
          let isInside = places.allSatisfy { abs($0) <= 6 }
          #expect(abs(found[x, y, z] - (isInside ? value : 0)) < 1e-15)
        }
      }
    }
  }

  @Test func `answer an impulse with a Gabor filter's envelope`() throws {
    let (size, sigma, aspect) = (15, 2.0, 0.5)
    let found = try response(IBSIGaborFilter(), to: impulse(size)) {
      ($0.sigma, $0.gaborWavelength, $0.gaborAspect) = ([millimetres(sigma)], 3, aspect)
      ($0.gaborAngle, $0.boundary) = (30, .zero)
    }
    for y in 0..<size {
      for x in 0..<size {
        let (a, b) = (Double(x - size / 2), Double(y - size / 2))
        let (c, s) = (cos(Double.pi / 6), sin(Double.pi / 6))
        let (along, across) = (a * c + b * s, b * c - a * s)
        let envelope = exp(-(along * along + aspect * aspect * across * across) / (2 * sigma * sigma))
        #expect(abs(found[x, y, size / 2] - envelope) < 1e-12)
        #expect(found[x, y, 0] < 1e-12)
      }
    }
  }

  @Test func `average Gabor filters over orientations and planes`() throws {
    let source = image(9, 9, 9, noise)
    func moduli(_ angle: Double, _ normal: Int) throws -> Volume {
      var planes = FilterPlanes()
      planes.force2Ddimension = 2 - normal
      var filter = IBSIGaborFilter()
      (filter.settings.sigma, filter.settings.gaborWavelength) = ([millimetres(1.5)], 4)
      filter.settings.gaborAngle = angle
      var found: Volume?
      try PreparedImage(image: source, mask: region(of: source)).forEachImage(by: filter, planes: planes) {
        if case .image(let image) = $0.content { found = image }
      }
      return try #require(found)
    }
    let pooled = try response(IBSIGaborFilter(), to: source) {
      ($0.sigma, $0.gaborWavelength) = ([millimetres(1.5)], 4)
      ($0.gaborAngleStep, $0.gaborOrthogonalPlanes) = (90, true)
    }
    var sum = [Double](repeating: 0, count: source.voxels.count)
    for normal in 0..<3 {
      for angle in [0.0, 90, 180, 270] {
        for (place, value) in try moduli(angle, normal).voxels.enumerated() { sum[place] += value / 12 }
      }
    }
    #expect(largestDifference(pooled.voxels, sum) < 1e-9)
  }

  @Test(arguments: ["haar", "db3", "coif1"])
  func `give PyRadiomics' bands of a wavelet with periodic boundaries and without pooling`(name: String)
    throws
  {
    let source = image(8, 10, 6, noise)
    let found = try responses(IBSISeparableWaveletFilter(), to: source) {
      ($0.wavelet, $0.waveletBands, $0.boundary) = (name, ["LLH", "HLH", "LLL"], .periodic)
    }
    var other = WaveletFilter()
    other.wavelet = name
    var bands: [String: Volume] = [:]
    try source.forEachWaveletBand(of: other, within: source.wholeBox) { bands[$0] = $1 }
    for (band, response) in zip(["LLH", "HLH", "LLL"], found) {
      let expected = try #require(bands["wavelet-" + band])
      #expect(largestDifference(response.voxels, expected.voxels) < 1e-9)
    }
  }

  @Test(arguments: [OrientationPooling.average, .max])
  func `do not depend on a turn of the image by a right angle once they are pooled`(
    pooling: OrientationPooling
  )
    throws
  {
    let size = 12
    let source = image(size, size, size, noise)
    let turned = image(size, size, size) { x, y, z in source[y, size - 1 - x, z] }
    for (filter, set) in [
      (
        IBSILawsFilter() as any IBSIFilter,
        { $0.lawsKernels = ["E5L5S5"] } as (inout IBSIFilterSettings) -> Void
      ),
      (IBSISeparableWaveletFilter(), { ($0.wavelet, $0.waveletBands, $0.levels) = ("db2", ["LHL"], [2]) }),
    ] {
      func pooled(_ image: Volume) throws -> Volume {
        func opened<Filter: IBSIFilter>(_ filter: Filter) throws -> Volume {
          try response(filter, to: image) {
            set(&$0)
            $0.pooling = pooling
          }
        }
        return try opened(filter)
      }
      let (plain, other) = (try pooled(source), try pooled(turned))
      let back = image(size, size, size) { x, y, z in plain[y, size - 1 - x, z] }
      #expect(largestDifference(back.voxels, other.voxels) < 1e-9)
    }
  }

  @Test func `compute in a region's box what they compute there of the whole image`() throws {
    let source = image(20, 18, 16, noise)
    func compare<Filter: IBSIFilter>(_ filter: Filter, _ set: (inout IBSIFilterSettings) -> Void) throws {
      for (dimensions, boundary) in [(3, BoundaryCondition.mirror), (2, .zero), (3, .periodic)] {
        func made(_ isWhole: Bool) throws -> [Volume] {
          try responses(
            filter, to: source, box: { (6..<9).contains($0) && (0..<5).contains($1) && $2 > 6 && $2 < 12 },
            isWhole: isWhole
          ) {
            ($0.dimensions, $0.boundary) = (dimensions, boundary)
            set(&$0)
          }
        }
        let box = VoxelBox(x: 6..<9, y: 0..<5, z: 7..<12)
        let (part, whole) = (try made(false), try made(true))
        #expect(part.count == whole.count && !part.isEmpty)
        for (one, other) in zip(part, whole) {
          #expect(largestDifference(one.voxels, other.cropped(to: box).voxels) < 1e-9)
        }
      }
    }
    try compare(IBSIMeanFilter()) { $0.meanSupport = 3 }
    try compare(IBSILaplacianOfGaussianFilter()) { $0.sigma = [millimetres(1)] }
    try compare(IBSILawsFilter()) {
      $0.lawsKernels = [$0.dimensions == 2 ? "L5E5" : "L5E5S5"]
      ($0.pooling, $0.lawsEnergyDistance) = (.max, 2)
    }
    try compare(IBSISeparableWaveletFilter()) {
      ($0.wavelet, $0.waveletBands) = ("db2", [$0.dimensions == 2 ? "LH" : "LLH"])
      ($0.levels, $0.pooling) = ([1, 2], .average)
    }
    try compare(IBSINonSeparableWaveletFilter()) { $0.levels = [1, 2] }
    try compare(IBSIRieszLaplacianFilter()) {
      ($0.sigma, $0.rieszOrder) = ([millimetres(1)], $0.dimensions == 2 ? [1, 1] : [1, 0, 1])
    }
    try compare(IBSIGaborFilter()) {
      ($0.sigma, $0.gaborWavelength, $0.gaborOrthogonalPlanes) = ([millimetres(1)], 3, $0.dimensions == 3)
    }
  }

  @Test(arguments: [(8, 8), (9, 7), (6, 10)])
  func `multiply frequencies by Simoncelli's wavelet and the Riesz transform`(width: Int, height: Int) throws
  {
    let source = picture(width, height) { x, y in noise(x, y, 1) }
    let found = try response(IBSIRieszWaveletFilter(), to: source) {
      ($0.dimensions, $0.boundary, $0.rieszOrder) = (2, .periodic, [1, 2])
    }
    // A second implementation, by the sums that define it.
    func frequency(_ place: Int, _ count: Int) -> Double {
      Double(2 * ((place + count / 2) % count) - (count - 1)) / Double(count - 1)
    }
    var expected = [Double](repeating: 0, count: width * height)
    for v in 0..<height {
      for u in 0..<width {
        let (fx, fy) = (frequency(u, width), frequency(v, height))
        let length = (fx * fx + fy * fy).squareRoot()
        guard length > 0.25, length <= 1 else { continue }
        // (-i)³ √(3!/(1! 2!)) is i √3.
        let factor =
          cos(Double.pi / 2 * log2(2 * length)) * 3.0.squareRoot() * fx * fy * fy / (length * length * length)
        var (real, imaginary) = (0.0, 0.0)
        for y in 0..<height {
          for x in 0..<width {
            let angle = -2 * Double.pi * (Double(u * x) / Double(width) + Double(v * y) / Double(height))
            real += source[x, y, 0] * cos(angle)
            imaginary += source[x, y, 0] * sin(angle)
          }
        }
        for y in 0..<height {
          for x in 0..<width {
            let angle = 2 * Double.pi * (Double(u * x) / Double(width) + Double(v * y) / Double(height))
            let turned = -factor * (real * sin(angle) + imaginary * cos(angle))
            expected[y * width + x] += turned / Double(width * height)
          }
        }
      }
    }
    #expect(largestDifference(found.voxels, expected) < 1e-9)
  }

  @Test(arguments: [
    #"{"ibsiDimensions": 4}"#, #"{"ibsiMeanSupport": 4}"#, #"{"ibsiMeanSupport": 100001}"#,
    #"{"ibsiSigma": ["0"]}"#,
    #"{"ibsiTruncation": 0}"#, #"{"ibsiLawsKernels": ["L5E5"]}"#, #"{"ibsiLawsKernels": ["L5E5Q5"]}"#,
    #"{"ibsiLawsEnergyDistance": -1}"#, #"{"ibsiGaborWavelength": 0}"#, #"{"ibsiGaborAspect": 0}"#,
    #"{"ibsiGaborAngle": 1e9}"#, #"{"ibsiGaborAngleStep": 7}"#, #"{"ibsiGaborAngleStep": 0}"#,
    #"{"ibsiWavelet": "morl"}"#, #"{"ibsiWaveletBands": ["LL"]}"#, #"{"ibsiWaveletBands": ["LLX"]}"#,
    #"{"ibsiLevels": [0]}"#, #"{"ibsiLevels": [11]}"#, #"{"ibsiRieszOrder": [0, 0, 0]}"#,
    #"{"ibsiRieszOrder": [1, 0]}"#, #"{"ibsiRieszOrder": [11, 0, 0]}"#,
  ])
  func `refuse settings outside their range`(json: String) throws {
    let settings = try JSONDecoder().decode(FilterSettings.self, from: Data(json.utf8))
    #expect(throws: ImageFilterError.self) { try settings.validate() }
  }

  @Test(arguments: [
    #"{"ibsiBoundary": "wrap"}"#, #"{"ibsiPooling": "min"}"#, #"{"ibsiRadialWavelet": "meyer"}"#,
  ])
  func `refuse a word that is not one of a setting's`(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(FilterSettings.self, from: Data(json.utf8))
    }
  }

  @Test func `leave stored settings as they were where they are not used`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(FilterSettings()), as: UTF8.self)
    #expect(!text.contains("ibsi"))
    var settings = FilterSettings()
    settings[IBSILaplacianOfGaussianFilter.self].settings.sigma = [millimetres(1.5)]
    let back = try JSONDecoder().decode(FilterSettings.self, from: try encoder.encode(settings))
    #expect(back[IBSILaplacianOfGaussianFilter.self] == settings[IBSILaplacianOfGaussianFilter.self])
  }

  @Test func `refuse a Gaussian that reaches too far, and voxels that are not numbers`() throws {
    let source = image(6, 6, 6, noise)
    #expect(throws: ImageFilterError.self) {
      try response(IBSILaplacianOfGaussianFilter(), to: source) { $0.sigma = [millimetres(1e6)] }
    }
    #expect(throws: ImageFilterError.self) {
      try response(IBSIGaborFilter(), to: source) { ($0.sigma, $0.gaborWavelength) = ([millimetres(1e6)], 1) }
    }
    var broken = source
    broken.voxels[3] = .nan
    #expect(throws: ImageFilterError.self) { try response(IBSIMeanFilter(), to: broken) { _ in } }
  }
}
