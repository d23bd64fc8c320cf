import Foundation
import Testing

/// What `--out-dir` is before and after a command that writes images.
@Suite struct `The folder of --out-dir` {
  private func extract(_ folder: URL, _ options: [String], mask: String = "case_mask.nrrd") async throws
    -> Programs.Result
  {
    try await Programs.run(
      "worker",
      [
        "extract", folder.appendingPathComponent("case_image.nrrd").path,
        folder.appendingPathComponent(mask).path,
      ] + options)
  }

  @Test(arguments: ["voxel", "response"])
  func `is not left behind where nothing was written, and looked at before anything is read`(mode: String)
    async throws
  {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let out = folder.appendingPathComponent("new/images")
      let options = ["--mode", mode, "--out-dir"]
      let refused = try await extract(folder, options + [out.path], mask: "nowhere.nrrd")
      #expect(refused.status == 65, Comment(rawValue: refused.errors))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("new").path))
      // One that was there stays, and what lies in it.
      try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
      _ = try await extract(folder, options + [out.path], mask: "nowhere.nrrd")
      #expect(FileManager.default.fileExists(atPath: out.path))
      // A mask that is not there would be refused with 65: the folder is looked at first.
      let below = folder.appendingPathComponent("case_image.nrrd/images").path
      let unwritable = try await extract(folder, options + [below], mask: "nowhere.nrrd")
      #expect(
        unwritable.status == 73 && unwritable.errors.contains("--out-dir"),
        Comment(rawValue: unwritable.errors))
    }
  }

  @Test func `of habitats is looked at before maps are read, and not left behind`() async throws {
    try await withTemporaryFolder { folder in
      let out = folder.appendingPathComponent("parts")
      let refused = try await Programs.run("worker", ["habitats", folder.path, "--out-dir", out.path])
      #expect(refused.status == 65 && !FileManager.default.fileExists(atPath: out.path))
      let file = folder.appendingPathComponent("file")
      try Data().write(to: file)
      let unwritable = try await Programs.run(
        "worker", ["habitats", folder.path, "--out-dir", file.appendingPathComponent("parts").path])
      #expect(unwritable.status == 73, Comment(rawValue: unwritable.errors))
    }
  }

  @Test(arguments: [("0", ".nan"), ("nan", "0"), ("5", "0")])
  func `has no habitats of maps that hold another number outside than was said`(said: String, made: String)
    async throws
  {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let parameters = folder.appendingPathComponent("params.yaml")
      try Data("featureClass: {firstorder: [Mean, Range], glcm: [Contrast]}\n".utf8).write(to: parameters)
      let maps = folder.appendingPathComponent("maps")
      let found = try await extract(
        folder,
        [
          "--mode", "voxel", "--param", parameters.path, "--out-dir", maps.path, "--setting",
          "initValue:\(made)",
        ])
      try #require(found.status == 0, Comment(rawValue: found.errors))
      let out = folder.appendingPathComponent("parts")
      let wrong = try await Programs.run(
        "worker", ["habitats", maps.path, "--outside", said, "--clusters", "2", "--out-dir", out.path])
      let right = made == ".nan" ? "nan" : made
      #expect(
        wrong.status == 65 && wrong.errors.contains("--outside \(right)"), Comment(rawValue: wrong.errors))
      #expect(!FileManager.default.fileExists(atPath: out.path))
      let well = try await Programs.run(
        "worker", ["habitats", maps.path, "--outside", right, "--clusters", "2", "--out-dir", out.path])
      #expect(well.status == 0, Comment(rawValue: well.errors))
    }
  }

  @Test func `has the maps of image types that apply, and exit code 1 names those that do not`() async throws
  {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let parameters = folder.appendingPathComponent("params.yaml")
      try Data(
        "imageType: {Original: {}, LoG: {sigma: [1000]}}\nfeatureClass: {firstorder: [Mean]}\n".utf8
      ).write(to: parameters)
      let out = folder.appendingPathComponent("maps")
      let made = try await extract(
        folder, ["--mode", "voxel", "--param", parameters.path, "--out-dir", out.path])
      #expect(made.status == 1, Comment(rawValue: made.errors))
      #expect(made.errors.contains("no maps of log-sigma-1000-mm-3D"), Comment(rawValue: made.errors))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: out.path) == [
          "Case-1_original_firstorder_Mean.nrrd"
        ])
    }
  }
}
