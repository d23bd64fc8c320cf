import DelimitedText
import Foundation
import ImageFiles
import Testing
import Volumes

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

  @Test func `takes parameters from a pipe, as a shell gives them`() async throws {
    try await withCase { _, image, mask in
      let piped = "printf 'setting: {binCount: 8}' | \"$0\" extract \"$1\" \"$2\" --param /dev/stdin"
      let worker = Programs.folder.appendingPathComponent("worker").path
      let shell = URL(fileURLWithPath: "/bin")
      let found = try await Programs.run("sh", ["-c", piped, worker, image, mask], in: shell)
      let plain = try await Programs.run("worker", ["extract", image, mask, "--setting", "binCount:8"])
      #expect(found.status == 0, Comment(rawValue: found.errors))
      #expect(found.output == plain.output)
    }
  }

  @Test
  func `gives the same values of an image that is stored in another order, once both are brought to one`()
    async throws
  {
    try await withCase { folder, image, mask in
      let turned = (folder.appendingPathComponent("i.nii.gz"), folder.appendingPathComponent("m.nrrd"))
      try writeVolume(try readVolume(at: URL(fileURLWithPath: image)).turned, to: turned.0)
      let labels = try readLabelMap(at: URL(fileURLWithPath: mask))
      try writeLabelMap(
        LabelMap(geometry: labels.geometry.turned, labels: labels.labels.reversed()), to: turned.1)
      func features(_ files: [String], _ options: [String]) async throws -> [Substring] {
        let found = try await Programs.run(
          "worker",
          ["extract"] + files + ["--param", "mr-1197", "--setting", "additionalInfo:false"] + options)
        try #require(found.status == 0, Comment(rawValue: found.errors))
        return found.output.split(separator: "\n")
      }
      let (plain, other) = ([image, mask], [turned.0.path, turned.1.path])
      let orientation = ["--setting", "orientation:lps"]
      let first = try await features(plain, orientation)
      #expect(first.count >= 1197)
      #expect(try await features(other, orientation) == first)
      // As PyRadiomics has it.
      #expect(try await features(other, []) != features(plain, []))
      let wrong = try await Programs.run("worker", ["extract"] + plain + ["--setting", "orientation:ras"])
      #expect(wrong.status == 65 && wrong.errors.contains("orientation"))
    }
  }

  @Test func `validates without computing`() async throws {
    try await withCase { _, image, mask in
      let good = try await Programs.run("worker", ["extract", image, mask, "--validate"])
      let lines = good.output.split(separator: "\n")
      #expect(good.status == 0 && lines.count == 3)
      #expect(lines[0].hasPrefix("image: ") && lines[1].hasPrefix("mask: ") && lines[1].contains("label 1"))
      #expect(lines[2] == "image and mask have the same grid")
      let json = try await Programs.run("worker", ["extract", image, mask, "--validate", "--json"])
      #expect(json.status == 0 && json.output.contains("\"agreement\":"))
      let bad = try await Programs.run("worker", ["extract", image, mask, "--validate", "--label", "9"])
      #expect(bad.status == 65 && bad.errors.contains("label-absent"))
    }
  }

  @Test func `adds deep features, whose settings change them and which say that the network is not trained`()
    async throws
  {
    try await withCase { _, image, mask in
      let options = ["extract", image, mask, "-f", "csv", "--weights", "random-seed-1"]
      let plain = try await Programs.run("worker", options)
      let other = try await Programs.run(
        "worker", options + ["--deep", "slices:3", "--deep", "margin:{mm: 4}"])
      #expect([plain.status, other.status] == [0, 0])
      #expect(plain.errors.contains("random-seed-1 (random weights, not a trained network)"))
      let tables = [plain, other].map { $0.output.split(separator: "\n").map { $0.split(separator: ",") } }
      #expect(tables[0][0] == tables[1][0])
      #expect(
        tables[0][0].suffix(512).first == "deep_resnet18_000" && tables[0][0].last == "deep_resnet18_511")
      #expect(tables[0][1].dropLast(512) == tables[1][1].dropLast(512))
      #expect(tables[0][1].suffix(512) != tables[1][1].suffix(512))
    }
  }

  @Test func `refuses weights that it cannot use before any image is read`() async throws {
    try await withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("resnet18.pth")
      try Data([0x80, 0x02, 0x63]).write(to: file)
      for (name, part) in [
        (file.path, "safetensors.torch.save_file"), ("/nowhere/x", "x: the weights cannot be read"),
      ] {
        let result = try await Programs.run("worker", ["extract", "i.nii", "m.nii", "--weights", name])
        #expect(result.status == 65)
        #expect(result.errors.contains(part))
      }
    }
  }

  @Test(arguments: [
    (["--deep", "slices:3"], 64, "--deep needs --weights"),
    (["--weights", "random-seed-1", "--deep", "slice:3"], 65, "Did you mean 'slices'?"),
    (["--setting", "binwidth:3"], 65, "Did you mean 'binWidth'?"),
    (["--setting", "kernelRadius:2"], 65, "voxel-based"),
    (["--bogus"], 64, "--bogus"),
    (["-j", "0"], 64, "-j must be from 1 to 10000"),
  ])
  func `refuses what it does not understand`(options: [String], status: Int32, part: String) async throws {
    let result = try await Programs.run("worker", ["extract", "image.nii", "mask.nii"] + options)
    #expect(result.status == status)
    #expect(result.errors.contains(part))
  }
}

/// None of these needs a database, or a file.
@Suite struct `A number of an option` {
  @Test(arguments: [
    (["local", "s.yaml", "-j", "0"], "-j must be from 1 to 1024."),
    (["local", "s.yaml", "-j", "1025"], "-j must be from 1 to 1024."),
    (["synthesize", "x", "--subjects", "0"], "--subjects must be from 1 to 1000000."),
    (["synthesize", "x", "--subjects", "1000001"], "--subjects must be from 1 to 1000000."),
    (["synthesize", "x", "--sites", "0"], "--sites must be from 1 to 10000."),
    (["synthesize", "x", "--sites", "10001"], "--sites must be from 1 to 10000."),
    (["serve", "--lease", "0.49"], "--lease must be from 0.5 to 86400 seconds."),
    (["serve", "--lease", "86401"], "--lease must be from 0.5 to 86400 seconds."),
    (["serve", "--lease", "nan"], "--lease must be from 0.5 to 86400 seconds."),
    (["serve", "--keep-days", "0"], "--keep-days must be from 1 to 36500."),
    (["serve", "--keep-days", "36501"], "--keep-days must be from 1 to 36500."),
    (["serve", "--keep-unused-days", "0"], "--keep-unused-days must be from 1 to 36500."),
    (["serve", "--keep-unused-days", "36501"], "--keep-unused-days must be from 1 to 36500."),
    (["serve", "--keep-jobs-days", "0"], "--keep-jobs-days must be from 1 to 36500."),
    (["serve", "--keep-jobs-days", "36501"], "--keep-jobs-days must be from 1 to 36500."),
    (["ingest", "m.csv", "--label", "0"], "--label must be at least 1."),
    (["ingest", "m.csv", "--label", "4294967296"], "'--label <label>'"),
  ])
  func `beyond its bounds is named with them`(arguments: [String], part: String) async throws {
    let result = try await Programs.run("coordinator", arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains(part), Comment(rawValue: result.errors))
  }

  @Test(arguments: [
    (["local", "/nowhere/s.yaml", "-j", "1"], "The study file /nowhere/s.yaml cannot be read"),
    (["local", "/nowhere/s.yaml", "-j", "1024"], "The study file /nowhere/s.yaml cannot be read"),
    (["ingest", "/nowhere/m.csv", "--label", "4294967295"], "Cannot look for the study of the manifest"),
  ])
  func `at its bounds is taken`(arguments: [String], part: String) async throws {
    let result = try await Programs.run("coordinator", arguments)
    #expect(result.status == 65)
    #expect(result.errors.contains(part), Comment(rawValue: result.errors))
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

extension GridGeometry {
  /// The same places, each axis in the other direction.
  fileprivate var turned: GridGeometry {
    var turned = self
    for (axis, count) in [size.x, size.y, size.z].enumerated() {
      turned.originInMillimetres += directions[axis] * spacingInMillimetres[axis] * Double(count - 1)
      turned.directions[axis] = SIMD3(repeating: 0) - directions[axis]
    }
    return turned
  }
}

extension Volume {
  /// The same image, stored from its last voxel to its first.
  fileprivate var turned: Volume {
    Volume(geometry: geometry.turned, sampleType: sampleType, voxels: voxels.reversed())
  }
}
