import Cancellation
import Extraction
import ImageFiles
import StudyPlan
import Synchronization
import Testing
import Volumes

/// Keeps rows in memory, and counts what it was asked and given.
private final class RowsInMemory: FeatureCache {
  private let rows = Mutex<[FeatureKey: FeatureRow]>([:])
  private let added = Mutex<[[FeatureSource]]>([])

  /// The sources of the rows of each call.
  var calls: [[FeatureSource]] { added.withLock { $0 } }

  func entries(of keys: [FeatureKey]) -> [FeatureKey: FeatureRow] {
    rows.withLock { rows in rows.filter { keys.contains($0.key) } }
  }

  func add(_ rows: [FeatureRow]) -> [FeatureRow] {
    added.withLock { $0.append(rows.map(\.recipe.source)) }
    self.rows.withLock { known in for row in rows { known[row.key] = row } }
    return rows
  }
}

/// A method that cannot be had of any region.
private struct Refusal: FeatureMethod {
  static let error = StudyTaskError(code: "refused", sentence: "No.", remedy: "None.")

  let recipe = FeatureRecipe(ExtractionParameters())
  let labelChannel = 0

  func features(of region: consuming DecodedRegion, _ cancellation: CancellationToken) throws(StudyTaskError)
    -> ExtractedFeatures
  {
    throw Self.error
  }

  func check(_ region: DecodedRegion) throws(StudyTaskError) { throw Self.error }
}

@Suite struct `Extraction into a cache` {
  private let handcrafted = HandcraftedFeatures(ExtractionParameters())

  private func extract(
    _ methods: [any FeatureMethod], _ region: RegionOnDisk = .init(), into cache: RowsInMemory
  ) async throws -> ExtractedRegion<FeatureRow> {
    try await region.withFiles {
      try await RegionExtractor(methods).extract($0, cache: cache, on: .unlimited)
    }
  }

  @Test func `computes what is not there, and gives it to the cache in one call`() async throws {
    let (cache, deep) = (RowsInMemory(), try DeepSample.method())
    let first = try await extract([handcrafted, deep], into: cache)
    #expect(first.computed == 2 && cache.calls == [[.handcrafted, .deep]])
    #expect(first.entries.map(\.recipe) == [handcrafted.recipe, deep.recipe])
    #expect(first.warnings == ["deep: random-seed-1 (random weights, not a trained network)"])
    let second = try await extract([handcrafted, deep], into: cache)
    #expect(second.computed == 0 && cache.calls.count == 1 && second.warnings.isEmpty)
    #expect(second.entries.map(\.features) == first.entries.map(\.features))
  }

  @Test func `adds a source to what is there of another`() async throws {
    let (cache, deep) = (RowsInMemory(), try DeepSample.method())
    _ = try await extract([handcrafted], into: cache)
    let both = try await extract([handcrafted, deep], into: cache)
    #expect(both.computed == 1 && cache.calls == [[.handcrafted], [.deep]])
    #expect(both.entries.map(\.recipe.source) == [.handcrafted, .deep])
  }

  @Test func `of both sources gives each the values that it has alone`() async throws {
    let deep = try DeepSample.method()
    let both = try await extract([handcrafted, deep], into: RowsInMemory())
    #expect(both.entries[0].features == (try RegionOnDisk().features(handcrafted)))
    #expect(both.entries[1].features == (try RegionOnDisk().features(deep)))
  }

  @Test func `computes a region with another mask, and one with another label, anew`() async throws {
    let cache = RowsInMemory()
    let first = try await extract([handcrafted], into: cache)
    var smaller = RegionOnDisk()
    smaller.isInside = { x, y, z in (4..<8).contains(x) && (3..<8).contains(y) && (3..<7).contains(z) }
    let second = try await extract([handcrafted], smaller, into: cache)
    #expect(second.computed == 1 && first.imageSHA256 == second.imageSHA256)
    #expect(first.maskSHA256 != second.maskSHA256)
  }

  @Test func `tells what is odd about a mask with the features of each source, and once of the region`()
    async throws
  {
    let odd = [
      "1 voxels of the mask are below 0 and count as background: 1 of -1",
      "1 voxels of the mask are no whole numbers and are cut toward zero, as in PyRadiomics: 1 of 0.5 became 0",
    ]
    let deep = try DeepSample.method()
    let region = try await RegionOnDisk().withFiles { location in
      let mask = try readLabelMap(at: location.mask).volume
      let values = [-1, 0.5] + mask.voxels.dropFirst(2)
      try writeVolume(
        Volume(geometry: mask.geometry, sampleType: .float32, voxels: values), to: location.mask)
      return try await RegionExtractor([handcrafted, deep]).extract(
        location, cache: RowsInMemory(), on: .unlimited)
    }
    #expect(region.warnings == odd + ["deep: random-seed-1 (random weights, not a trained network)"])
    for entry in region.entries {
      #expect(Array(entry.features.diagnostics.warnings.prefix(2)) == odd)
      #expect(entry.features.diagnostics.voxels == 252)
    }
    let listed = region.entries[0].features.diagnostics.entries.last
    #expect(listed == Diagnostic("diagnostics_Warnings", .text(odd.joined(separator: "; "))))
  }

  @Test func `keeps nothing of a region that one source refuses`() async throws {
    let cache = RowsInMemory()
    await #expect(throws: Refusal.error) {
      _ = try await extract([DeepSample.method(), Refusal()], into: cache)
    }
    #expect(cache.calls.isEmpty)
    _ = try await RegionOnDisk().withFiles { location in
      #expect(throws: Refusal.error) { try RegionExtractor([Refusal()]).check(RegionFiles(at: location)) }
    }
  }

  @Test func `that is cancelled ends, and keeps nothing`() async throws {
    let cancellation = CancellationToken()
    cancellation.cancel()
    let parameters = try ExtractionParameters(parameterFile: "imageType: {Original: {}, Wavelet: {}}")
    let error = #expect(throws: StudyTaskError.self) {
      try RegionOnDisk().read {
        try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: $0, cancellation)
      }
    }
    #expect(error == .cancelled)
  }
}
