import Radiomics
import TestSupport
import Testing
import Volumes

@Suite struct `The IBSI digital phantom` {
  /// Grey levels are the intensities, whichever way they are discretised.
  static let settings: [IBSISettings] = [
    .with {
      $0.binWidth = 1
      $0.intensityUnits = .calibratedDiscrete
    },
    .with {
      $0.binCount = 6
      $0.ivhBinCount = 6
    },
    .with {
      $0.binWidth = 1
      $0.resegmentRange = [1, 6]
      $0.intensityUnits = .calibratedDiscrete
    },
  ]

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: settings)
  func `has every reference value within its tolerance`(_ settings: IBSISettings) throws {
    let region = try TestRegion.ibsiPhantom()
    let found = try region.ibsiFeatures(settings).allValues()
    let reference = try PhantomReference.all()
    var met = 0
    var unclaimed: [String] = []
    for row in reference {
      let value = try #require(found.first { $0.tag == row.tag }, "\(row.tag) is not computed")
      if row.value == nil {
        unclaimed.append(row.tag)
        #expect(value.value.isFinite)
        continue
      }
      #expect(row.isMet(by: value.value), "\(row.tag): \(value.value), reference \(row)")
      met += row.isMet(by: value.value) ? 1 : 0
    }
    #expect(found.count == reference.count)
    #expect(unclaimed.count == 5)
    print("IBSI-1 phantom: \(met) of \(reference.count - unclaimed.count) reference values")
    print("  no reference value (no consensus): \(unclaimed.joined(separator: ", "))")
  }

  /// Four identifiers in the table of reference values are another feature's or the family's.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `names features as the reference does`() throws {
    let features = IBSIFamily.allCases.flatMap(\.features)
    var others: Set<String> = []
    for row in try PhantomReference.all() {
      let feature = try #require(features.first { $0.tag == row.featureTag }, "\(row.featureTag)")
      if feature.code != row.code && !row.code.isEmpty { others.insert("\(feature.tag) \(feature.code)") }
    }
    #expect(
      others.sorted() == [
        "ih_p10 GPMT", "ih_p90 OZ0C", "morph_area_dens_aabb R57B", "szm_sze 5QRC",
      ])
  }

  @Test func `has 174 features in eleven families`() {
    #expect(IBSIFamily.allCases.map(\.features.count) == [29, 2, 18, 23, 7, 25, 16, 16, 16, 5, 17])
    let tags = IBSIFamily.allCases.flatMap { $0.features.map(\.tag) }
    #expect(Set(tags).count == 174)
  }
}

extension IBSISettings {
  /// Settings that differ from the defaults.
  static func with(_ change: (inout IBSISettings) -> Void) -> IBSISettings {
    var settings = IBSISettings()
    change(&settings)
    return settings
  }

  static let unitBins = with { $0.binWidth = 1 }
}

extension TestRegion {
  var anyRegion: RegionOfInterest {
    get throws {
      try RegionOfInterest(ofAnySize: Mask(geometry: geometry, voxels: mask), imageGeometry: geometry)
    }
  }

  func ibsiFeatures(_ settings: IBSISettings = .unitBins) throws -> IBSIFeatures {
    try IBSIFeatures(image: volume, region: anyRegion, settings: settings)
  }

  /// Values of one family by tag.
  func ibsi(_ family: IBSIFamily, _ settings: IBSISettings = .unitBins) throws -> [String: Double] {
    let values = try ibsiFeatures(settings).values(of: family)
    return Dictionary(uniqueKeysWithValues: values.map { ($0.tag, $0.value) })
  }
}
