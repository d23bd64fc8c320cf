import Foundation
import ImageFiles
import Testing
import Volumes

/// Values of PyRadiomics 3.0.1 (`voxelBased=True`, NumPy 1.26.4): of each map the first voxel of the region, the one at 5, 5, 4,
/// and the sum. The Python that made them:
///
/// ```
/// place = numpy.arange(12 * 11 * 8).reshape(8, 11, 12)
/// image = SimpleITK.GetImageFromArray((place * 7919 % 400).astype(float))
/// labels = numpy.zeros(place.shape, numpy.uint8)
/// labels[2:7, 2:9, 3:9] = 1
/// mask = SimpleITK.GetImageFromArray(labels)
/// for i in (image, mask): i.SetSpacing((1, 1, 2))
/// extractor = RadiomicsFeatureExtractor(additionalInfo=False, **settings)
/// maps = extractor.execute(image, mask, voxelBased=True)
/// for name in names:
///   a = SimpleITK.GetArrayFromImage(maps[name])
///   print(a[r, r, r], a[r + 2, r + 3, r + 2], a.sum())  # r is kernelRadius
/// ```
struct ReferenceMaps: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let parameters: String
  let radius: Int
  let size: GridSize
  let values: [String: [Double]]

  static let all = [
    ReferenceMaps(
      testDescription: "masked kernels of 27 voxels", parameters: "setting: {additionalInfo: false}",
      radius: 1,
      size: GridSize(x: 8, y: 9, z: 7), values: masked),
    ReferenceMaps(
      testDescription: "kernels of 125 voxels of the squared image",
      parameters:
        "setting: {binCount: 16}\nimageType: {Square: {}}\nvoxelSetting: {kernelRadius: 2, maskedKernel: false}",
      radius: 2, size: GridSize(x: 10, y: 11, z: 8), values: squared),
  ]

  private static let masked: [String: [Double]] = [
    "original_firstorder_Kurtosis": [1.6140435206825683, 1.8564595725777755, 377.26912632548067],
    "original_firstorder_RobustMeanAbsoluteDeviation": [
      86.66666666666667, 75.56009070294785, 15743.074404761905,
    ],
    "original_firstorder_TotalEnergy": [909512.0, 2946330.0, 415758312.0],
    "original_glcm_Correlation": [-0.5240756686910475, -0.06531297017232633, -19.0794274666516],
    "original_glcm_Idmn": [0.8653028364740927, 0.8722297852220641, 182.86781267635274],
    "original_glcm_Imc2": [0.973890207729925, 0.9986934214884828, 209.20992870371606],
    "original_glcm_MCC": [0.9999999999999974, 0.9993357577129781, 209.87639285656118],
    "original_glcm_JointAverage": [8.875, 8.798076923076923, 1781.3947649572651],
    "original_gldm_DependenceVariance": [0.0, 0.1728395061728395, 24.941015089163237],
    "original_glrlm_RunEntropy": [2.9999999999999973, 3.910169913830591, 765.0278019331852],
    "original_glrlm_RunPercentage": [1.0, 0.9914529914529915, 208.76210826210826],
    "original_glszm_ZoneVariance": [0.0, 0.109375, 15.787841253017966],
    "original_glszm_SmallAreaLowGrayLevelEmphasis": [
      0.053658660175502707, 0.0647253829548076, 20.034194581860262,
    ],
    "original_ngtdm_Busyness": [0.1129170230966638, 0.0781956525801802, 18.962037616411887],
    "original_ngtdm_Strength": [17.91098484848485, 11.395822937715575, 2972.086394509774],
  ]

  private static let squared: [String: [Double]] = [
    "square_firstorder_Kurtosis": [2.145720009088858, 2.1639055717192455, 449.85304321061955],
    "square_firstorder_RobustMeanAbsoluteDeviation": [
      80.04894851146847, 79.7084508025497, 16984.797096717542,
    ],
    "square_firstorder_TotalEnergy": [7910470.29698306, 7793970.913185221, 1610362411.9160058],
    "square_glcm_Correlation": [-0.0502872422403477, -0.04757913436007542, -11.321358083875651],
    "square_glcm_Idmn": [0.868914547285565, 0.871302026423473, 182.4769034590962],
    "square_glcm_Imc2": [0.9881390417277061, 0.9885431080238137, 207.6459713587712],
    "square_glcm_MCC": [0.8806909303901981, 0.8703698001962629, 184.2575908269627],
    "square_glcm_JointAverage": [5.850408653846154, 5.821947115384615, 1236.572003205128],
    "square_gldm_DependenceVariance": [2.8896, 2.512256, 517.22152],
    "square_glrlm_RunEntropy": [3.833881142582992, 3.815325524000528, 803.0780002364374],
    "square_glrlm_RunPercentage": [0.956923076923077, 0.9581538461538461, 201.59123076923078],
    "square_glszm_ZoneVariance": [11.877762536198752, 12.701019066403681, 2329.8600574587526],
    "square_glszm_SmallAreaLowGrayLevelEmphasis": [
      0.03531853868337102, 0.02813065435757597, 7.099188751111152,
    ],
    "square_ngtdm_Busyness": [1.8790400952186885, 1.9650542435059606, 370.5004662422931],
    "square_ngtdm_Strength": [2.9244102295030037, 2.967118282046599, 641.8225985045702],
  ]
}

@Suite struct `worker extract --mode voxel` {
  @Test(arguments: ReferenceMaps.all) func `gives the maps of PyRadiomics 3.0.1`(
    _ reference: ReferenceMaps
  ) async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let parameters = folder.appendingPathComponent("params.yaml")
      try Data(reference.parameters.utf8).write(to: parameters)
      let out = folder.appendingPathComponent("maps")
      let made = try await Programs.run(
        "worker", arguments(folder) + ["--param", parameters.path, "--out-dir", out.path])
      try #require(made.status == 0, Comment(rawValue: made.errors))
      #expect(made.output.split(separator: "\n").count == 93)
      let (r, size) = (reference.radius, reference.size)
      for (name, expected) in reference.values {
        let map = try readVolume(at: out.appendingPathComponent("Case-1_\(name).nrrd"))
        #expect(map.geometry.size == size)
        #expect(map.geometry.originInMillimetres == [Double(3 - r), Double(2 - r), Double(2 * (2 - r))])
        let found = [
          map.voxels[size.offset(x: r, y: r, z: r)], map.voxels[size.offset(x: r + 2, y: r + 3, z: r + 2)],
          map.voxels.reduce(0, +),
        ]
        for (one, other) in zip(found, expected) {
          #expect(abs(one - other) <= 1e-9 * max(1, abs(other)), Comment(rawValue: name))
        }
      }
    }
  }

  @Test func `writes the same bytes with one thread and with three, of the classes that are asked for`()
    async throws
  {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let parameters = folder.appendingPathComponent("params.yaml")
      try Data("featureClass: {shape: [], glcm: [Contrast, MCC]}\n".utf8).write(to: parameters)
      var bytes: [[Data]] = []
      for threads in ["1", "3"] {
        let out = folder.appendingPathComponent("maps-\(threads)")
        let made = try await Programs.run(
          "worker",
          arguments(folder) + [
            "--param", parameters.path, "--out-dir", out.path, "-j", threads, "--map-format", "nii.gz",
            "--setting", "initValue:.nan",
          ])
        try #require(made.status == 0, Comment(rawValue: made.errors))
        let names = made.output.split(separator: "\n").map(String.init)
        #expect(names == ["Case-1_original_glcm_Contrast.nii.gz", "Case-1_original_glcm_MCC.nii.gz"])
        bytes.append(try names.map { try Data(contentsOf: out.appendingPathComponent($0)) })
        let map = try readVolume(at: out.appendingPathComponent(names[0]))
        #expect(map.voxels.count { $0.isNaN } == 8 * 9 * 7 - 210)
      }
      #expect(bytes[0] == bytes[1])
    }
  }

  @Test(arguments: [
    (["--setting", "kernelRadius:0"], "kernelRadius"), (["--setting", "voxelBatch:0"], "voxelBatch"),
    (["--setting", "initValue:.inf"], "initValue"), (["--setting", "maskedKernel:2"], "maskedKernel"),
    (["--setting", "kernelRadios:2"], "kernelRadios"), (["--ibsi"], "ibsi"),
  ]) func `refuses what it cannot do, by name`(_ options: [String], _ name: String) async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let out = folder.appendingPathComponent("maps").path
      let refused = try await Programs.run("worker", arguments(folder) + ["--out-dir", out] + options)
      #expect(refused.status == 65 && refused.errors.contains(name), Comment(rawValue: refused.errors))
    }
  }

  @Test(arguments: ["featureClass: {shape: []}", "imageType: {LoG: {sigma: [1000]}}"])
  func `says so where no map was made`(_ text: String) async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let (parameters, out) = (
        folder.appendingPathComponent("params.yaml"), folder.appendingPathComponent("maps")
      )
      try Data(text.utf8).write(to: parameters)
      let made = try await Programs.run(
        "worker", arguments(folder) + ["--param", parameters.path, "--out-dir", out.path])
      #expect(made.status == 65 && made.errors.contains("No map was made"), Comment(rawValue: made.errors))
    }
  }

  @Test(arguments: [["-f", "csv"], ["--format", "json"], ["--json"], ["--failures", "failures.csv"]])
  func `refuses options that are of features in tables`(_ options: [String]) async throws {
    try await withTemporaryFolder { folder in
      try CaseOnDisk().write(to: folder)
      let out = folder.appendingPathComponent("maps")
      let refused = try await Programs.run("worker", arguments(folder) + ["--out-dir", out.path] + options)
      #expect(refused.status == 64, Comment(rawValue: refused.errors))
      #expect(refused.errors.contains("--failures, -f, --json"), Comment(rawValue: refused.errors))
      #expect(!FileManager.default.fileExists(atPath: out.path))
    }
  }

  private func arguments(_ folder: URL) -> [String] {
    [
      "extract", folder.appendingPathComponent("case_image.nrrd").path,
      folder.appendingPathComponent("case_mask.nrrd").path, "--mode", "voxel",
    ]
  }
}
