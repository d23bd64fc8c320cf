import Foundation
import Radiomics
import Testing

/// A class that this package does not know: shares of voxels. It is all that a class takes.
private struct ShareClass: FeatureClassDefinition {
  static let name = "share"
  static let standardFeatures = ["Above"]
  static let settingNames = ["shareAbove"]

  var limit: Double = 0

  enum CodingKeys: String, CodingKey { case limit = "shareAbove" }

  init() {}

  init(from decoder: any Decoder) throws {
    limit = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Double.self, forKey: .limit) ?? 0
  }

  func validate() throws(RadiomicsError) {
    guard limit.isFinite else { throw RadiomicsError(.invalidSetting, "shareAbove is not finite") }
  }

  func unavailability(in region: RegionOfInterest, _ settings: RadiomicsSettings) -> String? {
    region.dimension == 3 ? nil : "share needs a 3D image"
  }

  func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    let above = region.intensities.count { $0 > limit }
    return [NamedValue("Above", Double(above) / Double(region.intensities.count))]
  }
}

@Suite struct `A feature class` {
  /// Intensities 0, 1 and 2 along x.
  private let cube = TestRegion(Array(repeating: Array(repeating: [0, 1, 2], count: 3), count: 3))

  private func features(limit: Double) throws -> RegionFeatures {
    let settings = RadiomicsSettings.with { $0[ShareClass.self].limit = limit }
    return try RegionFeatures(image: cube.volume, region: cube.region(settings), settings: settings)
  }

  @Test func `is one type, and is computed as those that are known`() throws {
    let share = FeatureClass(ShareClass.self)
    #expect(try features(limit: 0).values(of: share) == [NamedValue("Above", 2.0 / 3)])
    #expect(try features(limit: 1).values(of: share) == [NamedValue("Above", 1.0 / 3)])
  }

  @Test func `that is new is written only where its settings are not the defaults`() throws {
    func written(_ settings: RadiomicsSettings) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(settings), as: UTF8.self)
    }
    let unchanged = RadiomicsSettings.with { $0[ShareClass.self] = ShareClass() }
    #expect(unchanged == RadiomicsSettings())
    #expect(try written(unchanged) == written(RadiomicsSettings()))
    let changed = RadiomicsSettings.with { $0[ShareClass.self].limit = 3 }
    #expect(changed != RadiomicsSettings())
    #expect(try written(changed).contains(#""shareAbove":3"#))
  }
}

@Suite struct `Feature classes` {
  @Test func `have names of their own, and settings of their own`() {
    #expect(Set(FeatureClass.allCases.map(\.rawValue)).count == FeatureClass.allCases.count)
    #expect(Set(RadiomicsSettings.names).count == RadiomicsSettings.names.count)
    #expect(FeatureClass.allCases.filter { !FeatureClass.standard.contains($0) } == [.shape2D])
  }

  @Test(arguments: FeatureClass.allCases)
  func `are found by their name, written and read`(featureClass: FeatureClass) throws {
    #expect(FeatureClass(rawValue: featureClass.rawValue) == featureClass)
    let read = try JSONDecoder().decode([FeatureClass].self, from: JSONEncoder().encode([featureClass]))
    #expect(read == [featureClass])
    #expect(FeatureClass(rawValue: featureClass.rawValue + "s") == nil)
  }

  @Test(arguments: FeatureClass.allCases)
  func `write the settings that they name, and no other`(featureClass: FeatureClass) throws {
    let text = try JSONEncoder().encode(featureClass.definition.init())
    let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(Set(object.keys) == Set(featureClass.definition.settingNames))
  }
}
