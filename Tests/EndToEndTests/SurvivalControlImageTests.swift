import Foundation
import Modelling
import Reporting
import StudyPlan
import Testing
import Volumes

/// A study of times to an event from images, whose model of texture is held against controls that workers compute.
///
/// In every region lie the same intensities; how they lie makes the event early. Shuffled voxels, the region beside and the volume know
/// nothing of it.
@Suite struct `Controls of a survival study from images` {
  private static let patients = 64
  private static let yaml = """
    study: small
    seed: 11
    manifest: cohort/manifest.csv
    outcome: {event: DEAD, time: MONTHS, horizons: [6], unit: months}
    split: {training: 0.5}
    extraction:
      setting: {binWidth: 40}
      featureClass: {shape: , firstorder: , glcm: }
    models:
      - name: Rad
        selection: [cox-score: {p: 0.05}, spearman: {threshold: 0.8}]
    controls: true
    bootstrap: {replicates: 40, per_task: 8}
    """

  private static func noise(_ first: Int, _ second: Int) -> Double {
    Double((first + 17) * (second + 29) * 7919 % 1013) / 1013
  }

  /// How much the order of intensities is disturbed: 0 not at all, 1 wholly.
  private static func disorder(_ patient: Int) -> Double {
    0.15 + 0.8 * Double(patient * 37 % patients) / Double(patients)
  }

  private static func volume(_ patient: Int) -> (x: Int, y: Int) {
    (4 + patient * 5 % 3, 4 + patient / 2 % 2)
  }

  private static func write(_ study: SmallStudy) throws {
    let grid = GridSize(x: 24, y: 14, z: 9)
    var lines = ["ID,Site,Image,Mask,DEAD,MONTHS"]
    for patient in 0..<patients {
      let (size, disorder) = (volume(patient), disorder(patient))
      let inside: @Sendable (Int, Int, Int) -> Bool = { x, y, z in
        (3..<3 + size.x).contains(x) && (4..<4 + size.y).contains(y) && (3..<6).contains(z)
      }
      var places: [Int] = []
      for z in 0..<grid.z {
        for y in 0..<grid.y {
          for x in 0..<grid.x where inside(x, y, z) { places.append(grid.offset(x: x, y: y, z: z)) }
        }
      }
      let keys = places.indices.map {
        (1 - disorder) * Double($0) / Double(places.count) + disorder * noise(patient, $0)
      }
      let order = places.indices.sorted { keys[$0] < keys[$1] }
      var intensities: [Int: Double] = [:]
      for (rank, place) in order.enumerated() {
        intensities[places[place]] = 400 * Double(rank) / Double(places.count)
      }
      let known = intensities
      let file = CaseOnDisk(
        geometry: GridGeometry(size: grid, spacingInMillimetres: [1, 1, 1]),
        intensity: { known[$0] ?? 400 * noise(patient, $0) }, label: { inside($0, $1, $2) ? 1 : 0 })
      let name = "p\(100 + patient)"
      try file.write(to: study.cohort, name: name)
      let months = (100 * (0.5 + 20 * (1 - disorder) + 3 * noise(patient, 900))).rounded() / 100
      lines.append(
        "\(name),\(patient % 2 == 0 ? "North" : "South"),\(name)_image.nrrd,\(name)_mask.nrrd,"
          + "\(noise(patient, 901) < 0.7 ? 1 : 0),\(months)")
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: study.manifest)
  }

  @Test func `are extracted and repeated by two workers as by local, and are told beside the model`()
    async throws
  {
    try await OperatedStudy.with(yaml: Self.yaml, damage: Self.write) { operated in
      async let first: Void = operated.work()
      async let second: Void = operated.work()
      _ = try await (first, second)
      // Regions shuffled and beside are cases of their own; permuted outcomes are in the replicates of the bootstrap.
      let ended = try await operated.psql(
        """
        SELECT string_agg(kind || ' ' || tasks, ', ' ORDER BY kind) FROM (
          SELECT kind, sum(total) AS tasks FROM queue.stage_shard GROUP BY kind
          HAVING sum(remaining) = 0 AND sum(failed) = 0) AS ended
        """, as: nil)
      #expect(ended == "aggregate 1, bootstrap 5, extract 192")
      let study = operated.study
      let run = try await study.local()
      do {
        try #require(run.status == 0, Comment(rawValue: run.errors))
        #expect(try await operated.reproducibleReport() == study.reproducibleReport())
        try Self.check(study)
      } catch {
        _ = try await study.local(["--stop"])
        throw error
      }
      _ = try await study.local(["--stop"])
    }
  }

  private static func check(_ study: SmallStudy) throws {
    let report = try StudyReport(
      json: Data(contentsOf: study.report().appendingPathComponent("report.json")))
    let controls = try #require(report.controls)
    #expect(controls.map(\.control) == [.volume, .shuffled, .beside, .permuted])
    #expect(controls.allSatisfy { $0.measure == .harrellC && $0.cohort == .test && $0.count == 32 })
    #expect(controls.map(\.lacking) == [nil, 0, 0, nil] && controls[3].replicates == 40)
    // Texture alone tells the event, and the model is better than each control.
    #expect(controls.allSatisfy { ($0.modelArea ?? 0) > 0.8 && ($0.controlArea ?? 1) < 0.65 })
    #expect(controls.allSatisfy { $0.isBeaten })
    #expect(!report.warnings.contains { $0.code == "no_better_than_control" })
    // The volume's own C, counted pair by pair; the training part decides which way it points.
    let own = try volumeConcordance(study)
    let told = try #require(controls[0].controlArea)
    #expect(abs(told - own) < 1e-12 || abs(told - (1 - own)) < 1e-12, "\(told), \(own)")
    let page = try String(contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
    #expect(page.contains("shuffled voxels") && page.contains("Harrell’s C of the control"))
  }

  /// Harrell's C of the volume on the test part, from the tables that the report lies beside.
  private static func volumeConcordance(_ study: SmallStudy) throws -> Double {
    let lines = try String(
      contentsOf: study.report().appendingPathComponent("predictions.csv"), encoding: .utf8
    ).split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let (names, rows) = (lines[0], lines.dropFirst())
    func column(_ name: String) throws -> Int { try #require(names.firstIndex(of: name), "\(names)") }
    let (id, part, event, time) = (
      try column("ID"), try column("Split"), try column("Event"), try column("Time")
    )
    let test = try rows.filter { $0[part] == "test" }.map { row in
      let patient = try #require(Int(row[id].dropFirst())) - 100
      let size = volume(patient)
      return (
        time: try #require(Double(row[time])), event: row[event] == "1", volume: Double(size.x * size.y)
      )
    }
    #expect(test.count == 32)
    var (pairs, concordant) = (0.0, 0.0)
    for early in test where early.event {
      for late in test where late.time > early.time || (late.time == early.time && !late.event) {
        pairs += 1
        concordant += early.volume > late.volume ? 1 : early.volume == late.volume ? 0.5 : 0
      }
    }
    return concordant / pairs
  }
}
