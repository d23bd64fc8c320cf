import Cancellation
import Extraction
import ImageFilters
import StudyPlan
import Synchronization
import Testing
import Volumes

/// Keeps nothing, and hands back what it is given.
private struct NoRows: FeatureCache {
  func entries(of keys: [FeatureKey]) -> [FeatureKey: FeatureRow] { [:] }
  func add(_ rows: [FeatureRow]) -> [FeatureRow] { rows }
}

@Suite struct `Extraction of what a model is held against` {
  private func row(_ variant: RegionVariant?, of region: RegionOnDisk = .init()) async throws -> FeatureRow {
    try await region.withFiles { location in
      var location = location
      location.variant = variant
      let method = HandcraftedFeatures(ExtractionParameters())
      return try await RegionExtractor([method]).extract(location, cache: NoRows(), on: .unlimited).entries[0]
    }
  }

  private func values(_ row: FeatureRow, of family: String) -> [Double] {
    zip(row.features.names, row.features.values).filter { $0.0.hasPrefix("original_\(family)_") }.map(\.1)
  }

  @Test func `shuffles voxels: shape and histogram stay, texture goes`() async throws {
    // A ramp along x has as smooth a texture as can be.
    let ramp = RegionOnDisk(intensity: { Double($0 % 12 * 30) })
    let (drawn, shuffled) = (try await row(nil, of: ramp), try await row(.shuffled, of: ramp))
    #expect(values(drawn, of: "shape") == values(shuffled, of: "shape"))
    // The same numbers in another order: sums differ in their last bits.
    for (one, other) in zip(values(drawn, of: "firstorder"), values(shuffled, of: "firstorder")) {
      #expect(abs(one - other) <= 1e-9 * max(1, abs(one)))
    }
    let place = try #require(drawn.features.names.firstIndex(of: "original_glcm_Contrast"))
    let contrast = [drawn, shuffled].map { $0.features.values[place] }
    #expect(contrast[1] > 3 * contrast[0])
    #expect(drawn.key != shuffled.key)
  }

  @Test func `shuffles by the contents of the files, so that every machine shuffles alike`() async throws {
    let first = try await row(.shuffled)
    let again = try await row(.shuffled)
    #expect(again.features == first.features)
    // Another image has another order: the same intensities, each larger by a bin.
    let other = RegionOnDisk(intensity: { Double($0 * 7919 % 400) + 25 })
    let place = try #require(first.features.names.firstIndex(of: "original_glcm_JointEntropy"))
    let entropy = [first, try await row(.shuffled, of: other)].map { $0.features.values[place] }
    #expect(entropy[0] != entropy[1])
  }

  @Test func `moves the region: shape stays, intensities are those of the place`() async throws {
    // The region is 3 of 12 voxels along x, and all that lies right of it is brighter by 1,000.
    let region = RegionOnDisk(
      intensity: { Double($0 * 7919 % 400) + ($0 % 12 < 6 ? 0 : 1_000) },
      isInside: { x, y, z in (2..<5).contains(x) && (2..<9).contains(y) && (2..<8).contains(z) })
    let (drawn, beside) = (try await row(nil, of: region), try await row(.beside, of: region))
    #expect(values(drawn, of: "shape") == values(beside, of: "shape"))
    let place = try #require(drawn.features.names.firstIndex(of: "original_firstorder_Minimum"))
    // Three voxels to the right is the nearest place: x 5 to 7, whose first third is dark. To the left there is no room.
    #expect(drawn.features.values[place] < 400 && beside.features.values[place] < 400)
    let maximum = try #require(drawn.features.names.firstIndex(of: "original_firstorder_Maximum"))
    #expect(drawn.features.values[maximum] < 400 && beside.features.values[maximum] >= 1_000)
  }

  @Test func `keeps off other regions of the mask`() async throws {
    let region = RegionOnDisk(
      intensity: { Double($0 * 7919 % 400) + ($0 % 12 < 6 ? 0 : 1_000) },
      isInside: { x, y, z in (2..<5).contains(x) && (2..<9).contains(y) && (3..<6).contains(z) },
      isReference: { x, y, z in x == 6 && y == 4 && z == 4 })
    let beside = try await row(.beside, of: region)
    let maximum = try #require(beside.features.names.firstIndex(of: "original_firstorder_Maximum"))
    // To the right, the nearest place, lies another region; three slices below, x is 2 to 4, which is dark.
    #expect(beside.features.values[maximum] < 400)
  }

  @Test func `has no values, and says so, where the region fits nowhere else`() async throws {
    let drawn = try await row(nil)
    let beside = try await row(.beside)
    #expect(beside.features.names == drawn.features.names)
    #expect(beside.features.values.allSatisfy { $0.isNaN })
    #expect(beside.features.diagnostics.warnings.contains { $0.contains("fits nowhere beside it") })
  }

  @Test func `perturbs image and region, the same on every machine`() async throws {
    let plain = try #require(RegionVariant("T0.0,R0.0,V0.0,S7"))
    let (drawn, same) = (try await row(nil), try await row(plain))
    #expect(same.features.values == drawn.features.values && same.key != drawn.key)
    let grown = try #require(RegionVariant("T0.5,R4.0,V0.1,S7"))
    let (first, again) = (try await row(grown), try await row(grown))
    #expect(first.features == again.features && first.features.values != drawn.features.values)
    #expect(first.features.values.allSatisfy { $0.isFinite })
    let other = try await row(RegionVariant("T0.5,R4.0,V0.1,S8"))
    #expect(other.features.values != first.features.values)
    let place = try #require(drawn.features.names.firstIndex(of: "original_shape_VoxelVolume"))
    // 6 × 7 × 6 voxels of 2 mm³, and a tenth more: 277.2.
    let more = try await row(RegionVariant("T0.0,R0.0,V0.1,S7"))
    #expect(drawn.features.values[place] == 504 && more.features.values[place] == 554)
  }

  @Test func `has no values, and says so, where a perturbed region leaves the image`() async throws {
    let edge = RegionOnDisk(isInside: { x, y, z in (3..<9).contains(x) && (2..<9).contains(y) && z < 4 })
    let moved = try await row(RegionVariant("T0.75,R0.0,V0.0,S7"), of: edge)
    #expect(moved.features.values.allSatisfy { $0.isNaN })
    #expect(moved.features.diagnostics.warnings.contains { $0.contains("leaves the image") })
  }

  @Test func `throws what is wrong with the region itself`() async throws {
    let absent = RegionOnDisk(isInside: { _, _, _ in false }, isReference: { x, y, z in x == y && y == z })
    for variant in RegionVariant.controls + [RegionVariant("T0.5,R0.0,V0.1,S7")].compactMap(\.self) {
      let error = await #expect(throws: StudyTaskError.self) { _ = try await row(variant, of: absent) }
      #expect(try #require(error).code == "label-absent")
    }
  }
}
