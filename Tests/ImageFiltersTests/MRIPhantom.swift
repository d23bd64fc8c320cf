import Foundation
import ImageFilters
import Volumes

/// Three tissues in a body of an ellipsoid, under a smooth field and whole-number noise: the image of
/// `Benchmarks/reference/mri_fixture.py`, by the same arithmetic.
enum MRIPhantom {
  static let image = ImageFiltersTests.image(40, 36, 28, spacing: [1, 1, 2]) { x, y, z in
    tissue(x, y, z) * field(x, y, z) + noise(x, y, z) / 32
  }

  static let body = region(of: image) { tissue($0, $1, $2) > 10 }

  /// The tissue of 600.
  static let middle = region(of: image) { tissue($0, $1, $2) == 600 }

  static func tissue(_ x: Int, _ y: Int, _ z: Int) -> Double {
    let (i, j, k) = ((Double(x) - 20) / 18, (Double(y) - 18) / 16, (Double(z) - 14) / 13)
    let r = i * i + j * j + k * k
    return r < 0.25 ? 400 : r < 0.6 ? 600 : r < 1 ? 300 : 10
  }

  static func field(_ x: Int, _ y: Int, _ z: Int) -> Double {
    let (i, j, k) = (Double(x) / 40, Double(y) / 36, Double(z) / 28)
    return 1 + 0.4 * i - 0.3 * j * j + 0.2 * k * i
  }
}

/// What SimpleITK 2.5.7, SciPy and intensity-normalization 3.0.1 make of the phantom.
struct MRIReference: Decodable {
  struct BiasCase: Decodable {
    let settings: BiasFieldSettings
    let corrected: [Double]
  }

  struct Nyul: Decodable {
    let landmarks: [Double]
    let mapped: [Double]
  }

  /// Positions of the voxels whose values are kept.
  let sample: [Int]
  let image: [Double]
  let n4: [BiasCase]
  /// Mean and standard deviation of the stripe, by peak.
  let stripes: [String: [Double]]
  let nyul: Nyul

  static let shared: MRIReference = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Fixtures/mri.json")
    do {
      return try JSONDecoder().decode(MRIReference.self, from: Data(contentsOf: file))
    } catch {
      fatalError("\(file.path): \(error)")
    }
  }()
}
