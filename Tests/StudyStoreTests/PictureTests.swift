import Foundation
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A picture of a region` {
  private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]

  /// Claims the extractions of four cases of a new job.
  private func claim(_ fixture: StoreFixture, keepsPictures: Bool) async throws -> (
    tasks: [ClaimedTask], worker: Int64
  ) {
    _ = try await fixture.store.submit(
      try StoreFixture.study(), cohort: "hip", cases: StoreFixture.cases(4), keepsPictures: keepsPictures)
    let worker = try await fixture.worker()
    return (try await fixture.queue.claim(upTo: 9, kinds: ["extract"], for: worker), worker)
  }

  private func count(_ fixture: StoreFixture) async throws -> Int {
    try await fixture.connection.query("SELECT count(*) FROM trabecula.region_picture").scalar(as: Int.self)
  }

  @Test func `is asked for and stored where the study keeps pictures, and goes with its subject`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let (tasks, worker) = try await claim(fixture, keepsPictures: true)
      for task in tasks {
        let payload = try JSONDecoder().decode(Extract.Payload.self, from: Data(task.payload.utf8))
        #expect(payload.picture == true)
        let picture = Extract.Picture(png: Self.png, measurements: #"{"voxels": 8}"#)
        #expect(
          try await fixture.completeExtraction(
            task, of: try StoreFixture.study(), picture: picture, by: worker) == .ok)
      }
      #expect(try await count(fixture) == 4)
      let stored = try await fixture.connection.query(
        "SELECT png, (measurements ->> 'voxels')::int FROM trabecula.region_picture LIMIT 1"
      ).only().decode([UInt8].self, Int32.self)
      #expect(stored == (Self.png, 8))
      _ = try await fixture.connection.query("SELECT trabecula.erase_subject('P0', 'North')")
      #expect(try await count(fixture) == 3)
    }
  }

  @Test func `is not asked for where the study keeps none, and refused`() async throws {
    try await StoreFixture.with { fixture in
      let (tasks, worker) = try await claim(fixture, keepsPictures: false)
      #expect(!tasks[0].payload.contains("picture"))
      await #expect {
        try await fixture.completeExtraction(
          tasks[0], of: try StoreFixture.study(),
          picture: Extract.Picture(png: Self.png, measurements: "{}"), by: worker)
      } throws: {
        ($0 as? PostgresError)?.message.contains("does not let leave the site") == true
      }
      #expect(
        try await fixture.completeExtraction(tasks[0], of: try StoreFixture.study(), by: worker) == .ok)
    }
  }

  @Test(arguments: [
    (Array(png.dropFirst()), "{}", "no PNG"),
    (png + [UInt8](repeating: 0, count: 49_152), "{}", "at most 48 KiB"),
    (png, "[]", "no object"), (png, #"{"a": "\#(String(repeating: "x", count: 4096))"}"#, "at most 4 KiB"),
  ])
  func `that is none, or says too much, is refused`(png: [UInt8], says: String, words: String) async throws {
    try await StoreFixture.with { fixture in
      let (tasks, worker) = try await claim(fixture, keepsPictures: true)
      await #expect {
        try await fixture.completeExtraction(
          tasks[0], of: try StoreFixture.study(), picture: Extract.Picture(png: png, measurements: says),
          by: worker)
      } throws: {
        ($0 as? PostgresError)?.message.contains(words) == true
      }
      #expect(try await count(fixture) == 0)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A case that a reader marked` {
  private static func cases(marking marks: [Int: String]) -> [SubmittedCase] {
    StoreFixture.cases(6).enumerated().map { place, item in
      var item = item
      item.mark = marks[place]
      return item
    }
  }

  private func submit(_ marks: [Int: String], to fixture: StoreFixture) async throws -> Submission {
    try await fixture.store.submit(
      try StoreFixture.study(), cohort: "hip", cases: Self.cases(marking: marks), hasMarks: true)
  }

  private func losses(_ fixture: StoreFixture) async throws -> [String] {
    try await fixture.store.cases(of: 1).filter { $0.state == .excluded }.map {
      "\($0.subject): \($0.loss?.code ?? "") \($0.loss?.sentence ?? "")"
    }.sorted()
  }

  @Test func `is left out from the beginning, with the reason, and counts again without its mark`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let first = try await submit([2: "mask of the other side", 3: "artefact"], to: fixture)
      #expect(first.marked == 2 && !first.wasKnown)
      #expect(
        try await losses(fixture) == [
          "P2: marked-by-reader mask of the other side", "P3: marked-by-reader artefact",
        ])
      let worker = try await fixture.worker()
      #expect(try await fixture.extractEverything(try StoreFixture.study(), as: worker) == 4)
      let second = try await submit([2: "mask of the left side"], to: fixture)
      #expect(second.wasKnown && second.job == first.job)
      #expect(try await losses(fixture) == ["P2: marked-by-reader mask of the left side"])
      #expect(try await fixture.extractEverything(try StoreFixture.study(), as: worker) == 1)
    }
  }

  @Test func `after the study has succeeded has it computed anew`() async throws {
    try await ActFixture.with { fixture in
      let admin = fixture.admin
      let worker = try await admin.worker()
      try await admin.extractEverything(fixture.study, as: worker)
      try await fixture.finish(as: worker)
      #expect(try await admin.store.job(1)?.state == .succeeded)
      let again = try await submit([1: "outside the body"], to: admin)
      #expect(again.wasKnown && again.state == .running)
      #expect(try await losses(admin) == ["P1: marked-by-reader outside the body"])
      try await fixture.finish(as: worker)
      #expect(try await admin.store.job(1)?.state == .succeeded)
      let unchanged = try await submit([1: "outside the body"], to: admin)
      #expect(unchanged.state == .succeeded)
    }
  }

  @Test func `needs a reason`() async throws {
    try await StoreFixture.with { fixture in
      await #expect(throws: PostgresError.self) { try await submit([1: "  "], to: fixture) }
    }
  }
}
