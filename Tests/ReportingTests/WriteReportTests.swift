import DelimitedText
import Foundation
import Reporting
import Testing

@Suite struct `Writing a report` {
  @Test func `fills a folder with numbers, tables, figures and a page`() async throws {
    try await withFolder { folder in
      try await writeReport(SampleStudy.report, predictions: SampleStudy.predictions, to: folder)
      let names = [
        "roc", "precision-recall", "calibration", "decision", "scores", "confusion", "forest", "lasso-path",
        "lasso-cv",
        "selection",
      ]
      let figures = names.flatMap { name in
        ["svg", "png", "pdf"].map { "\(name).\($0)" }
      }
      let tables = ["metrics.csv", "performance.csv", "confusion.csv", "failures.csv", "predictions.csv"]
      let found = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(Set(found) == Set(figures + tables + ["report.json", "index.html", "paper.txt", "85mm"]))
      #expect(try StudyReport(json: data("report.json", in: folder)) == SampleStudy.report)
      for file in figures where file.hasSuffix("svg") { _ = try ParsedMarkup(data(file, in: folder)) }
      for file in figures where file.hasSuffix("png") {
        #expect(try data(file, in: folder).starts(with: [0x89, 0x50, 0x4E, 0x47]))
      }
      for file in figures where file.hasSuffix("pdf") {
        #expect(try data(file, in: folder).starts(with: Array("%PDF-".utf8)))
      }
    }
  }

  @Test func `twice replaces every file by the same bytes`() async throws {
    try await withFolder { folder in
      try await writeReport(SampleStudy.report, predictions: SampleStudy.predictions, to: folder)
      let names = try files(in: folder)
      let first = try names.map { try data($0, in: folder) }
      try await writeReport(SampleStudy.report, predictions: SampleStudy.predictions, to: folder)
      #expect(try files(in: folder) == names)
      for (name, bytes) in zip(names, first) { #expect(try data(name, in: folder) == bytes, "\(name)") }
    }
  }

  @Test func `draws hostile text without running it`() async throws {
    try await withFolder { folder in
      try await writeReport(`A report page`.hostileReport, predictions: [], to: folder)
      for file in ["roc.svg", "selection.svg"] {
        #expect(
          try ParsedMarkup(data(file, in: folder)).text.contains("<script>alert(\"1\")</script> ' `id`"))
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("x").path))
    }
  }

  @Test func `without gnuplot has no figures, not even old ones, and says what to install`() async throws {
    try await withFolder { folder in
      let old = folder.appendingPathComponent("roc.svg")
      try Data("<svg/>".utf8).write(to: old)
      try await writeReport(
        SampleStudy.report, predictions: SampleStudy.predictions, to: folder, searchPath: folder.path)
      let kept = try StudyReport(json: data("report.json", in: folder))
      #expect(kept == SampleStudy.report)
      let page = String(decoding: try data("index.html", in: folder), as: UTF8.self)
      #expect(page.contains("<strong>No figures:</strong>") && page.contains("apt-get install gnuplot-nox"))
      #expect(!page.contains("No model has a curve to draw") && !page.contains("<figure>"))
      #expect(!FileManager.default.fileExists(atPath: old.path))
      #expect(missingGnuplot(searchPath: folder.path)?.contains("gnuplot-nox") == true)
    }
  }

  @Test func `with a gnuplot that fails repeats what it said`() async throws {
    try await withFolder { folder in
      let program = folder.appendingPathComponent("gnuplot")
      try Data("#!/bin/sh\nread line\necho 'no such terminal' >&2\nexit 3\n".utf8).write(to: program)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      let error = await #expect(throws: ReportError.self) {
        try await reportPage(SampleStudy.report, searchPath: "\(folder.path):/bin:/usr/bin")
      }
      #expect(error?.code == .gnuplotFailed)
      #expect(error?.message.contains("no such terminal") == true)
    }
  }

  @Test func `draws many figures in few processes, and names the one that fails`() async throws {
    try await withFolder { folder in
      let (program, starts) = (
        folder.appendingPathComponent("gnuplot"), folder.appendingPathComponent("starts")
      )
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      func install(_ last: String) throws {
        let script = "#!/bin/sh\nPATH='\(path)'\necho >>'\(starts.path)'\n\(last)\n"
        try Data(script.utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      }
      let report = folder.appendingPathComponent("report")
      func write() async throws {
        try await writeReport(
          SampleStudy.report, predictions: SampleStudy.predictions, to: report,
          searchPath: "\(folder.path):\(path)")
      }
      try install("exec gnuplot \"$@\"")
      try await write()
      let names = try FileManager.default.subpathsOfDirectory(atPath: report.path)
      let figures = names.filter { name in [".svg", ".png", ".pdf"].contains { name.hasSuffix($0) } }
      #expect(try data("starts", in: folder).count <= 3 && figures.count > 20)
      // The second drawing of each process asks for what there is not.
      try install("sed -i \"s/set output '1'/&; nonsense/\" \"$2\"\nexec gnuplot \"$@\"")
      let error = await #expect(throws: ReportError.self) { try await write() }
      #expect(error?.code == .gnuplotFailed)
      let named = figures.map { URL(fileURLWithPath: $0).lastPathComponent }
        .filter { error?.message.contains("drawing \($0): gnuplot ended") == true }
      // SVG files are drawn first.
      #expect(!named.isEmpty && named.allSatisfy { $0.hasSuffix(".svg") })
      #expect(error?.message.contains("nonsense") == true)
    }
  }

  @Test func `where the folder cannot be made names it`() async throws {
    try await withFolder { folder in
      let file = folder.appendingPathComponent("taken")
      try Data().write(to: file)
      let error = await #expect(throws: ReportError.self) {
        try await writeReport(SampleStudy.report, predictions: [], to: file)
      }
      #expect(error?.code == .fileNotWritten)
      #expect(error?.message.contains(file.path) == true)
    }
  }
}

func withFolder(_ body: (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let outcome: Result<Void, any Error>
  do { outcome = .success(try await body(folder)) } catch { outcome = .failure(error) }
  try FileManager.default.removeItem(at: folder)
  try outcome.get()
}

/// Paths of all files, those in folders as `folder/name`, sorted; folders have no extension.
private func files(in folder: URL) throws -> [String] {
  try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains(".") }.sorted()
}

func data(_ name: String, in folder: URL) throws -> Data {
  try Data(contentsOf: folder.appendingPathComponent(name))
}
