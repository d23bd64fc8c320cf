import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// What extraction.md says, with the commands that show it.
private struct Claim: Sendable, CustomTestStringConvertible {
  /// As it stands in the page, but for line ends.
  let sentence: String
  let isShown: @Sendable (ClaimFolder) async throws -> Void

  init(_ sentence: String, _ isShown: @escaping @Sendable (ClaimFolder) async throws -> Void) {
    (self.sentence, self.isShown) = (sentence, isShown)
  }

  var testDescription: String { sentence }
}

/// A case on disk, and `worker extract` of it.
private struct ClaimFolder: Sendable {
  let url: URL

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: url.appendingPathComponent(name))
  }

  /// - Parameter of: the case's name; files end with `_image.nrrd` and `_mask.nrrd`.
  func extract(_ options: String..., of name: String = "case") async throws -> Programs.Result {
    try await extract([path("\(name)_image.nrrd"), path("\(name)_mask.nrrd")] + options)
  }

  func extract(_ arguments: [String]) async throws -> Programs.Result {
    try await Programs.run("worker", ["extract"] + arguments)
  }

  /// Values by name, without diagnostics.
  func features(_ options: String..., of name: String = "case") async throws -> [String] {
    let files = [path("\(name)_image.nrrd"), path("\(name)_mask.nrrd")]
    let found = try await extract(files + ["--setting", "additionalInfo:false"] + options)
    try #require(found.status == 0, Comment(rawValue: found.errors))
    return found.output.split(separator: "\n").map(String.init)
  }

  /// Names of features in their order.
  static func names(_ features: [String]) -> [String] {
    features.compactMap { $0.split(separator: ":").first.map { String($0.dropFirst("Case-1_".count)) } }
  }
}

extension Claim {
  static let parameters = [
    Claim("A section that is empty (`{}`) is one that is not there") { folder in
      let plain = try await folder.features()
      #expect(plain.count == 107)
      for text in ["featureClass: {}", "imageType: {}", "setting: {}"] {
        try folder.write(text, to: "p.yaml")
        #expect(try await folder.features("--param", folder.path("p.yaml")) == plain, "\(text)")
      }
    },
    Claim("YAML (merge keys `<<` too) or JSON") { folder in
      try folder.write("setting: {<<: {binWidth: 10}, label: 1}", to: "p.yaml")
      try folder.write(#"{"setting": {"binWidth": 10, "label": 1}}"#, to: "p.json")
      let json = try await folder.features("--param", folder.path("p.json"))
      #expect(try await folder.features("--param", folder.path("p.yaml")) == json)
      #expect(try await folder.features("--setting", "binWidth:10") == json)
      #expect(try await folder.features() != json)
    },
    Claim("`--setting KEY:VALUE` overrides.") { folder in
      try folder.write("setting: {binWidth: 10}", to: "p.yaml")
      let back = try await folder.features("--param", folder.path("p.yaml"), "--setting", "binWidth:25")
      #expect(try await folder.features() == back)
    },
    Claim("alphabetical but for `MeanAbsoluteDeviation` before `Mean`") { folder in
      let names = ClaimFolder.names(try await folder.features()).filter { $0.contains("_firstorder_") }
      let sorted = names.sorted {
        $0.replacing(/Mean$/, with: "MeanB") < $1.replacing(/Mean$/, with: "MeanB")
      }
      #expect(names.count == 18 && names == sorted)
    },
    Claim("`additionalInfo: false` leaves them out.") { folder in
      let (plain, without) = (
        try await folder.extract(), try await folder.extract("--setting", "additionalInfo:false")
      )
      #expect(plain.output.contains("Case-1_diagnostics_Versions"))
      #expect(without.status == 0 && !without.output.contains("diagnostics"))
    },
    Claim("A setting that is not known is refused, with the nearest known name") { folder in
      let found = try await folder.extract("--setting", "binwidth:25")
      #expect(found.status == 65 && found.errors.contains("'binWidth'"), "\(found.errors)")
    },
    Claim("so is a setting of IBSI's filters that none of the image types beside it has") { folder in
      let found = try await folder.extract("--setting", "ibsiSigma:2")
      #expect(found.status == 65, "\(found.errors)")
    },
    Claim("The section `voxelSetting` is checked, and has an effect with `--mode voxel` only") { folder in
      try folder.write("voxelSetting: {kernelRadius: 2}", to: "p.yaml")
      #expect(try await folder.features("--param", folder.path("p.yaml")) == folder.features())
      try folder.write("voxelSetting: {kernelRadius: 0}", to: "p.yaml")
      #expect(try await folder.extract("--param", folder.path("p.yaml")).status == 65)
    },
    Claim("Settings of these features; with `ibsi: false` they are refused:") { folder in
      for setting in ["ivhBinCount:100", "aggregations:[3D_avg]", "intensityUnits:arbitrary", "binOrigin:0"] {
        let found = try await folder.extract("--setting", setting)
        #expect(found.status == 65, "\(setting): \(found.errors)")
        #expect(try await folder.extract("--ibsi", "--setting", setting).status == 0, "\(setting)")
      }
    },
    Claim("`--param mr-1197` gives exactly 1,197 features") { folder in
      let names = ClaimFolder.names(try await folder.features("--param", "mr-1197", of: "large"))
      #expect(names.count == 1197 && names.count { $0.contains("log-sigma") } == 4 * 91)
      let other = ClaimFolder.names(try await folder.features("--param", "mr-1197b", of: "large"))
      #expect(other.count == 1197 && other.count { $0.hasPrefix("square_") } == 91)
    },
    Claim("`--param ibsi` is a profile of these") { folder in
      let found = try await folder.extract(
        "--param", "ibsi", "--setting", "resampledPixelSpacing:[2, 2, 2]", "--setting", "binCount:32",
        "--setting",
        "resegmentRange:[-1000, 400]", "--setting", "resegmentOutliers:3", "--setting",
        "intensityUnits:calibrated_discrete")
      #expect(
        found.status == 0 && found.output.contains("original_ibsi_cm_joint_entr_3D_avg: "), "\(found.errors)")
    },
  ]

  static let cases = [
    Claim("A mask that fills the image** is valid") { folder in
      let full = CaseOnDisk(label: { _, _, _ in 1 })
      try full.write(to: folder.url, name: "full")
      #expect(try await folder.features(of: "full").count == 107)
    },
    Claim("A picture has no `shape`**: it is left out with a warning, and default classes give 93 features.")
    {
      folder in
      let grid = GridGeometry(
        size: GridSize(x: 14, y: 12, z: 1), dimension: 2)
      let values = (0..<grid.size.voxelCount).map { Double($0 * 37 % 200) }
      let inside = (0..<grid.size.voxelCount).map { $0 % 14 > 2 && $0 % 14 < 11 && $0 / 14 > 2 ? 255.0 : 0 }
      for (name, voxels) in [("i.png", values), ("m.png", inside)] {
        let picture = Volume(geometry: grid, sampleType: .uint8, voxels: voxels)
        try writeVolume(picture, to: folder.url.appendingPathComponent(name))
      }
      let found = try await folder.extract([folder.path("i.png"), folder.path("m.png"), "--label", "255"])
      #expect(found.status == 0 && found.errors.contains("shape"), "\(found.errors)")
      #expect(found.output.split(separator: "\n").count { $0.hasPrefix("Case-1_original_") } == 93)
    },
    Claim("Undefined features are counted**") { folder in
      let scattered = CaseOnDisk(label: { x, y, z in x % 2 == 0 && y % 2 == 0 && z % 2 == 0 ? 1 : 0 })
      try scattered.write(to: folder.url, name: "scattered")
      let found = try await folder.extract(of: "scattered")
      #expect(found.status == 0 && found.output.contains("glcm"), "\(found.errors)")
      let warnings = try #require(found.output.split(separator: "\n").first { $0.contains("_Warnings") })
      #expect(warnings.contains("glcm") && warnings.contains(/\d+ of \d+/) || found.errors.contains("glcm"))
    },
    Claim(
      "a background below 0 and labels that are not whole give PyRadiomics' values and a warning that counts the voxels"
    ) {
      folder in
      let odd = CaseOnDisk()
      try odd.write(to: folder.url, name: "odd")
      var labels = [Double]()
      for z in 0..<8 {
        for y in 0..<11 {
          for x in 0..<12 {
            labels.append((3..<9).contains(x) && (2..<9).contains(y) && (2..<7).contains(z) ? 1.25 : -1)
          }
        }
      }
      try writeVolume(
        Volume(geometry: odd.geometry, sampleType: .float64, voxels: labels),
        to: folder.url.appendingPathComponent("odd_mask.nrrd"))
      let found = try await folder.extract(of: "odd")
      #expect(found.status == 0, "\(found.errors)")
      #expect(found.errors.contains("210 voxels of the mask are no whole numbers"), "\(found.errors)")
      #expect(found.errors.contains("846 voxels of the mask are below 0"), "\(found.errors)")
      #expect(try await folder.features(of: "odd") == folder.features())
    },
    Claim("(LoG on fewer than four slices) leaves its columns empty and says so in `diagnostics_Warnings`") {
      folder in
      var thin = CaseOnDisk(
        geometry: GridGeometry(size: GridSize(x: 12, y: 11, z: 3), spacingInMillimetres: [1, 1, 2]))
      thin.label = { x, y, _ in (3..<9).contains(x) && (2..<9).contains(y) ? 1 : 0 }
      try thin.write(to: folder.url, name: "thin")
      try folder.write("imageType: {LoG: {sigma: [1.0]}}", to: "p.yaml")
      let found = try await folder.extract("--param", folder.path("p.yaml"), "-f", "csv", of: "thin")
      let lines = found.output.split(separator: "\n")
      #expect(found.status == 0 && lines.count == 2, "\(found.errors)")
      #expect(lines[0].contains("log-sigma-1-0-mm-3D_glcm_Contrast") && lines[1].contains("3 voxels along z"))
    },
    Claim("beyond 1,000 there is a warning") { folder in
      try CaseOnDisk.wide.write(to: folder.url, name: "wide")
      let found = try await folder.extract(of: "wide")
      #expect(found.status == 0 && (found.output + found.errors).contains("grey levels"), "\(found.errors)")
      let refused = try await folder.extract("--setting", "binWidth:0.00001", of: "wide")
      #expect(refused.status == 65, "\(refused.errors)")
    },
    Claim("NaN and infinite voxels** are refused in the region.") { folder in
      try CaseOnDisk.notANumber.write(to: folder.url, name: "nan")
      #expect(try await folder.extract(of: "nan").status == 65)
    },
    Claim("`diagnostics_Image-original_Orientation` (which way the axes run, as `LPS`)") { folder in
      let found = try await folder.extract()
      for name in [
        "Image-original_FileSHA256", "Mask-original_FileSHA256", "Image-original_Orientation", "Warnings",
      ] {
        #expect(found.output.contains("Case-1_diagnostics_\(name)"), "\(name)")
      }
      #expect(found.output.contains("Case-1_diagnostics_Image-original_Orientation: LPS"))
    },
    Claim("one image a feature (`Case-1_original_glcm_Contrast.nrrd`; `--map-format nii.gz` for NIfTI)") {
      folder in
      for (format, options) in [("nrrd", []), ("nii.gz", ["--map-format", "nii.gz"])] {
        let out = folder.path("maps-\(format)")
        let found = try await folder.extract(
          [
            folder.path("case_image.nrrd"), folder.path("case_mask.nrrd"), "--mode", "voxel", "--out-dir",
            out,
          ]
            + options)
        #expect(found.status == 0, "\(found.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: out)
        #expect(files.contains("Case-1_original_glcm_Contrast.\(format)") && files.count == 93)
        #expect(!files.contains { $0.contains("shape") })
      }
    },
  ]

  static let batches = [
    Claim(
      "A batch with a wrong label or a missing column is refused before anything is computed (exit code 65)."
    ) {
      folder in
      for (header, row) in [
        ("Image,Mask,Label", "case_image.nrrd,case_mask.nrrd,one"),
        ("Image,Region", "case_image.nrrd,case_mask.nrrd"),
      ] {
        try folder.write("\(header)\n\(row)\n", to: "batch.csv")
        let found = try await folder.extract([
          folder.path("batch.csv"), "-f", "csv", "-o", folder.path("out.csv"),
        ])
        #expect(found.status == 65, "\(found.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("out.csv")))
      }
    },
    Claim("keeps its place and its own columns, and its features are empty.") { folder in
      let rows = ["Who,Image,Mask", "a,absent.nrrd,case_mask.nrrd", "b,case_image.nrrd,case_mask.nrrd"]
      try folder.write(rows.joined(separator: "\n"), to: "batch.csv")
      let found = try await folder.extract([
        folder.path("batch.csv"), "-f", "csv", "-o", folder.path("out.csv"), "--failures",
        folder.path("failed.csv"),
      ])
      #expect(found.status == 1, "\(found.errors)")
      let lines = try String(contentsOfFile: folder.path("out.csv"), encoding: .utf8).split(separator: "\n")
      #expect(
        lines.count == 3 && lines[1].hasPrefix("a,") && lines[1].hasSuffix(",,,,") && lines[2].hasPrefix("b,")
      )
      let failed = try String(contentsOfFile: folder.path("failed.csv"), encoding: .utf8)
      #expect(failed.contains("absent.nrrd"))
    },
    Claim("the files are the same to the last byte for any N") { folder in
      let rows = (0..<5).map { _ in "case_image.nrrd,case_mask.nrrd" }
      try folder.write((["Image,Mask"] + rows).joined(separator: "\n"), to: "batch.csv")
      var texts: [String] = []
      for threads in ["1", "3"] {
        let found = try await folder.extract([folder.path("batch.csv"), "-f", "csv", "-j", threads])
        #expect(found.status == 0, "\(found.errors)")
        texts.append(found.output)
      }
      #expect(texts[0] == texts[1])
    },
  ]
}

/// What other tests show, which hold programs half-way, or compare with PyRadiomics' own values.
private let shownElsewhere: [(sentence: String, file: String, test: String)] = [
  (
    "the same names, the same numbers", "ExtractionTests/ReferenceParityTests",
    "gives every feature of PyRadiomics to 1e-9"
  ),
  (
    "Formats `csv`, `json`, `txt`.", "EndToEndTests/ExtractTests",
    "prints PyRadiomics' names in its three formats with the same values"
  ),
  (
    "other columns pass through", "BatchExtractionTests/ExtractionBatchTests",
    "has PyRadiomics' columns in any order, and others pass through"
  ),
  (
    "Two runs that write one output are refused (exit code 75).", "EndToEndTests/ExtractBatchTests",
    "that is written by two at a time is refused with exit code 75"
  ),
  (
    "after any interruption, SIGKILL included, a batch computes only what is missing",
    "EndToEndTests/ExtractBatchTests", "killed in the middle goes on where it was, and gives the same bytes"
  ),
  (
    "the CSV may be sorted, extended and renamed; a changed mask is computed again",
    "EndToEndTests/ExtractBatchTests", "reordered, extended and with a changed mask computes only what is new"
  ),
  (
    "A batch with a column that is called as a result** (an earlier output, mostly) is refused before anything is computed.",
    "EndToEndTests/ExtractBatchTests",
    "with a column that is called as a result is refused before anything is computed"
  ),
  (
    "fails where extraction would", "EndToEndTests/ExtractBatchTests",
    "is validated without computing, and fails where extraction would"
  ),
  (
    "three lines, or with `--json` an object, for each case", "EndToEndTests/ExtractTests",
    "validates without computing"
  ),
  (
    "brings image and mask to one order first", "EndToEndTests/ExtractTests",
    "gives the same values of an image that is stored in another order, once both are brought to one"
  ),
  (
    "**A picture in colour** is taken by its luminance (ITU-R BT.601-2), with a warning.",
    "ExtractionTests/WarningTests", "tell that a picture in colour is taken by its luminance"
  ),
  (
    "`-j N` computes with N threads; the files are the same to the last byte for any N.",
    "EndToEndTests/VoxelMapTests",
    "writes the same bytes with one thread and with three, of the classes that are asked for"
  ),
  (
    "writes what `pyradiomics --mode voxel` writes", "EndToEndTests/VoxelMapTests",
    "gives the maps of PyRadiomics 3.0.1"
  ),
  (
    "divides regions into parts whose voxels are alike in all of their maps", "EndToEndTests/HabitatTests",
    "makes a mask of maps that goes in again, and the same from its centres"
  ),
  (
    "a number out of range is bad data (exit code 65)", "EndToEndTests/ExtractTests",
    "beyond its bounds is named with them"
  ),
]

@Suite struct `What extraction.md says` {
  /// The page without its line ends.
  private static func text() throws -> String {
    try String(
      contentsOf: ReferenceData.repository.appendingPathComponent("Documentation/extraction.md"),
      encoding: .utf8
    )
    .replacing(/\s+/, with: " ")
  }

  @Test func `is shown by tests that are there`() throws {
    let text = try Self.text()
    for claim in shownElsewhere {
      #expect(text.contains(claim.sentence), "\(claim.sentence)")
      let file = ReferenceData.repository.appendingPathComponent("Tests/\(claim.file).swift")
      #expect(try String(contentsOf: file, encoding: .utf8).contains("func `\(claim.test)`"), "\(claim.test)")
    }
  }

  @Test(arguments: Claim.parameters + Claim.cases + Claim.batches)
  private func `is what the program does`(claim: Claim) async throws {
    #expect(
      try Self.text().contains(claim.sentence), "the page says something else now: write what is shown here")
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      var large = CaseOnDisk(
        geometry: GridGeometry(size: GridSize(x: 24, y: 22, z: 14), spacingInMillimetres: [1, 1, 1]))
      large.label = { x, y, z in (6..<18).contains(x) && (5..<16).contains(y) && (4..<10).contains(z) ? 1 : 0
      }
      try large.write(to: folder, name: "large")
      try await claim.isShown(ClaimFolder(url: folder))
    }
  }
}
