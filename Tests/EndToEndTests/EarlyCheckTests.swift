import Foundation
import Glibc
import PrivateServer
import Reporting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Before anything is computed, coordinator local` {
  private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  @Test func `refuses folders that cannot be written, and makes none`() async throws {
    try await SmallStudy.withFiles { study in
      let below = study.file.appendingPathComponent("out").path
      for options in [["--out", below], ["--data", below]] {
        let run = try await Programs.run(
          "coordinator", ["local", study.file.path, "--data", study.data.path] + options)
        #expect(
          run.status == 73 && run.errors.contains("study.yaml is a file"), Comment(rawValue: run.errors))
        #expect(run.errors.contains(options[0]))
      }
      #expect(!Self.exists(study.data))
      let export = try await Programs.run("coordinator", ["export", "features", "1", "-o", below])
      #expect(export.status == 73)
    }
  }

  @Test func `says that PostgreSQL is missing`() async throws {
    try await SmallStudy.withFiles { study in
      let run = try await study.local(environment: ["TRABECULA_PG_BIN": study.folder.path])
      #expect(run.status == 69 && run.errors.contains("no initdb"), Comment(rawValue: run.errors))
      #expect(!Self.exists(study.data))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can mount"))
  func `says that the disk is too small`() async throws {
    try await SmallStudy.withFiles { study in
      try FileManager.default.createDirectory(at: study.data, withIntermediateDirectories: true)
      let program = Programs.folder.appendingPathComponent("coordinator").path
      let script = "mount -t tmpfs -o size=20m none \"$1\" && shift && exec \"$@\""
      let run = try await Programs.run(
        "unshare",
        ["--mount", "sh", "-c", script, "sh", study.data.path, program, "local", study.file.path]
          + ["--data", study.data.path],
        in: URL(fileURLWithPath: "/usr/bin"))
      #expect(run.status == 73, Comment(rawValue: run.errors))
      #expect(
        run.errors.contains("MB left, and the study takes at least 57 MB"), Comment(rawValue: run.errors))
    }
  }

  @Test func `stops nothing, and makes nothing, where nothing is`() async throws {
    try await SmallStudy.withFiles { study in
      let stop = try await study.local(["--stop"])
      #expect(stop.status == 0 && stop.errors.contains("nothing to stop") && !Self.exists(study.data))
      try FileManager.default.createDirectory(at: study.data, withIntermediateDirectories: true)
      #expect(try await study.local(["--stop"]).status == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: study.data.path).isEmpty)
    }
  }

  /// A search path with all of this machine's programs but gnuplot.
  private static func pathWithoutGnuplot(in folder: URL) throws -> String {
    let programs = folder.appendingPathComponent("bin")
    try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: "/usr/bin")
    where !name.hasPrefix("gnuplot") {
      try FileManager.default.createSymbolicLink(
        atPath: programs.appendingPathComponent(name).path, withDestinationPath: "/usr/bin/\(name)")
    }
    return programs.path
  }

  @Test func `says that there will be no figures, reads a parameter file, and ends the server by itself`()
    async throws
  {
    try await SmallStudy.with { study in
      let yaml = try String(contentsOf: study.file, encoding: .utf8)
        .replacing(
          "extraction:\n  featureClass: {shape: , firstorder: , glcm: }", with: "extraction: params.yaml")
      try yaml.write(to: study.file, atomically: true, encoding: .utf8)
      try "setting: {binWidth: 20}\nfeatureClass: {shape: , firstorder: }\n".write(
        to: study.folder.appendingPathComponent("params.yaml"), atomically: true, encoding: .utf8)
      let path = try Self.pathWithoutGnuplot(in: study.folder)
      let run = try await study.local(["--keep", "2s"], environment: ["PATH": path])
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let place = try #require(run.errors.range(of: "There is no gnuplot"))
      let start = try #require(run.errors.range(of: "database psql"))
      #expect(place.lowerBound < start.lowerBound && run.errors.contains("--stop"))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(report.featureSet.count == 14 + 18)
      let page = try String(contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
      #expect(page.contains("No figures:") && !page.contains("<figure>"))
      #expect(!Self.exists(study.report().appendingPathComponent("roc.svg")))

      let data = study.data.appendingPathComponent("postgres/data")
      try await wait(until: { PostmasterFile(in: data) == nil })
      let status = try await Programs.run("coordinator", ["status", "1", "--data", study.data.path])
      #expect(status.status == 0 && status.output.hasPrefix("job 1 small, succeeded"))
    }
  }
}
