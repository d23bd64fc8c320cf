import Foundation
import ImageFilters
import Testing
import Volumes

/// A filter that this package does not know: intensities upside down. It is all that a filter takes.
private struct InvertedImage: ImageFilter {
  static let name = "Inverted"
  static let settingNames = ["invertedAround"]

  var centre: Double = 0

  enum CodingKeys: String, CodingKey { case centre = "invertedAround" }

  init() {}

  init(from decoder: any Decoder) throws {
    centre =
      try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Double.self, forKey: .centre) ?? 0
  }

  func validate() throws(ImageFilterError) {
    guard centre.isFinite else { throw ImageFilterError(.invalidSetting, "invertedAround is not finite") }
  }

  func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    var image = prepared.image.cropped(to: prepared.box)
    for place in image.voxels.indices { image.voxels[place] = 2 * centre - image.voxels[place] }
    try body(DerivedImage(name: "inverted", content: .image(image)))
  }
}

@Suite struct `A filter` {
  private let filter: InvertedImage = {
    var filter = InvertedImage()
    filter.centre = 3
    return filter
  }()

  private func prepared() throws -> PreparedImage {
    let volume = image(4, 1, 1) { x, _, _ in Double(x) }
    return try PreparedImage(image: volume, mask: region(of: volume) { x, _, _ in x > 0 })
  }

  @Test func `is one type, and runs as those that are known`() throws {
    var settings = FilterSettings()
    settings[InvertedImage.self] = filter
    let found = try images(of: ImageType(InvertedImage.self), from: try prepared(), settings: settings)
    #expect(found.map(\.name) == ["inverted"])
    #expect(found[0].image.voxels == [5, 4, 3])
    var direct: [String] = []
    try prepared().forEachImage(by: filter) { direct.append($0.name) }
    #expect(direct == ["inverted"])
  }

  @Test func `whose settings are out of range does not run`() throws {
    var broken = filter
    broken.centre = .infinity
    let prepared = try prepared()
    #expect {
      try prepared.forEachImage(by: broken) { _ in }
    } throws: {
      ($0 as? ImageFilterError)?.code == .invalidSetting
    }
  }

  @Test func `that is new is written only where its settings are not the defaults`() throws {
    func written(_ settings: FilterSettings) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(settings), as: UTF8.self)
    }
    var settings = FilterSettings()
    settings[InvertedImage.self] = InvertedImage()
    #expect(try written(settings) == written(FilterSettings()))
    #expect(settings == FilterSettings())
    settings[InvertedImage.self] = filter
    #expect(try written(settings).contains(#""invertedAround":3"#))
    #expect(settings != FilterSettings())
  }
}

@Suite struct `Image types` {
  @Test func `have names of their own, and settings of their own`() {
    #expect(Set(ImageType.allCases.map(\.rawValue)).count == ImageType.allCases.count)
    #expect(Set(FilterSettings.names).count == FilterSettings.names.count)
    #expect(Set(FilterSettings.listNames).isSubset(of: FilterSettings.names))
  }

  @Test(arguments: ImageType.allCases)
  func `are found by their name, written and read`(type: ImageType) throws {
    #expect(ImageType(rawValue: type.rawValue) == type)
    let read = try JSONDecoder().decode([ImageType].self, from: JSONEncoder().encode([type]))
    #expect(read == [type])
    #expect(ImageType(rawValue: type.rawValue.lowercased()) == nil)
  }

  @Test(arguments: ImageType.allCases)
  func `write the settings that they name, and no other`(type: ImageType) throws {
    let text = try JSONEncoder().encode(type.filter.init())
    let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(Set(object.keys) == Set(type.filter.settingNames))
  }

  @Test(arguments: ImageType.allCases)
  func `refuse a NaN far from the region exactly where all of the image counts`(type: ImageType) throws {
    var volume = image(12, 12, 12, noise)
    volume.voxels[0] = .nan
    let mask = region(of: volume) { x, y, z in
      (9..<12).contains(x) && (9..<12).contains(y) && (9..<12).contains(z)
    }
    let prepared = try PreparedImage(image: volume, mask: mask)
    var settings = FilterSettings()
    settings[LaplacianOfGaussianFilter.self].sigma = [FilterScale(millimetres: 1, literal: "1")]
    let refuses = type.filter.dependsOnWholeImage
    func isRefused(_ body: () throws -> Void) throws -> Bool {
      do {
        try body()
        return false
      } catch let error as ImageFilterError where error.code == .nonFiniteVoxel {
        return true
      }
    }
    #expect(try isRefused { try prepared.checkVoxels(for: type) } == refuses)
    #expect(try isRefused { try prepared.forEachImage(of: type, settings: settings) { _ in } } == refuses)
  }
}
