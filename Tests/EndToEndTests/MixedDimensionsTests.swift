import Foundation
import ImageFiles
import Reporting
import TestSupport
import Testing
import Volumes

/// A picture among volumes has features of other names, by filters that go along axes.
@Suite(.timeLimit(.minutes(15))) struct `A picture in a study of volumes` {
  private static let yaml = """
    study: small
    manifest: cohort/manifest.csv
    extraction:
      imageType: {Original: {}, Wavelet: {}}
      featureClass: {firstorder: [Mean]}
    models: [{name: Rad, selection: [mann-whitney: {p: 0.5}]}]
    bootstrap: {replicates: 2, per_task: 2}
    """

  /// Puts a picture in the place of the first case's files.
  private static func putPicture(into study: SmallStudy) throws {
    let size = GridSize(x: 24, y: 20, z: 1)
    let geometry = GridGeometry(size: size, spacingInMillimetres: [1, 1, 1], dimension: 2)
    func write(_ name: String, _ voxel: (Int) -> Double) throws {
      try writeVolume(
        Volume(geometry: geometry, sampleType: .uint8, voxels: (0..<size.voxelCount).map(voxel)),
        to: study.cohort.appendingPathComponent(name))
    }
    try write("images/picture.png") { Double($0 * 7919 % 200) }
    try write("masks/picture.png") { (6..<18).contains($0 % 24) && (5..<15).contains($0 / 24) ? 1 : 0 }
    var lines = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map(
      String.init)
    var row = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    row.replaceSubrange(2...3, with: ["images/picture.png", "masks/picture.png"])
    lines[1] = row.joined(separator: ",")
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: study.manifest)
  }

  @Test func `is told as a case that failed, by the report and by the exit code`() async throws {
    try await OperatedStudy.with(yaml: Self.yaml, damage: Self.putPicture) { study in
      let subject = try String(contentsOf: study.study.manifest, encoding: .utf8).split(separator: "\n")[1]
        .prefix { $0 != "," }
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
      let folder = study.study.report("mixed")
      try await study.run("coordinator", ["report", "1", "-o", folder.path], as: .coordinator, status: 1)
      let report = try StudyReportFile.read(folder.appendingPathComponent("report.json"))
      #expect(report.exclusions.map(\.code) == ["other-dimensions"])
      #expect(report.exclusions[0].subject == subject && report.exclusions[0].kind == .failed)
      #expect(report.exclusions[0].sentence.hasPrefix("Its features are those of a picture"))
      let failures = try String(contentsOf: folder.appendingPathComponent("failures.csv"), encoding: .utf8)
      #expect(failures.contains("other-dimensions"))
    }
  }

  /// Gives the study, beside the picture, a subject without an outcome and one whose image was segmented again.
  private static func loseInEveryWay(_ study: SmallStudy) throws {
    try putPicture(into: study)
    var rows = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let outcome = try #require(rows[0].firstIndex(of: "Outcome"))
    rows[2][outcome] = ""
    var again = rows[3]
    again[3] = "masks/again.nii.gz"
    try FileManager.default.copyItem(
      at: study.cohort.appendingPathComponent(rows[3][3]), to: study.cohort.appendingPathComponent(again[3]))
    rows = rows.enumerated().map { $1 + [$0 == 0 ? "Repeat" : ""] } + [again + ["second"]]
    try Data((rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n").utf8)
      .write(to: study.manifest)
  }

  @Test func `is among the exported failures, as are all cases that the report leaves out`() async throws {
    try await OperatedStudy.with(yaml: Self.yaml, damage: Self.loseInEveryWay) { study in
      try await study.work()
      #expect(try await study.psql("SELECT state FROM trabecula.job") == "succeeded")
      let folder = study.study.report("mixed")
      try await study.run("coordinator", ["report", "1", "-o", folder.path], as: .coordinator, status: 1)
      let report = try StudyReportFile.read(folder.appendingPathComponent("report.json"))
      #expect(
        Set(report.exclusions.map(\.code)) == ["other-dimensions", "outcome-unknown", "repeat-segmentation"])
      let exported = try await study.run("coordinator", ["export", "failures", "1"], as: .coordinator).output
      let written = try String(contentsOf: folder.appendingPathComponent("failures.csv"), encoding: .utf8)
      #expect(exported == written)
    }
  }
}
