import Foundation
import ImageFilters
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Segments of one mask` {
  /// One image and one mask, with a region by its label and regions by their names.
  private func cases(_ segments: [String?]) -> [SubmittedCase] {
    segments.map { segment in
      SubmittedCase(
        row: Manifest.Row(
          subject: "P0", site: "North", image: "i0.nii", mask: "m0.nii", segment: segment, outcome: 1),
        label: 1, imageSHA256: StoreFixture.digest(0), maskSHA256: StoreFixture.digest(7))
    }
  }

  @Test(
    arguments: [
      (nil, nil), ("tumour", nil), ("7", nil), ("GTV öß 1", nil), ("@ring(0,5)", nil), (nil, "0,5"),
      ("GTV", "1,2.5"),
    ] as [(String?, String?)], [nil, "Nörd"] as [String?])
  func `have the same key in the database and in the programs`(region: (String?, String?), site: String?)
    async throws
  {
    try await StoreFixture.with { fixture in
      let (segment, ring) = region
      for variant in [nil] + RegionVariant.controls + [RegionVariant("T0.25,R-4.0,V0.1,S7")] {
        let recipe = try StoreFixture.study().recipes[0]
        let (image, mask) = (StoreFixture.digest(3)!, StoreFixture.digest(4)!)
        let key = try await fixture.connection.query(
          "SELECT trabecula.row_key($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", image, mask,
          4_294_967_295 as Int64,
          segment, ring, variant?.description, recipe.source.rawValue, recipe.parameters, Release.extractor,
          site
        ).scalar(as: [UInt8].self)
        #expect(
          key
            == FeatureKey(
              image: image, mask: mask, label: .max, segment: segment, ring: ring.flatMap { RegionRing($0) },
              variant: variant, recipe: recipe, site: site
            ).bytes)
      }
    }
  }

  @Test func `are no rings, whatever they are called`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      var regions = cases([nil, "@ring(0,5)", nil, "0,5"])
      regions[2].row.ring = RegionRing("0,5")
      let worker = try await fixture.worker()
      let job = try await fixture.store.submit(study, cohort: "hip", cases: regions)
      #expect(job.cases == 4 && job.reused == 0)
      #expect(try await fixture.extractEverything(study, as: worker) == 4)
      let keys = try await fixture.connection.query(
        "SELECT count(DISTINCT feature_key) FROM trabecula.feature_row")
      #expect(try keys.scalar(as: Int.self) == 4)
      let known = try await fixture.store.cohort(of: job.job).cases
      #expect(known.map(\.segment) == [nil, nil, "0,5", "@ring(0,5)"])
      #expect(known.map { $0.ring?.outerInMillimetres } == [nil, 5, nil, nil])
      #expect(try await fixture.store.cases(called: "P0#2", in: job.job).map(\.id) == [known[1].id])
    }
  }

  @Test func `are cases of their own, with features of their own`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let worker = try await fixture.worker()
      let first = try await fixture.store.submit(study, cohort: "hip", cases: cases([nil, "core", "rim"]))
      #expect(first.cases == 3 && first.reused == 0)
      #expect(try await fixture.extractEverything(study, as: worker) == 3)
      let rows = try await fixture.connection.query(
        "SELECT segment, feature_key FROM trabecula.feature_row ORDER BY segment NULLS FIRST")
      var found: [String?] = []
      for row in rows {
        let (segment, key) = try row.decode(String?.self, [UInt8].self)
        #expect(
          key
            == FeatureKey(
              image: StoreFixture.digest(0)!, mask: StoreFixture.digest(7)!, label: 1, segment: segment,
              recipe: study.recipes[0], site: "North"
            ).bytes)
        found.append(segment)
      }
      #expect(found == [nil, "core", "rim"])
      let cohort = try await fixture.store.cohort(of: first.job)
      #expect(cohort.cases.map(\.segment) == [nil, "core", "rim"])
      #expect(cohort.cases.map { cohort.caseNames[$0.id] } == ["P0#1", "P0#2", "P0#3"])
      let named = try await fixture.store.cases(called: "P0#3", in: first.job)
      #expect(named.map(\.id) == [cohort.cases[2].id])
    }
  }

  @Test func `submitted again are known, and one that is named otherwise is extracted`() async throws {
    try await StoreFixture.with { fixture in
      let study = try StoreFixture.study()
      let worker = try await fixture.worker()
      let first = try await fixture.store.submit(study, cohort: "hip", cases: cases(["core", "rim"]))
      try await fixture.extractEverything(study, as: worker)
      let again = try await fixture.store.submit(study, cohort: "hip", cases: cases(["rim", "core"]))
      #expect(again.wasKnown && again.job == first.job)
      let changed = try await fixture.store.submit(study, cohort: "hip", cases: cases(["core", "shell"]))
      #expect(!changed.wasKnown && changed.reused == 1)
      #expect(try await fixture.extractEverything(study, as: worker) == 1)
      #expect(try await fixture.connection.query("SELECT count(*) FROM trabecula.feature_row").scalar() == 3)
    }
  }

  @Test(arguments: ["", "a\nb", "a\u{7F}b", "a\u{85}b", "o\u{308}", String(repeating: "x", count: 257)])
  func `have names that are short lines, whoever writes them`(name: String) async throws {
    try await StoreFixture.with { fixture in
      await #expect {
        _ = try await fixture.store.ingest(cases([name]), cohort: "hip")
      } throws: {
        ($0 as? PostgresError)?.sqlState == .checkViolation
      }
      let longest = cases([String(repeating: "x", count: 256)])
      let written = try await fixture.store.ingest(longest, cohort: "hip")
      #expect(written == 1)
    }
  }
}
