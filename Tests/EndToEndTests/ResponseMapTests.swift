import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// A configuration of the IBSI reference manual, part 2, for which a response map is published: `Examples/ibsi2/PHANTOM/NAME.yaml`.
struct ReferenceMap: CustomTestStringConvertible {
  let name: String
  let phantom: String

  var testDescription: String { name }

  private static let folder = ReferenceData.repository.appendingPathComponent("Examples/ibsi2")

  var parameters: URL { Self.folder.appendingPathComponent("\(phantom)/\(name).yaml") }

  static let all: [ReferenceMap] = {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return paths.sorted().compactMap { path in
      let parts = path.split(separator: "/").map(String.init)
      guard parts.count == 2, parts[0] != "ct", parts[1].hasSuffix(".yaml") else { return nil }
      return ReferenceMap(name: String(parts[1].dropLast(5)), phantom: parts[0])
    }
  }()
}

@Suite struct `worker extract --mode response` {
  private func phantom(_ name: String, _ kind: String) -> String {
    ReferenceData.file("ibsi2/phantoms/\(name)/\(kind)").path
  }

  @Test func `has a parameter file for each map of the IBSI manual`() {
    #expect(ReferenceMap.all.count == 33)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ReferenceMap.all)
  func `meets the response maps of the IBSI manual within 1 % of their range`(map: ReferenceMap)
    async throws
  {
    try await withTemporaryFolder { folder in
      let made = try await Programs.run(
        "worker",
        [
          "extract", phantom(map.phantom, "image/\(map.phantom).nii.gz"),
          phantom(map.phantom, "mask/mask.nii.gz"),
          "--param", map.parameters.path, "--mode", "response", "--out-dir", folder.path,
        ])
      try #require(made.status == 0, Comment(rawValue: made.errors))
      let file = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
      let found = try readVolume(at: folder.appendingPathComponent(file))
      let reference = try readVolume(at: ReferenceData.file("ibsi2/maps/\(map.name)-ValidCRM.nii.gz"))
      #expect(found.geometry == reference.geometry)
      let range = try #require(reference.voxels.max()) - #require(reference.voxels.min())
      let worst = zip(found.voxels, reference.voxels).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(worst <= 0.01 * range, "\(map.name): \(100 * worst / range) % of the range")
    }
  }

  @Test func `writes images of PyRadiomics' types and of the manual's, and refuses what it cannot do`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let geometry = GridGeometry(size: GridSize(x: 9, y: 8, z: 7), spacingInMillimetres: [1, 2, 3])
      let voxels = (0..<geometry.size.voxelCount).map { Double($0 * 7919 % 1009) }
      let (image, mask) = (
        folder.appendingPathComponent("i.nii.gz"), folder.appendingPathComponent("m.nii.gz")
      )
      try writeVolume(Volume(geometry: geometry, sampleType: .int16, voxels: voxels), to: image)
      let labels = voxels.indices.map { UInt32($0 % 9 > 2 && $0 % 9 < 6 ? 1 : 0) }
      try writeLabelMap(LabelMap(geometry: geometry, labels: labels), to: mask)
      let parameters = folder.appendingPathComponent("filter.yaml")
      try """
      setting: {ibsiBoundary: nearest}
      imageType: {Original: {}, Square: {}, IBSIMean: {ibsiMeanSupport: 3}, IBSILaws: {ibsiLawsKernels: [L5E5S5, E5E5E5]}}
      """.write(to: parameters, atomically: true, encoding: .utf8)
      let out = folder.appendingPathComponent("maps")
      let files = ["extract", image.path, mask.path, "--param", parameters.path]
      let made = try await Programs.run("worker", files + ["--mode", "response", "--out-dir", out.path])
      try #require(made.status == 0, Comment(rawValue: made.errors))
      let names = made.output.split(separator: "\n").map(String.init)
      #expect(
        names == [
          "original.nii.gz", "square.nii.gz", "ibsi-mean-3-3D.nii.gz", "ibsi-laws-L5E5S5-3D.nii.gz",
          "ibsi-laws-E5E5E5-3D.nii.gz",
        ])
      for name in names {
        let map = try readVolume(at: out.appendingPathComponent(name))
        #expect(map.geometry.size == geometry.size)
        #expect(map.geometry.spacingInMillimetres == geometry.spacingInMillimetres)
      }
      #expect(try readVolume(at: out.appendingPathComponent("original.nii.gz")).voxels == voxels)
      let features = try await Programs.run("worker", files + ["-f", "csv"])
      #expect(features.status == 0 && features.output.contains("ibsi-laws-E5E5E5-3D_glcm_Contrast"))
      for (wrong, status) in [
        (["--mode", "response"], 64), (["--out-dir", out.path], 64),
        (["--mode", "response", "--out-dir", out.path, "--setting", "ibsiMeanSupport:4"], 65),
        (["--mode", "response", "--out-dir", out.path, "--label", "7"], 65),
        (["--mode", "response", "--out-dir", out.path, "-f", "csv"], 64),
        (["--mode", "response", "--out-dir", out.path, "--json"], 64),
        (["--mode", "response", "--out-dir", out.path, "--failures", out.path + ".csv"], 64),
      ] {
        let refused = try await Programs.run("worker", files + wrong)
        #expect(refused.status == status, "\(wrong): \(refused.errors)")
      }
    }
  }
}
