import Foundation
import ImageFilters
import StudyPlan
import Testing

private func study(_ yaml: String, input: String = "manifest: m.csv\n") throws -> Study {
  try StudyFile(yaml: "study: s\n" + input + yaml, besides: URL(fileURLWithPath: "/studies/s.yaml")).study
}

@Suite struct `Controls of a study file` {
  @Test func `are all, some in their own order, or none`() throws {
    #expect(try study("controls: true\n").controls == [.volume, .shuffled, .beside, .permuted])
    #expect(try study("controls: [permuted, volume, permuted]\n").controls == [.volume, .permuted])
    #expect(try study("controls: shuffled\n").controls == [.shuffled])
    #expect(try study("controls: false\n").controls == nil)
    #expect(try study("").controls == nil)
  }

  @Test func `leave no trace in the canonical JSON of a study without them`() throws {
    #expect(!(try study("").canonicalJSON.contains("controls")))
    let controlled = try study("controls: true\n")
    #expect(try Study(canonicalJSON: controlled.canonicalJSON) == controlled)
  }

  @Test(
    arguments: [
      ("controls: [shufled]\n", "Did you mean 'shuffled'?"), ("controls: [[volume]]\n", "controls[0]"),
      ("controls: true\nbootstrap: {replicates: 39}\n", "give at least 40"),
    ])
  func `are refused where they cannot be had`(yaml: String, words: String) throws {
    let error = #expect(throws: StudyError.self) { try study(yaml) }
    #expect(try #require(error).message.contains(words))
  }

  @Test func `of a table of features are volume and permuted outcomes`() throws {
    #expect(try study("controls: true\n", input: "features: t.csv\n").controls == [.volume, .permuted])
    let error = #expect(throws: StudyError.self) {
      try study("controls: [beside]\n", input: "features: t.csv\n")
    }
    #expect(try #require(error).message.contains("no voxels"))
  }

  @Test func `extract further regions for models of hand-crafted features only`() throws {
    #expect(try study("controls: true\n").variants == [.shuffled, .beside])
    #expect(try study("controls: [volume, permuted]\n").variants == [])
    #expect(try study("controls: true\nmodels: []\n").variants == [])
    let mixed = try study(
      """
      controls: true
      deep: {weights: random-seed-1}
      models:
        - {name: Rad, sources: [handcrafted]}
        - {name: DLR, sources: [handcrafted, deep]}
        - {name: DL, sources: [deep]}
      """)
    #expect(mixed.models.map(mixed.hasControls) == [true, false, false])
  }
}

@Suite struct `Keys of variants of a region` {
  private let digest = [UInt8](repeating: 3, count: 32)

  private func key(_ variant: RegionVariant?, segment: String? = nil, ring: RegionRing? = nil) throws
    -> FeatureKey
  {
    FeatureKey(
      image: digest, mask: digest, label: 1, segment: segment, ring: ring, variant: variant,
      recipe: try study("").recipes[0], site: "North")
  }

  @Test func `are others than those of the region, and it keeps its own`() throws {
    let keys = try [
      key(nil), key(.shuffled), key(.beside), key(nil, segment: "shuffled"),
      key(nil, ring: RegionRing("0,5")), key(.beside, ring: RegionRing("0,5")),
    ]
    #expect(Set(keys).count == keys.count)
    let before = FeatureKey(
      image: digest, mask: digest, label: 1, recipe: try study("").recipes[0], site: "North")
    #expect(keys[0] == before)
  }
}
