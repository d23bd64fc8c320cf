import Extraction
import Foundation
import ImageFiles
import StudyPlan
import Volumes

/// The features of a tiny image, under mutated settings and of mutated voxels.
enum RegionSubjects {
  /// A parameter file, for a cube of 5 × 5 × 5 voxels.
  static let settings = FuzzSubject(
    name: "extraction", seeds: FuzzSeeds.parameters, words: FuzzWords.parameters
  ) {
    let parameters = try ExtractionParameters(parameterFile: String(decoding: $0, as: UTF8.self))
    try extract(cube, parameters)
  }

  /// Spacings and origin, then voxels of a cube of 4 × 4 × 4, all as doubles; the first byte says with which settings.
  static let voxels = FuzzSubject(
    name: "region",
    seeds: (0..<4).map { kind in
      [UInt8(kind)] + ([1, 2, 0.5, 0, -3, 7] + (0..<64).map { Double($0 * $0 % 17) }).flatMap(bytes(of:))
    }
  ) { input in
    guard let kind = input.first else { return }
    let numbers = numbers(in: input.dropFirst())
    let size = GridSize(x: 4, y: 4, z: 4)
    let padded = numbers + [Double](repeating: 1, count: max(0, 70 - numbers.count))
    let image = Volume(
      geometry: GridGeometry(
        size: size, spacingInMillimetres: SIMD3(padded[0..<3].map { abs($0) }),
        originInMillimetres: SIMD3(padded[3..<6])),
      sampleType: .float64, voxels: Array(padded[6..<70]))
    try extract(image, recipes[Int(kind) % recipes.count])
  }

  private static let recipes: [ExtractionParameters] = [
    "{}", "setting: {binCount: 8, weightingNorm: euclidean}", "setting: {ibsi: true, binWidth: 1}",
    "setting: {normalize: true, removeOutliers: 3, resampledPixelSpacing: [1, 1, 1], resegmentRange: [-2, 2], "
      + "resegmentMode: sigma}\nimageType: {Original: {}, Logarithm: {}, Exponential: {}, Square: {}, Gradient: {}}",
  ].map {
    do { return try ExtractionParameters(parameterFile: $0) } catch { fatalError("\(error)") }
  }

  private static let cube: Volume = {
    let size = GridSize(x: 5, y: 5, z: 5)
    return Volume(
      geometry: GridGeometry(size: size, spacingInMillimetres: [1, 1, 2]), sampleType: .int16,
      voxels: (0..<125).map { Double($0 * 37 % 101) })
  }()

  private static func extract(_ image: Volume, _ parameters: ExtractionParameters) throws {
    let size = image.geometry.size
    let mask = (0..<size.voxelCount).map { index in
      let (x, y, z) = (index % size.x, index / size.x % size.y, index / size.x / size.y)
      return x > 0 && y > 0 && z > 0 && index % 11 != 3 ? 1.0 : 0
    }
    let labels = Volume(geometry: image.geometry, sampleType: .uint8, voxels: mask)
    let region = RegionFiles(
      image: ImageFileContents(name: "image", bytes: try encodeNIfTI(image)),
      mask: ImageFileContents(name: "mask", bytes: try encodeNIfTI(labels)), label: 1)
    _ = try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: region)
  }

  private static func numbers(in bytes: ArraySlice<UInt8>) -> [Double] {
    stride(from: bytes.startIndex, to: bytes.endIndex - 7, by: 8).map { start in
      Double(bitPattern: bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
  }

  private static func bytes(of number: Double) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> ($0 * 8)) }
  }
}
