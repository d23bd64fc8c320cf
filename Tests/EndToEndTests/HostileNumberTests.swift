import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// Files and settings whose numbers once ended the process, or kept it busy without end.
@Suite(.timeLimit(.minutes(15))) struct `A number out of range` {
  private func extract(_ folder: URL, _ options: [String], image: String = "case_image.nrrd") async throws
    -> (status: Int32, errors: String)
  {
    let files = [image, "case_mask.nrrd"].map { folder.appendingPathComponent($0).path }
    let result = try await Programs.run("worker", ["extract"] + files + options)
    return (result.status, result.errors)
  }

  @Test(arguments: [
    ("imageType: {LoG: {sigma: [9223372036854775808.0]}}\n", "sigma is 9223372036854775808.0"),
    ("imageType: {LoG: {sigma: [1e-300]}}\n", "sigma is 1e-300"),
    ("imageType: {LBP2D: {lbp2DRadius: 1e300}}\n", "lbp2DRadius"),
    ("imageType: {LBP3D: {lbp3DIcosphereRadius: 1e300}}\n", "lbp3DIcosphereRadius"),
    ("imageType: {Wavelet: {level: 9223372036854775807, start_level: 1}}\n", "level"),
    ("imageType: {Wavelet: {start_level: 9223372036854775807}}\n", "start_level"),
    ("setting: {preCrop: true, padDistance: 9223372036854775807}\n", "padDistance"),
    ("setting: {distances: [9223372036854775807]}\n", "distances"),
    ("setting: {resampledPixelSpacing: [1e-3, 1e-3, 1e-3]}\n", "268435456"),
    ("setting: {resampledPixelSpacing: [1e-310, 1, 1]}\n", "resampledPixelSpacing"),
    ("setting: {resampledPixelSpacing: [1e300, 1e300, 1e300], padDistance: 0}\n", "resampledPixelSpacing"),
    (String(repeating: "[", count: 100_000), "brackets"),
    (String(repeating: "- ", count: 100_000), "indented"),
  ])
  func `of a parameter file is refused`(text: String, part: String) async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let file = folder.appendingPathComponent("params.yaml")
      try Data(text.utf8).write(to: file)
      let (status, errors) = try await extract(folder, ["--param", file.path])
      #expect(status == 65 && errors.contains(part), Comment(rawValue: "\(status) \(errors)"))
    }
  }

  @Test func `such as the spacing of a mask gives the size of the grid, the limit and the setting`()
    async throws
  {
    try await withTemporaryFolder { folder in
      var input = CaseOnDisk()
      input.geometry.spacingInMillimetres = [1e7, 1e7, 1e7]
      try input.write(to: folder)
      let (status, errors) = try await extract(folder, ["--setting", "resampledPixelSpacing:[1,1,1]"])
      #expect(status == 65, Comment(rawValue: errors))
      for part in ["resampledPixelSpacing", "268435456", " voxels"] { #expect(errors.contains(part)) }
    }
  }

  @Test(arguments: ["binCount:32", "binCount:1000000", "binWidth:5e-324", "binWidth:1e-310"])
  func `such as a subnormal intensity ends at once`(setting: String) async throws {
    try await withTemporaryFolder { folder in
      var input = CaseOnDisk()
      input.intensity = { Double(bitPattern: UInt64($0 % 7)) }
      try input.write(to: folder)
      let (status, errors) = try await extract(folder, ["--setting", setting])
      #expect(status == 0 || status == 65, Comment(rawValue: "\(status) \(errors)"))
    }
  }

  /// The header asks for data that end 2⁶³ - 1 bytes before the file does.
  private func hostileImage(_ folder: URL) throws -> URL {
    let file = folder.appendingPathComponent("hostile.nrrd")
    let header = """
      NRRD0004
      type: uchar
      dimension: 3
      sizes: 2 2 2
      encoding: raw
      byte skip: -9223372036854775808


      """
    try Data(Array(header.utf8) + [UInt8](repeating: 1, count: 8)).write(to: file)
    return file
  }

  @Test func `in one file of a batch costs its row`() async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      _ = try hostileImage(folder)
      let batch = folder.appendingPathComponent("batch.csv")
      let lines =
        "Image,Mask\ncase_image.nrrd,case_mask.nrrd\nhostile.nrrd,hostile.nrrd\ncase_image.nrrd,case_mask.nrrd\n"
      try Data(lines.utf8).write(to: batch)
      let result = try await Programs.run("worker", ["extract", batch.path, "-f", "csv"])
      #expect(result.status == 1, Comment(rawValue: result.errors))
      #expect(result.output.split(separator: "\n").count { $0.hasPrefix("case_image.nrrd") } == 2)
      #expect(result.errors.contains("byte skip"))
    }
  }

  /// What `coordinator submit` does with each file of a manifest; where it throws, the study goes on without a digest.
  @Test func `in a file that a manifest names is an error that can be caught`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try hostileImage(folder)
    #expect(throws: ImageFileError.self) { try ImageFileContents(at: file) }
  }

  @Test(arguments: [
    ["--max-time", "1e300d"], ["--lease", "1e300"], ["--grace", "inf"], ["--task-limit", "infs"],
    ["--notice", "1e300"], ["--notice", "nan"], ["--notice", "-1"],
  ])
  func `on the command line of a worker is a matter of usage`(options: [String]) async throws {
    let result = try await Programs.run("worker", ["run", "--drain"] + options)
    #expect(result.status == 64, Comment(rawValue: "\(result.status) \(result.errors)"))
  }
}
