import DelimitedText
import Foundation
import Reporting
import Testing

@Suite struct `A table of a report` {
  func read(_ name: String, in folder: URL) throws -> DelimitedTable {
    try DelimitedTable(parsing: [UInt8](data(name, in: folder)), label: name)
  }

  @Test func `of metrics has every estimate, and reads back exactly`() async throws {
    try await withFolder { folder in
      try await writeReport(SampleStudy.report, predictions: [], to: folder)
      let table = try read("metrics.csv", in: folder)
      #expect(table.header == MetricTable.columns)
      let models = SampleStudy.report.models
      #expect(table.rows.count == models.map { $0.metrics.count + $0.perSite.count + 6 }.reduce(0, +))
      let first = try #require(models.first?.metrics.first)
      let row = table.rows[0].fields
      #expect(row[0] == "Rad" && row[1] == "training" && row[2] == "" && row[3] == "auc")
      #expect(
        Double(row[4]) == first.estimate && Double(row[5]) == first.lower && Double(row[6]) == first.upper)
      #expect(table.rows.filter { $0.fields[10] == "one class only" && $0.fields[4] == "" }.count == 3)
      #expect(
        table.rows.filter { $0.fields[3] == "auc_632_plus" }.map { $0.fields[4] } == [
          "0.861", "0.861", "0.873", "0.873", "0.885", "0.885",
        ])
    }
  }

  @Test func `of predictions has a row for each case and model`() async throws {
    try await withFolder { folder in
      let predictions = SampleStudy.predictions
      try await writeReport(SampleStudy.report, predictions: predictions, to: folder)
      let table = try read("predictions.csv", in: folder)
      #expect(table.header == PredictionTable.columns)
      #expect(table.rows.map { Double($0.fields[6]) } == predictions.map(\.probability))
      #expect(table.rows[0].fields.prefix(6) == ["P-0", "P-0", "Aachen", "training", "1", "Rad"])
    }
  }

  @Test func `of failures quotes what must be quoted`() async throws {
    try await withFolder { folder in
      var report = SampleStudy.report
      report.exclusions[0].sentence = "a \"quote\", a comma\nand a line"
      try await writeReport(report, predictions: [], to: folder)
      let table = try read("failures.csv", in: folder)
      #expect(table.header == FailureTable.columns)
      #expect(table.rows.map { $0.fields[5] } == report.exclusions.map(\.sentence))
      #expect(table.rows.map { $0.fields[3] } == ["failed", "excluded"])
    }
  }

  @Test func `of features is wide, with empty fields for undefined values`() {
    let table = FeatureTable(features: ["f,1", "f2", "f3"], extraColumns: ["Age"])
    let fields = table.fields(
      caseID: "a", site: "s", outcome: "1", split: "test", extra: ["61"], values: [0.1, .nan, 2])
    #expect(table.columns == ["ID", "Site", "Outcome", "Split", "Age", "f,1", "f2", "f3"])
    #expect(fields == ["a", "s", "1", "test", "61", "0.1", "", "2"])
  }
}

@Suite struct `A table file` {
  @Test func `appears when it is finished and replaces what stood there`() async throws {
    try await withFolder { folder in
      let url = folder.appendingPathComponent("t.csv")
      try Data("old".utf8).write(to: url)
      try TableFile.write(to: url, columns: ["A", "B"]) { file in
        for row in 0..<20_000 { try file.append(["\(row)", "x"]) }
        #expect(try data("t.csv", in: folder) == Data("old".utf8))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["t.csv"])
      let table = try DelimitedTable(parsing: [UInt8](data("t.csv", in: folder)), label: "t.csv")
      #expect(table.rows.map { $0.fields[0] } == (0..<20_000).map(String.init))
    }
  }

  private struct Interruption: Error {}

  @Test func `that is not finished leaves nothing`() async throws {
    try await withFolder { folder in
      #expect(throws: Interruption.self) {
        try TableFile.write(to: folder.appendingPathComponent("t.csv"), columns: ["A"]) { file in
          try file.append(["1"])
          throw Interruption()
        }
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.isEmpty)
    }
  }

  /// A folder in its place, which is not removed as a file is.
  @Test func `that cannot be removed is named`() async throws {
    try await withFolder { folder in
      let error = #expect(throws: ReportError.self) {
        try TableFile.write(to: folder.appendingPathComponent("t.csv"), columns: ["A"]) { _ in
          let hidden = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
          let file = folder.appendingPathComponent(hidden)
          try FileManager.default.removeItem(at: file)
          try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
          throw Interruption()
        }
      }
      #expect(error?.code == .fileNotWritten)
      #expect(error?.message.contains("could not be removed") == true)
      #expect(error?.message.contains(folder.appendingPathComponent(".t.csv.").path) == true)
    }
  }

  @Test func `refuses a row of another width`() async throws {
    try await withFolder { folder in
      let error = #expect(throws: ReportError.self) {
        try TableFile.write([["1", "2"]], under: ["A"], to: folder.appendingPathComponent("t.csv"))
      }
      #expect(error?.code == .wrongFieldCount)
    }
  }

  @Test func `in a folder that does not exist is an error that names it`() {
    let url = URL(fileURLWithPath: "/nonexistent/folder/t.csv")
    let error = #expect(throws: ReportError.self) { try TableFile.write([], under: ["A"], to: url) }
    #expect(error?.code == .fileNotWritten)
    #expect(error?.message.hasPrefix("/nonexistent/folder/t.csv: ") == true)
  }
}
