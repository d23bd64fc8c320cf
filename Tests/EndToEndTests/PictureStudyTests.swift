import Foundation
import TestSupport
import Testing

/// What a worker of a hospital keeps for the hospital's own eyes, and what their marks do.
@Suite struct `Pictures of a study of several sites` {
  @Test func `stay with the worker, whose page marks cases by their images`() async throws {
    try await OperatedStudy.with { study in
      let folder = study.study.folder.appendingPathComponent("pictures")
      try await study.run(
        "worker", study.workerArguments() + ["--pictures", folder.path], as: .everywhereWorker)
      #expect(try await study.psql("SELECT count(*) FROM trabecula.region_picture", as: nil) == "0")
      let page = try String(contentsOf: folder.appendingPathComponent("pictures.html"), encoding: .utf8)
      #expect(page.contains("\(SmallStudy.subjects) regions"))
      let rows = try String(contentsOf: folder.appendingPathComponent("pictures.csv"), encoding: .utf8).split(
        separator: "\n"
      ).dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(rows.count == SmallStudy.subjects && rows.allSatisfy { $0[0].isEmpty })

      let marked = String(rows[3][3])
      let marks = study.study.folder.appendingPathComponent("marks.csv")
      try Data("ID,Site,Image,Reason\n,\(rows[3][1]),\(marked),mask of the other side\n".utf8).write(
        to: marks)
      try await study.run(
        "coordinator", ["submit", study.study.file.path, "--marks", marks.path], as: .coordinator)
      let excluded = """
        SELECT i.image || ': ' || c.failure_text FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id)
          WHERE c.failure_code = 'marked-by-reader'
        """
      #expect(try await study.psql(excluded, as: nil) == "\(marked): mask of the other side")
    }
  }

  /// The worker ends with 69, because the other site's files are elsewhere; what it drew is to be looked at all the same.
  @Test func `are to be looked at however the worker ends`() async throws {
    try await OperatedStudy.with { study in
      let only = study.study.folder.appendingPathComponent("only")
      let manifest = try String(contentsOf: study.study.manifest, encoding: .utf8).split(separator: "\n")
        .dropFirst().map { $0.split(separator: ",").map(String.init) }
      let site = manifest[0][1]
      for path in manifest.filter({ $0[1] == site }).flatMap({ [$0[2], $0[3]] }) {
        let target = only.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: study.study.cohort.appendingPathComponent(path), to: target)
      }
      let folder = study.study.folder.appendingPathComponent("pictures")
      try await study.run(
        "worker",
        ["run", "--drain", "--root", only.path, "--pictures", folder.path], as: .everywhereWorker, status: 69)
      let page = try String(contentsOf: folder.appendingPathComponent("pictures.html"), encoding: .utf8)
      #expect(page.contains("\(manifest.count { $0[1] == site }) regions"))
    }
  }
}

@Suite struct `A submission` {
  /// Only the site's own machines can say what is wrong with files that are nowhere else; of those that are here it is known.
  @Test func `tells of files that are here and cannot be read`() async throws {
    try await SmallStudy.withFiles { study in
      let mask = try #require(
        FileManager.default.contentsOfDirectory(atPath: study.cohort.appendingPathComponent("masks").path)
          .min())
      let url = study.cohort.appendingPathComponent("masks/\(mask)")
      try FileManager.default.removeItem(at: url)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      for name in ["a", "b"] { try Data("x".utf8).write(to: url.appendingPathComponent(name)) }
      try await TestDatabase.withFresh { target in
        let operated = OperatedStudy(study: study, target: target)
        try await operated.run("coordinator", ["migrate"], as: nil)
        let said = try await operated.run("coordinator", ["submit", study.file.path], as: nil)
        #expect(
          said.errors.contains("Note: 1 file that is here cannot be read")
            && said.errors.contains("masks/\(mask): mask: this is a folder of several files"),
          Comment(rawValue: said.errors))
      }
    }
  }

  /// The images of one subject are joined, and a subject is of one site.
  @Test func `tells of an ID whose sequences lie at different sites`() async throws {
    try await SmallStudy.withFiles { study in
      var lines = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map(
        String.init)
      let images = lines.dropFirst().map { $0.split(separator: ",").map(String.init) }
      lines = [lines[0] + ",Sequence"] + lines.dropFirst().map { $0 + ",T1" }
      // The first has its other sequence at its site, the second elsewhere.
      let other = try #require(images.first { $0[1] != images[1][1] })[1]
      lines.append(
        (Array(images[0][0..<2]) + [images[2][2], images[2][3], images[0][4], "T2"]).joined(separator: ","))
      lines.append(
        ([images[1][0], other, images[3][2], images[3][3], images[1][4], "T2"]).joined(separator: ","))
      try Data(lines.joined(separator: "\n").utf8).write(to: study.manifest)
      try await TestDatabase.withFresh { target in
        let operated = OperatedStudy(study: study, target: target)
        try await operated.run("coordinator", ["migrate"], as: nil)
        let said = try await operated.run("coordinator", ["submit", study.file.path], as: nil)
        #expect(
          said.errors.contains("Note: 1 ID has images of one Sequence or Region at one site"),
          Comment(rawValue: said.errors))
      }
    }
  }

  /// Images of several sites are brought to one orientation, unless the study file says otherwise.
  @Test func `of a study that has come to a second site says why features that are stored do not serve`()
    async throws
  {
    try await SmallStudy.withFiles { study in
      let lines = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map(
        String.init)
      let site = lines[1].split(separator: ",")[1]
      let north = lines.dropFirst().filter { $0.split(separator: ",")[1] == site }
      let one = study.cohort.appendingPathComponent("one.csv")
      try Data(([lines[0]] + north).joined(separator: "\n").utf8).write(to: one)
      let yaml = try String(contentsOf: study.file, encoding: .utf8)
      try await TestDatabase.withFresh { target in
        let operated = OperatedStudy(study: study, target: target)
        try await operated.run("coordinator", ["migrate"], as: nil)
        try await operated.run("coordinator", ["submit", study.file.path, "--manifest", one.path], as: nil)
        try await operated.run(
          "worker", operated.workerArguments() + ["--kind", "extract"], as: nil)
        let grown = try await operated.run(
          "coordinator", ["submit", study.file.path, "--manifest", study.manifest.path], as: nil)
        #expect(
          grown.errors.contains(
            "Note: \(north.count) cases have stored features of images left as they are stored")
            && grown.errors.contains("write orientation: as-stored"), Comment(rawValue: grown.errors))
        try Data((yaml + "\norientation: as-stored\n").utf8).write(to: study.file)
        let kept = try await operated.run(
          "coordinator", ["submit", study.file.path, "--manifest", study.manifest.path], as: nil)
        #expect(
          kept.output.contains("\(north.count) with stored features")
            && !kept.errors.contains("have stored features of images"), Comment(rawValue: kept.errors))
      }
    }
  }
}
