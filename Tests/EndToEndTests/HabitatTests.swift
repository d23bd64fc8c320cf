import Foundation
import ImageFiles
import Testing
import Volumes

@Suite struct `worker habitats` {
  private func maps(_ folder: URL) async throws -> URL {
    try CaseOnDisk().write(to: folder)
    let parameters = folder.appendingPathComponent("params.yaml")
    try Data("featureClass: {firstorder: [Mean, Range], glcm: [Contrast]}\n".utf8).write(to: parameters)
    let maps = folder.appendingPathComponent("case-7")
    let made = try await Programs.run(
      "worker",
      [
        "extract", folder.appendingPathComponent("case_image.nrrd").path,
        folder.appendingPathComponent("case_mask.nrrd").path,
        "--mode", "voxel", "--param", parameters.path, "--out-dir", maps.path, "--setting", "initValue:.nan",
      ])
    try #require(made.status == 0, Comment(rawValue: made.errors))
    return maps
  }

  @Test func `makes a mask of maps that goes in again, and the same from its centres`() async throws {
    try await withTemporaryFolder { folder in
      let maps = try await maps(folder)
      let out = folder.appendingPathComponent("parts")
      let found = try await Programs.run(
        "worker", ["habitats", maps.path, "--outside", "nan", "--clusters", "3", "--out-dir", out.path])
      try #require(found.status == 0, Comment(rawValue: found.errors))
      #expect(found.output.contains("case-7_habitats.nrrd"))
      let mask = out.appendingPathComponent("case-7_habitats.nrrd")
      let labels = try readLabelMap(at: mask).volume.voxels
      #expect(Set(labels) == [0, 1, 2, 3])
      // The region has 5 x 7 x 6 voxels.
      #expect(labels.count { $0 > 0 } == 210)
      let again = folder.appendingPathComponent("again")
      let applied = try await Programs.run(
        "worker",
        [
          "habitats", maps.path, "--outside", "nan", "--centres",
          out.appendingPathComponent("centres.json").path,
          "--out-dir", again.path,
        ])
      try #require(applied.status == 0, Comment(rawValue: applied.errors))
      #expect(
        try Data(contentsOf: again.appendingPathComponent("case-7_habitats.nrrd")) == Data(contentsOf: mask))
      for label in 1...3 {
        let features = try await Programs.run(
          "worker",
          [
            "extract", folder.appendingPathComponent("case_image.nrrd").path, mask.path, "--label",
            "\(label)", "--setting",
            "correctMask:true", "--json",
          ])
        #expect(features.status == 0, Comment(rawValue: features.errors))
        #expect(features.output.contains("original_shape_MeshVolume"))
      }
    }
  }

  @Test func `refuses what is no folder of maps, and numbers of clusters out of range`() async throws {
    try await withTemporaryFolder { folder in
      let out = folder.appendingPathComponent("parts").path
      let empty = try await Programs.run("worker", ["habitats", folder.path, "--out-dir", out])
      #expect(empty.status == 65 && empty.errors.contains("worker extract --mode voxel"))
      for clusters in ["0", "3-2", "1-256", "two", "2-3-4", ""] {
        let wrong = try await Programs.run(
          "worker", ["habitats", folder.path, "--out-dir", out, "--clusters", clusters])
        #expect(wrong.status == 64, Comment(rawValue: clusters))
      }
    }
  }
}
