import Foundation
import ImageFilters
import Testing
import Volumes

/// What PyRadiomics 3.0.1 (SimpleITK 2.5, PyWavelets 1.9, scikit-image 0.26, SciPy 1.12, trimesh 5.2) makes
/// of a small generated image; written by `Benchmarks/reference/filter_fixture.py`.
private struct ReferenceCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Image: Decodable {
    let name: String
    let sampleType: SampleType
    let size: [Int]
    let origin: [Double]
    let values: [Double?]
  }

  let name: String
  let sampleType: SampleType
  let dimension: Int
  let settings: PreprocessingSettings
  let filters: FilterSettings
  let imageTypes: [ImageType]
  let keep: [String]
  let images: [Image]

  var testDescription: String { name }

  static let all: [ReferenceCase] = {
    struct Fixture: Decodable { let cases: [ReferenceCase] }
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/filters.json")
    do {
      return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file)).cases
    } catch {
      preconditionFailure("\(file.path): \(error)")
    }
  }()

  /// The generated image and region, by the formula of the script.
  var input: (Volume, Mask) {
    let slices = dimension == 3 ? Array(0..<9) : [4]
    let geometry = GridGeometry(
      size: GridSize(x: 13, y: 11, z: slices.count),
      spacingInMillimetres: [0.75, 1.25, dimension == 3 ? 2.5 : 1],
      originInMillimetres: [-10.5, 20.25, dimension == 3 ? 5.5 : 0], dimension: dimension)
    var voxels: [Double] = []
    var region: [UInt8] = []
    for z in slices {
      for y in 0..<11 {
        for x in 0..<13 {
          let sum =
            3 * x * x + 5 * y * y + 11 * z * z + 7 * x * y + 13 * y * z + 17 * x * z + 19 * x * y * z
          let value = Double(sum % 509 - 120)
          voxels.append(sampleType.isInteger ? value : value / 8)
          let distance = 4 * (x - 6) * (x - 6) + 6 * (y - 5) * (y - 5) + 10 * (z - 4) * (z - 4)
          region.append(distance <= 40 ? 1 : 0)
        }
      }
    }
    return (
      Volume(geometry: geometry, sampleType: sampleType, voxels: voxels),
      Mask(geometry: geometry, voxels: region)
    )
  }
}

@Suite struct `Prepared and filtered images` {
  /// Share of an image's range by which it may differ; SimpleITK's Gaussian interpolator uses an error
  /// function that is good to 1e-8 only.
  private func tolerance(_ reference: ReferenceCase) -> Double {
    reference.settings.interpolator == .gaussian ? 2e-8 : 4e-15
  }

  @Test(arguments: ReferenceCase.all)
  private func `equal PyRadiomics' in order, name, type, grid and value`(_ reference: ReferenceCase) throws {
    let (image, mask) = reference.input
    let prepared = try PreparedImage(image: image, mask: mask, settings: reference.settings)
    let region = prepared.mask.cropped(to: prepared.box)
    var found = [
      (
        "mask",
        Volume(geometry: region.geometry, sampleType: .uint8, voxels: region.voxels.map { Double($0) })
      )
    ]
    for type in reference.imageTypes {
      for (name, image) in try images(of: type, from: prepared, settings: reference.filters)
      where reference.keep.isEmpty || reference.keep.contains(name) {
        found.append((name, image))
      }
    }
    #expect(found.map(\.0) == reference.images.map(\.name))
    for ((name, image), expected) in zip(found, reference.images) {
      let isSingle = expected.sampleType == .float32
      let values = expected.values.map { $0.map { isSingle ? Double(Float($0)) : $0 } ?? .nan }
      let finite = values.filter { !$0.isNaN }
      let range = max((finite.max() ?? 0) - (finite.min() ?? 0), 1e-300)
      #expect(image.sampleType == expected.sampleType, "\(name)")
      #expect(image.geometry.size.extents(expected.size.count) == expected.size, "\(name)")
      for (axis, origin) in expected.origin.enumerated() {
        #expect(abs(image.geometry.originInMillimetres[axis] - origin) <= 1e-12, "\(name)")
      }
      #expect(largestDifference(image.voxels, values) <= tolerance(reference) * range, "\(name)")
    }
  }
}

extension GridSize {
  fileprivate func extents(_ count: Int) -> [Int] { Array([x, y, z].prefix(count)) }
}
