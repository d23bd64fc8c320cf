import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// One input of `worker extract`, and how the program must end.
private struct Trial: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var input: @Sendable () -> CaseOnDisk
  var options: [String] = []
  /// The exit code, and a part of what is said.
  var status: Int32
  var part = ""

  init(
    _ name: String, _ input: @escaping @Sendable () -> CaseOnDisk, options: [String] = [], status: Int32 = 0,
    _ part: String = ""
  ) {
    testDescription = name
    self.input = input
    self.options = options
    self.status = status
    self.part = part
  }

  private static func onGrid(_ change: @escaping @Sendable (inout GridGeometry) -> Void)
    -> @Sendable () -> CaseOnDisk
  {
    {
      var input = CaseOnDisk()
      var geometry = input.geometry
      change(&geometry)
      input.maskGeometry = geometry
      return input
    }
  }

  static let geometry = [
    Trial("another size", onGrid { $0.size.z -= 1 }, status: 65, "geometry-mismatch"),
    Trial("another spacing", onGrid { $0.spacingInMillimetres.y = 1.1 }, status: 65, "geometry-mismatch"),
    Trial("another origin", onGrid { $0.originInMillimetres.x = 0.01 }, status: 65, "correctMask"),
    Trial(
      "another direction", onGrid { $0.directions = [[0, 1, 0], [1, 0, 0], [0, 0, 1]] }, status: 65,
      "directions"),
    Trial("an origin that differs by rounding", onGrid { $0.originInMillimetres.x = 1e-8 }),
    Trial("a spacing that differs by rounding", onGrid { $0.spacingInMillimetres.z = 2 + 1e-9 }),
    Trial(
      "a direction that differs by rounding",
      onGrid { $0.directions = [[1, 1e-8, 0], [-1e-8, 1, 0], [0, 0, 1]] }),
    Trial(
      "an origin within a tolerance that was raised", onGrid { $0.originInMillimetres.x = 0.01 },
      options: ["--setting", "geometryTolerance:0.02"]),
    Trial(
      "an origin that is corrected", onGrid { $0.originInMillimetres.x = 0.01 },
      options: ["--setting", "correctMask:true"]),
  ]

  private static func region(_ inside: @escaping @Sendable (Int, Int, Int) -> Bool)
    -> @Sendable () -> CaseOnDisk
  {
    { CaseOnDisk(label: { inside($0, $1, $2) ? 1 : 0 }) }
  }

  static let regions = [
    Trial("no region", region { _, _, _ in false }, status: 65, "mask-empty"),
    Trial("another label", { CaseOnDisk(label: { x, _, _ in x == 3 ? 7 : 0 }) }, status: 65, "it has 7"),
    Trial("one voxel", region { x, y, z in x == 4 && y == 4 && z == 4 }, status: 65, "region-too-small"),
    Trial("one line", region { _, y, z in y == 4 && z == 4 }, status: 65, "minimumROIDimensions"),
    Trial(
      "one line that is allowed", region { _, y, z in y == 4 && z == 4 },
      options: ["--setting", "minimumROIDimensions:1"]),
    Trial("one slice", region { x, y, z in z == 4 && (3..<9).contains(x) && (3..<8).contains(y) }),
    Trial("a region at the border", region { x, y, z in x < 4 && y < 4 && z < 4 }),
    Trial("a region that fills the image", region { _, _, _ in true }),
    Trial(
      "two voxels that do not touch",
      region { x, y, z in (x == 2 && y == 2 && z == 2) || (x == 8 && y == 7 && z == 6) }),
    Trial(
      "too few voxels", { CaseOnDisk() }, options: ["--setting", "minimumROISize:210"], status: 65, "210"),
  ]

  private static func broken(_ value: Double, inside: Bool) -> @Sendable () -> CaseOnDisk {
    let place = inside ? CaseOnDisk.size.offset(x: 5, y: 5, z: 4) : 0
    return { CaseOnDisk(intensity: { $0 == place ? value : Double($0 % 90) }) }
  }

  static let voxels = [
    Trial("a voxel that is no number", broken(.nan, inside: true), status: 65, "non-finite-voxel"),
    Trial("an infinite voxel", broken(-.infinity, inside: true), status: 65, "non-finite-voxel"),
    Trial("a voxel outside the region that is no number", broken(.nan, inside: false)),
    Trial(
      "the same where the whole image counts", broken(.nan, inside: false),
      options: ["--setting", "normalize:true"], status: 65, "non-finite-voxel"),
    Trial("constant intensities", { CaseOnDisk(intensity: { _ in 42 }) }),
    Trial(
      "constant intensities that are to be normalised", { CaseOnDisk(intensity: { _ in 42 }) },
      options: ["--setting", "normalize:true"], status: 65, "constant-image"),
    Trial("65,536 intensities at width 25", { CaseOnDisk.wide }, status: 0, "grey levels"),
  ]
}

/// Bytes of a NIfTI-1 header that are overwritten: `dim` begins at 40, `pixdim` at 76.
private struct Damage: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var bytes: [Int: UInt8]
  var code: String

  static let all = [
    Damage(testDescription: "four axes, two time points", bytes: [40: 4, 48: 2], code: "unsupported"),
    Damage(testDescription: "spacing 0", bytes: [86: 0, 87: 0], code: "bad-header"),
    Damage(testDescription: "a negative spacing", bytes: [87: 0xBF], code: "bad-header"),
    Damage(testDescription: "more voxels than the file", bytes: [46: 80], code: "truncated"),
    Damage(
      testDescription: "more voxels than memory holds", bytes: [43: 0x7F, 45: 0x7F, 47: 0x7F],
      code: "too-large"),
  ]
}

@Suite struct `worker extract of` {
  private func end(_ trial: Trial) async throws {
    try await withTemporaryFolder { folder in
      try trial.input().write(to: folder)
      let files = ["case_image.nrrd", "case_mask.nrrd"].map { folder.appendingPathComponent($0).path }
      let result = try await Programs.run("worker", ["extract"] + files + trial.options)
      #expect(result.status == trial.status, Comment(rawValue: result.errors))
      #expect(trial.part.isEmpty || result.errors.contains(trial.part), Comment(rawValue: result.errors))
      #expect(result.output.isEmpty == (trial.status != 0))
      #expect(!result.errors.contains(folder.path))
    }
  }

  @Test(arguments: Trial.geometry) fileprivate func `a mask on`(trial: Trial) async throws {
    try await end(trial)
  }
  @Test(arguments: Trial.regions) fileprivate func `a mask with`(trial: Trial) async throws {
    try await end(trial)
  }
  @Test(arguments: Trial.voxels) fileprivate func `an image with`(trial: Trial) async throws {
    try await end(trial)
  }

  @Test(arguments: Damage.all) fileprivate func `a NIfTI header with`(damage: Damage) async throws {
    try await withTemporaryFolder { folder in
      let image = folder.appendingPathComponent("i.nii")
      let geometry = CaseOnDisk().geometry
      let volume = Volume(
        geometry: geometry, sampleType: .int16, voxels: (0..<geometry.size.voxelCount).map { Double($0 % 50) }
      )
      var file = try encodeNIfTI(volume)
      for (place, byte) in damage.bytes { file[place] = byte }
      try Data(file).write(to: image)
      let result = try await Programs.run("worker", ["extract", image.path, image.path])
      #expect(result.status == 65 && result.errors.contains(damage.code), Comment(rawValue: result.errors))
    }
  }

  @Test func `a gzip file that is cut off`() async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let (image, mask) = (
        folder.appendingPathComponent("case_image.nrrd"), folder.appendingPathComponent("case_mask.nrrd")
      )
      let whole = try Data(contentsOf: image)
      try whole.prefix(whole.count * 2 / 3).write(to: image)
      let result = try await Programs.run("worker", ["extract", image.path, mask.path])
      #expect(result.status == 65 && result.errors.contains("truncated"))
    }
  }

  @Test(arguments: [
    ("setting: {binWidth: \"0,5\"}\n", "Write a decimal point, not a comma"),
    ("setting: {resampledPixelSpacing: [\"1,5\", 1, 1]}\n", "resampledPixelSpacing"),
    ("- binWidth\n- 25\n", "must be a mapping"), ("binWidth\n", "must be a mapping"), ("", "empty"),
    ("setting: [1]\n", "must be a mapping"), ("setting: {binWidth: [}\n", "not valid YAML"),
    ("voxelSetting: {kernelRadius: -2}\n", "voxelSetting"),
    ("setting: {binWidht: 2}\n", "Did you mean 'binWidth'"),
    ("imageType: {Gabor: {}}\n", "Gabor"), ("featureClass: {glcm: [Contrst]}\n", "Contrst"),
  ])
  func `a parameter file that is wrong`(text: String, part: String) async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let file = folder.appendingPathComponent("params.yaml")
      try Data(text.utf8).write(to: file)
      let files = ["case_image.nrrd", "case_mask.nrrd"].map { folder.appendingPathComponent($0).path }
      let result = try await Programs.run("worker", ["extract"] + files + ["--param", file.path])
      #expect(result.status == 65 && result.errors.contains(part), Comment(rawValue: result.errors))
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `broken files of PngSuite and NRRD`() async throws {
    let suite = ReferenceData.file("malformed/pngsuite/png")
    let broken = try FileManager.default.contentsOfDirectory(atPath: suite.path).filter { $0.hasPrefix("x") }
    #expect(broken.count == 14)
    let nrrd = [
      "BallBinary30x30x30_nifti.nhdr", "BallBinary30x30x30_bz2.nrrd",
      "BallBinary30x30x30_byteskip_minus_five.nhdr", "test1d_ascii.nrrd",
    ].map { ReferenceData.file("malformed/pynrrd/nrrd/tests/data/\($0)") }
    for file in broken.sorted().map({ suite.appendingPathComponent($0) }) + nrrd {
      let result = try await Programs.run("worker", ["extract", file.path, file.path])
      #expect(result.status == 65, "\(file.lastPathComponent): \(result.errors)")
      #expect(result.output.isEmpty && result.errors.contains("case 1: "))
    }
  }

  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: [
      ("seg_empty.nii.gz", 1, "mask-empty"), ("seg_single_slice.nii.gz", 1, ""),
      ("seg_one_label.nii.gz", 2, "label-absent"),
      ("seg_two_labels.nii.gz", 2, ""), ("seg_multilabel.nrrd", 2, ""),
    ]) func `masks of a real image that are empty, of one slice or of several labels`(
      mask: String, label: Int, code: String
    )
    async throws
  {
    let folder = ReferenceData.file("malformed/autoradiomics_masks/tests/testing_data/nifti/prostate")
    let files = ["img.nii.gz", mask].map { folder.appendingPathComponent($0).path }
    let result = try await Programs.run("worker", ["extract"] + files + ["--label", "\(label)"])
    #expect(result.status == (code.isEmpty ? 0 : 65) && (code.isEmpty || result.errors.contains(code)))
  }
}
