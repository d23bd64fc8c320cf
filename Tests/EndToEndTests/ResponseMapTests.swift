import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// A configuration of the IBSI reference manual, part 2, for which a response map is published.
struct ReferenceMap: CustomTestStringConvertible {
  let name: String
  let phantom: String
  let filter: String

  init(_ name: String, _ phantom: String, _ filter: String) {
    (self.name, self.phantom, self.filter) = (name, phantom, filter)
  }

  var testDescription: String { name }

  private static let lawsA = "ibsiLawsKernels: E5L5S5, ibsiBoundary: zero"
  private static let lawsB = "ibsiLawsKernels: E3W5R5"
  private static let lawsC = "ibsiLawsKernels: L5S5, ibsiDimensions: 2"
  private static let pooled = ", ibsiPooling: max"
  private static let energy = ", ibsiPooling: max, ibsiLawsEnergyDistance: 7"
  private static let gaborA =
    "ibsiSigma: 10.0, ibsiGaborWavelength: 4.0, ibsiGaborAspect: 0.5, ibsiBoundary: zero"
  private static let gaborB = "ibsiSigma: 20.0, ibsiGaborWavelength: 8.0, ibsiGaborAspect: 2.5"
  private static let db2 = "ibsiWavelet: db2, ibsiWaveletBands: LHL, ibsiBoundary: zero"
  private static let coif1 = "ibsiWavelet: coif1, ibsiWaveletBands: HHL, ibsiBoundary: periodic"
  private static let haar = "ibsiWavelet: haar, ibsiLevels: 2, ibsiPooling: average"

  static let all: [ReferenceMap] =
    boundaries.map {
      ReferenceMap($0, "checkerboard", "IBSIMean: {ibsiMeanSupport: 15, ibsiBoundary: \($1)}")
    } + [
      .init("1_b_1", "impulse", "IBSIMean: {ibsiMeanSupport: 15, ibsiBoundary: zero, ibsiDimensions: 2}"),
      .init("2_a", "impulse", "IBSILoG: {ibsiSigma: 3.0, ibsiBoundary: zero}"),
      .init("2_b", "checkerboard", "IBSILoG: {ibsiSigma: 5.0}"),
      .init("2_c", "checkerboard", "IBSILoG: {ibsiSigma: 5.0, ibsiDimensions: 2}"),
      .init("3_a_1", "impulse", "IBSILaws: {\(lawsA)}"),
      .init("3_a_2", "impulse", "IBSILaws: {\(lawsA)\(pooled)}"),
      .init("3_a_3", "impulse", "IBSILaws: {\(lawsA)\(energy)}"),
      .init("3_b_1", "checkerboard", "IBSILaws: {\(lawsB)}"),
      .init("3_b_2", "checkerboard", "IBSILaws: {\(lawsB)\(pooled)}"),
      .init("3_b_3", "checkerboard", "IBSILaws: {\(lawsB)\(energy)}"),
      .init("3_c_1", "checkerboard", "IBSILaws: {\(lawsC)}"),
      .init("3_c_2", "checkerboard", "IBSILaws: {\(lawsC)\(pooled)}"),
      .init("3_c_3", "checkerboard", "IBSILaws: {\(lawsC)\(energy)}"),
      .init("4_a_1", "impulse", "IBSIGabor: {\(gaborA), ibsiGaborAngle: 60}"),
      .init(
        "4_a_2", "impulse", "IBSIGabor: {\(gaborA), ibsiGaborAngleStep: 45, ibsiGaborOrthogonalPlanes: true}"),
      .init("4_b_1", "sphere", "IBSIGabor: {\(gaborB), ibsiGaborAngle: 225}"),
      .init(
        "4_b_2", "sphere", "IBSIGabor: {\(gaborB), ibsiGaborAngleStep: 22.5, ibsiGaborOrthogonalPlanes: true}"
      ),
      .init("5_a_1", "impulse", "IBSISeparableWavelet: {\(db2)}"),
      .init("5_a_2", "impulse", "IBSISeparableWavelet: {\(db2), ibsiPooling: average}"),
      .init("6_a_1", "sphere", "IBSISeparableWavelet: {\(coif1)}"),
      .init("6_a_2", "sphere", "IBSISeparableWavelet: {\(coif1), ibsiPooling: average}"),
      .init("7_a_1", "checkerboard", "IBSISeparableWavelet: {\(haar), ibsiWaveletBands: LLL}"),
      .init("7_a_2", "checkerboard", "IBSISeparableWavelet: {\(haar), ibsiWaveletBands: HHH}"),
      .init("8_a_1", "checkerboard", "IBSINonSeparableWavelet: {ibsiLevels: 1, ibsiBoundary: periodic}"),
      .init("8_a_2", "checkerboard", "IBSINonSeparableWavelet: {ibsiLevels: 2, ibsiBoundary: periodic}"),
      .init("8_a_3", "checkerboard", "IBSINonSeparableWavelet: {ibsiLevels: 3, ibsiBoundary: periodic}"),
      .init(
        "9_a", "impulse", "IBSIRieszLoG: {ibsiSigma: 3.0, ibsiRieszOrder: [1, 0, 0], ibsiBoundary: zero}"),
      .init(
        "9_b_1", "sphere", "IBSIRieszLoG: {ibsiSigma: 3.0, ibsiRieszOrder: [0, 2, 0], ibsiBoundary: zero}"),
      .init("10_b_1", "pattern_1", "IBSIRieszWavelet: {ibsiRieszOrder: [0, 2, 0], ibsiBoundary: periodic}"),
    ]

  private static let boundaries = [
    ("1_a_1", "zero"), ("1_a_2", "nearest"), ("1_a_3", "periodic"), ("1_a_4", "mirror"),
  ]
}

@Suite struct `worker extract --mode response` {
  private func phantom(_ name: String, _ kind: String) -> String {
    ReferenceData.file("ibsi2/phantoms/\(name)/\(kind)").path
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ReferenceMap.all)
  func `meets the response maps of the IBSI manual within 1 % of their range`(map: ReferenceMap)
    async throws
  {
    try await withTemporaryFolder { folder in
      let parameters = folder.appendingPathComponent("filter.yaml")
      try "imageType: {\(map.filter)}".write(to: parameters, atomically: true, encoding: .utf8)
      let made = try await Programs.run(
        "worker",
        [
          "extract", phantom(map.phantom, "image/\(map.phantom).nii.gz"),
          phantom(map.phantom, "mask/mask.nii.gz"),
          "--param", parameters.path, "--mode", "response", "--out-dir", folder.path,
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
      ] {
        let refused = try await Programs.run("worker", files + wrong)
        #expect(refused.status == status, "\(wrong): \(refused.errors)")
      }
    }
  }
}
