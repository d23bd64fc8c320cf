import DelimitedText
import Foundation
import Testing

@Suite struct `worker extract` {
  func withCase<Value>(_ body: (URL, _ image: String, _ mask: String) async throws -> Value) async throws
    -> Value
  {
    try await withTemporaryFolder { folder in
      let cohort = folder.appendingPathComponent("cohort").path
      let made = try await Programs.run(
        "coordinator", ["synthesize", cohort, "--subjects", "6", "--sites", "2"])
      try #require(made.status == 0, Comment(rawValue: made.errors))
      let rows = try String(contentsOfFile: cohort + "/manifest.csv", encoding: .utf8).split(separator: "\n")
      let fields = rows[1].split(separator: ",")
      return try await body(folder, "\(cohort)/\(fields[2])", "\(cohort)/\(fields[3])")
    }
  }

  @Test func `prints PyRadiomics' names in its three formats with the same values`() async throws {
    try await withCase { _, image, mask in
      let text = try await Programs.run("worker", ["extract", image, mask])
      let json = try await Programs.run("worker", ["extract", image, mask, "-f", "json"])
      let csv = try await Programs.run("worker", ["extract", image, mask, "-f", "csv"])
      #expect([text.status, json.status, csv.status] == [0, 0, 0])
      let line = try #require(
        text.output.split(separator: "\n").first { $0.hasPrefix("Case-1_original_glcm_Contrast: ") })
      let value = String(line.split(separator: " ")[1])
      #expect(json.output.contains("\"original_glcm_Contrast\": \(value)"))
      let table = try DelimitedTable(parsing: csv.output, label: "features")
      let column = try #require(table.index(of: "original_glcm_Contrast"))
      #expect(Double(table.rows[0].fields[column]) == Double(value))
      // 14 shape, 18 first order, 24 GLCM, 14 GLDM, 16 GLRLM, 16 GLSZM, 5 NGTDM.
      #expect(table.header.count { $0.hasPrefix("original_") } == 107)
    }
  }

  @Test func `validates without computing`() async throws {
    try await withCase { _, image, mask in
      let good = try await Programs.run("worker", ["extract", image, mask, "--validate"])
      #expect(good.status == 0 && good.output.isEmpty)
      let bad = try await Programs.run("worker", ["extract", image, mask, "--validate", "--label", "9"])
      #expect(bad.status == 65 && bad.errors.contains("label-absent"))
    }
  }

  @Test(arguments: [
    (["--setting", "binwidth:3"], 65, "Did you mean 'binWidth'?"),
    (["--setting", "kernelRadius:2"], 65, "voxel-based"),
    (["--bogus"], 64, "--bogus"),
    (["-j", "0"], 64, "-j must be at least 1"),
  ])
  func `refuses what it does not understand`(options: [String], status: Int32, part: String) async throws {
    let result = try await Programs.run("worker", ["extract", "image.nii", "mask.nii"] + options)
    #expect(result.status == status)
    #expect(result.errors.contains(part))
  }
}

@Suite struct `Without a database` {
  @Test(arguments: [["status"], ["migrate"], ["report", "1", "-o", "x"]])
  func `the coordinator ends with exit code 69`(arguments: [String]) async throws {
    let result = try await Programs.run(
      "coordinator", arguments + ["--database", "host=/nowhere dbname=trabecula connect_timeout=2"])
    #expect(result.status == 69)
    #expect(!result.errors.isEmpty)
  }

  @Test func `a worker ends with exit code 69`() async throws {
    let result = try await Programs.run("worker", ["run", "--database", "host=/nowhere connect_timeout=2"])
    #expect(result.status == 69)
  }
}
