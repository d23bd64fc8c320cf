import Foundation
import NeuralNet
import TestSupport
import Testing
import Volumes

/// What PyTorch and torchvision computed, from `Benchmarks/reference/deep_fixture.py`.
struct DeepReference: Decodable {
  struct Weights: Decodable {
    let bytes: Int
    let checksum: String
  }
  struct Layer: Decodable {
    let name: String
    let mean: Double
    let magnitude: Double
    let largest: Double
    let places: [Int]
    let values: [Double]
  }
  struct Picture: Decodable {
    let name: String
    let layers: [Layer]
    let features: [Double]
  }
  struct Preparation: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let settings: DeepSettings
    let slices: [Int]
    let mean: Double
    let grid: [Double]
    let features: [Double]
    var testDescription: String { name }
  }
  struct Region: Decodable {
    let image: String
    let mask: String
    let label: UInt32
    let means: [Double]
    let features: [Double]
  }

  let weights: Weights
  let pictures: [Picture]
  let preparations: [Preparation]

  static let shared: DeepReference = read("deep_reference.json")
  static let real: [Region] = read("deep_real.json")

  private static func read<Value: Decodable>(_ name: String) -> Value {
    let url = ReferenceData.repository.appendingPathComponent("Tests/NeuralNetTests/Fixtures/\(name)")
    do {
      return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
    } catch {
      preconditionFailure("\(name): \(error)")
    }
  }
}

/// The network of the reference and its inputs.
enum Sample {
  static let weights = Result { try NetworkWeights.random(seed: 1) }
  static let network = Result { try ResidualNetwork(weights.get()) }
  private static let others = Dictionary(
    uniqueKeysWithValues: [NetworkArchitecture.resnet34, .resnet50].map { architecture in
      let weights = Result { try NetworkWeights.random(architecture, seed: 1) }
      return (architecture, (weights: weights, network: Result { try ResidualNetwork(weights.get()) }))
    })

  static func weights(_ architecture: NetworkArchitecture) -> Result<NetworkWeights, any Error> {
    others[architecture]?.weights ?? weights
  }

  static func network(_ architecture: NetworkArchitecture) -> Result<ResidualNetwork, any Error> {
    others[architecture]?.network ?? network
  }

  static let extractor = Result { try DeepExtractor(weights: weights.get()) }

  /// A picture of the reference, by the same formula.
  static func picture(_ name: String) -> [Float] {
    (0..<224 * 224).map { place in
      let (y, x) = place.quotientAndRemainder(dividingBy: 224)
      switch name {
      case "texture": return Float((31 * y + 17 * x + (x * y) % 97) % 256) / 255
      case "ramp": return Float((x + y) / 2) / 255
      default: return 0
      }
    }
  }

  static let geometry = GridGeometry(
    size: GridSize(x: 40, y: 31, z: 6), spacingInMillimetres: [0.75, 1.25, 3])

  /// The volume of the reference.
  static let volume = Volume(
    geometry: geometry, voxels: perVoxel { Double((7 * $0 + 13 * $1 + 29 * $2 + $0 * $1) % 200) })

  /// The region of the reference.
  static let mask = Mask(
    geometry: geometry,
    voxels: perVoxel { x, y, z in
      let distance = 4 * (x - 24) * (x - 24) + 9 * (y - 14) * (y - 14)
      return distance <= 900 - 200 * (z - 2) * (z - 2) ? 1 : 0
    })

  private static func perVoxel<Value>(_ value: (Int, Int, Int) -> Value) -> [Value] {
    let size = geometry.size
    return (0..<size.z).flatMap { z in
      (0..<size.y).flatMap { y in (0..<size.x).map { x in value(x, y, z) } }
    }
  }
}

/// Largest difference, relative to the largest magnitude of `expected`.
func relativeDifference(_ values: [Double], _ expected: [Double]) -> Double {
  guard values.count == expected.count else { return .infinity }
  let largest = expected.map(abs).max() ?? 0
  return zip(values, expected).map { abs($0 - $1) }.max().map { $0 / largest } ?? 0
}
