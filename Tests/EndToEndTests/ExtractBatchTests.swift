import DelimitedText
import Foundation
import ImageFiles
import Testing
import Volumes

/// A batch of small cases on disk.
private struct BatchOnDisk {
  let folder: URL
  var table: URL { folder.appendingPathComponent("batch.csv") }
  var output: URL { folder.appendingPathComponent("features.csv") }
  var journal: URL { folder.appendingPathComponent("features.csv.journal") }

  static func with<Value>(_ cases: Int, _ body: (BatchOnDisk) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { folder in
      let batch = BatchOnDisk(folder: folder)
      for number in 0..<cases { try CaseOnDisk.sound(seed: number).write(to: folder, name: "c\(number)") }
      return try await body(batch)
    }
  }

  func write(_ rows: [String], header: String = "Patient,Image,Mask") throws {
    try Data(([header] + rows).joined(separator: "\n").utf8).write(to: table)
  }

  static func row(_ number: Int, patient: String? = nil) -> String {
    "\(patient ?? "P\(number)"),c\(number)_image.nrrd,c\(number)_mask.nrrd"
  }

  func extract(
    _ options: [String] = [], environment: [String: String] = [:],
    killing: (@Sendable (String) -> Bool)? = nil
  ) async throws -> Programs.Result {
    try await Programs.run(
      "worker", ["extract", table.path, "-f", "csv", "-o", output.path] + options,
      environment: environment, killing: killing)
  }

  func features() throws -> DelimitedTable {
    try DelimitedTable(parsing: Array(Data(contentsOf: output)), label: "features")
  }
}

@Suite struct `A batch` {
  @Test(arguments: ["original_firstorder_Mean", "diagnostics_Warnings"])
  func `with a column that is called as a result is refused before anything is computed`(name: String)
    async throws
  {
    try await BatchOnDisk.with(1) { batch in
      try batch.write(["3," + BatchOnDisk.row(0)], header: "\(name),Patient,Image,Mask")
      let result = try await batch.extract()
      #expect(result.status == 65 && result.errors.contains("a column '\(name)'"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: batch.output.path))
      // What is no result of these parameters passes through.
      try batch.write(["3," + BatchOnDisk.row(0)], header: "original_firstorder_Average,Patient,Image,Mask")
      #expect(try await batch.extract().status == 0)
    }
  }

  @Test func `keeps its columns and order, names what failed in a file, and ends with exit code 1`()
    async throws
  {
    try await BatchOnDisk.with(3) { batch in
      let failures = batch.folder.appendingPathComponent("failures.csv")
      try batch.write([BatchOnDisk.row(2), "B,missing.nii.gz,c0_mask.nrrd", BatchOnDisk.row(0)])
      let result = try await batch.extract(["--failures", failures.path, "-j", "2", "--progress"])
      #expect(result.status == 1)
      #expect(result.errors.contains("line 3: not-found"))
      #expect(result.errors.contains("3 of 3 cases, 1 failed"))
      let table = try batch.features()
      #expect(table.rows.map { $0.fields[0] } == ["P2", "B", "P0"])
      #expect(table.header[3] == "diagnostics_Versions_Trabecula")
      #expect(table.header.count { $0.hasPrefix("original_") } == 107)
      #expect(table.rows[1].fields.dropFirst(3).allSatisfy { $0.isEmpty })
      #expect(table.rows[0].fields.suffix(107).allSatisfy { Double($0) != nil })
      let failed = try DelimitedTable(parsing: Array(Data(contentsOf: failures)), label: "failures")
      #expect(failed.header == ["Row", "Code", "Sentence", "Remedy", "Patient", "Image", "Mask"])
      #expect(failed.rows.map { $0.fields[0...1] } == [["2", "not-found"]])
      #expect(!failed.rows[0].fields[2].isEmpty && !failed.rows[0].fields[3].isEmpty)
    }
  }

  /// Of the last three cases it never gets the masks, so it cannot end before it is killed.
  @Test(.timeLimit(.minutes(15)), .enabled(if: HangingMount.isBuilt, HangingMount.absence))
  func `killed in the middle goes on where it was, and gives the same bytes`() async throws {
    try await BatchOnDisk.with(6) { batch in
      try batch.write((0..<6).map { BatchOnDisk.row($0) })
      #expect(try await batch.extract().status == 0)
      let whole = try Data(contentsOf: batch.output)
      try FileManager.default.removeItem(at: batch.output)
      try FileManager.default.removeItem(at: batch.journal)

      // The third case has too many grey levels, of which the program warns when it is done.
      try CaseOnDisk.wide.write(to: batch.folder, name: "c2")
      #expect(try await batch.extract().status == 0)
      let changed = try Data(contentsOf: batch.output)
      #expect(changed != whole)
      try FileManager.default.removeItem(at: batch.output)
      try FileManager.default.removeItem(at: batch.journal)
      let hanging = HangingMount.environment(
        ofContentsOf: (3..<6).map { "c\($0)_mask.nrrd" }, sign: batch.folder.appendingPathComponent("hangs"))
      let killed = try await batch.extract(
        environment: hanging, killing: { $0.contains("line 4: warning") })
      #expect(killed.status == -SIGKILL)
      #expect(!FileManager.default.fileExists(atPath: batch.output.path))
      let again = try await batch.extract()
      #expect(again.status == 0)
      let known = try #require(
        again.errors.split(separator: "\n").last { $0.contains("were in the journal") })
      let count = try #require(Int(known.prefix(1)))
      #expect(count >= 3)
      #expect(try Data(contentsOf: batch.output) == changed)
    }
  }

  @Test func `reordered, extended and with a changed mask computes only what is new`() async throws {
    try await BatchOnDisk.with(4) { batch in
      try batch.write([BatchOnDisk.row(0), BatchOnDisk.row(1)])
      #expect(try await batch.extract().status == 0)
      let first = try batch.features()
      try batch.write([BatchOnDisk.row(2), BatchOnDisk.row(1, patient: "renamed"), BatchOnDisk.row(0)])
      let second = try await batch.extract()
      #expect(second.errors.contains("2 of 3 cases were in the journal"))
      let rows = try batch.features().rows.map(\.fields)
      #expect(rows.map { $0[0] } == ["P2", "renamed", "P0"])
      #expect(rows[1].dropFirst(3) == first.rows[1].fields.dropFirst(3))
      #expect(rows[2] == first.rows[0].fields)
      try CaseOnDisk.sound(seed: 9).write(to: batch.folder, name: "c0")
      #expect(try await batch.extract().errors.contains("2 of 3 cases were in the journal"))
      #expect(try await batch.extract(["--setting", "binWidth:10"]).errors.contains("were in") == false)
    }
  }

  @Test func `takes label and channel from its columns`() async throws {
    try await BatchOnDisk.with(0) { batch in
      try CaseOnDisk.twoLabels.write(to: batch.folder, name: "c0")
      try batch.write(
        [
          "A,c0_image.nrrd,c0_mask.nrrd,1,", "B,c0_image.nrrd,c0_mask.nrrd,2,0",
          "C,c0_image.nrrd,c0_mask.nrrd,3,",
        ],
        header: "Patient,Image,Mask,Label,Label_channel")
      let result = try await batch.extract()
      #expect(result.status == 1 && result.errors.contains("line 4: label-absent"))
      let table = try batch.features()
      let column = try #require(table.index(of: "diagnostics_Mask-original_VoxelNum"))
      #expect(table.rows.map { $0.fields[column] } == ["96", "48", ""])
    }
  }

  @Test func `is validated without computing, and fails where extraction would`() async throws {
    try await BatchOnDisk.with(1) { batch in
      try CaseOnDisk.notANumber.write(to: batch.folder, name: "c1")
      try batch.write([BatchOnDisk.row(0), BatchOnDisk.row(1)])
      let result = try await batch.extract(["--validate"])
      #expect(result.status == 1 && result.errors.contains("line 3: non-finite-voxel"))
      #expect(result.errors.contains("1 of 2 cases are valid"))
      #expect(!FileManager.default.fileExists(atPath: batch.output.path))
      try batch.write([BatchOnDisk.row(0)])
      #expect(try await batch.extract(["--validate"]).status == 0)
    }
  }

  @Test func `does without diagnostics where additionalInfo is off`() async throws {
    try await BatchOnDisk.with(1) { batch in
      try batch.write([BatchOnDisk.row(0)])
      #expect(try await batch.extract(["--setting", "additionalInfo:false"]).status == 0)
      #expect(try batch.features().header.allSatisfy { !$0.hasPrefix("diagnostics") })
    }
  }

  @Test func `that is written by two at a time is refused with exit code 75`() async throws {
    try await BatchOnDisk.with(1) { batch in
      try batch.write([BatchOnDisk.row(0)])
      try Data().write(to: batch.journal)
      let handle = try FileHandle(forUpdating: batch.journal)
      #expect(flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
      let result = try await batch.extract()
      #expect(result.status == 75 && result.errors.contains("in use"))
      try handle.close()
      #expect(try await batch.extract().status == 0)
    }
  }
}
