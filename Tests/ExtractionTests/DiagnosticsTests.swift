import Extraction
import Foundation
import StudyPlan
import TestSupport
import Testing

@Suite struct `Diagnostics` {
  private func entries(
    _ settings: [String], image: String = "brain1_image.nrrd", mask: String = "brain1_label.nrrd"
  ) throws -> [String: Diagnostic.Value] {
    let parameters = try ExtractionParameters(
      parameterFile: "featureClass: {firstorder: [Mean]}", overrides: settings)
    let region = try RegionFiles(
      at: RegionLocation(
        image: ReferenceData.file("pyradiomics/" + image), mask: ReferenceData.file("pyradiomics/" + mask),
        label: parameters.label))
    let found = try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: region)[0].diagnostics
      .entries
    #expect(found.allSatisfy { $0.name.hasPrefix("diagnostics_") })
    return Dictionary(uniqueKeysWithValues: found.map { (String($0.name.dropFirst(12)), $0.value) })
  }

  /// Printed by PyRadiomics 3.0.1 (SimpleITK 2.5.7) for brain1; the hashes are SimpleITK's SHA-1 of the voxels.
  private static let original: [(String, Diagnostic.Value)] = [
    ("Image-original_Hash", .text("5c9ce3ca174f0f8324aa4d277e0fef82dc5ac566")),
    ("Image-original_Dimensionality", .text("3D")),
    ("Image-original_Spacing", .numbers([0.7812499999999999, 0.7812499999999999, 6.499999999999998])),
    ("Image-original_Size", .wholes([256, 256, 25])),
    ("Image-original_Mean", .number(385.6564080810547)), ("Image-original_Minimum", .number(0)),
    ("Image-original_Maximum", .number(3057)),
    ("Mask-original_Hash", .text("9dc2c3137b31fd872997d92c9a92d5178126d9d3")),
    ("Mask-original_BoundingBox", .wholes([162, 84, 11, 47, 70, 7])),
    ("Mask-original_VoxelNum", .whole(4137)), ("Mask-original_VolumeNum", .whole(2)),
    (
      "Mask-original_CenterOfMassIndex", .numbers([186.98549673676578, 106.3562968334542, 14.38917089678511])
    ),
    ("Mask-original_CenterOfMass", .numbers([46.47304432559825, 16.518518098863908, 15.529610829103234])),
  ]

  private static let resampled: [(String, Diagnostic.Value)] = [
    ("Image-interpolated_Spacing", .numbers([2, 2, 2])), ("Image-interpolated_Size", .wholes([30, 39, 34])),
    ("Image-interpolated_Mean", .number(598.916742081448)),
    ("Image-interpolated_Minimum", .number(-128)), ("Image-interpolated_Maximum", .number(2253)),
    ("Mask-interpolated_BoundingBox", .wholes([5, 6, 7, 19, 27, 22])),
    ("Mask-interpolated_VoxelNum", .whole(1915)), ("Mask-interpolated_VolumeNum", .whole(2)),
    (
      "Mask-interpolated_CenterOfMass",
      .numbers([46.5383812010444, 16.490339425587454, 15.377154046997425])
    ),
    ("Mask-interpolated_Mean", .number(820.533681462141)), ("Mask-interpolated_Minimum", .number(481)),
    ("Mask-interpolated_Maximum", .number(1334)),
  ]

  private static let resegmented: [(String, Diagnostic.Value)] = [
    ("Mask-resegmented_Size", .wholes([256, 256, 25])), ("Mask-resegmented_VoxelNum", .whole(2746)),
    ("Mask-resegmented_VolumeNum", .whole(6)),
    (
      "Mask-resegmented_CenterOfMassIndex",
      .numbers([186.15440640932266, 107.7647487254188, 14.434450109249818])
    ),
    ("Mask-resegmented_Mean", .number(732.6926438455936)), ("Mask-resegmented_Maximum", .number(900)),
  ]

  private func expect(_ found: [String: Diagnostic.Value], equal expected: [(String, Diagnostic.Value)]) {
    for (name, value) in expected {
      switch (found[name], value) {
      case (.number(let own), .number(let theirs)):
        #expect(abs(own - theirs) <= 1e-12 * max(1, abs(theirs)), "\(name)")
      case (.numbers(let own), .numbers(let theirs)):
        #expect(
          own.count == theirs.count && zip(own, theirs).allSatisfy { abs($0 - $1) <= 1e-11 },
          "\(name): \(own)")
      case (let own, _): #expect(own == value, "\(name)")
      }
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `of image, mask and what became of them are PyRadiomics'`() throws {
    let plain = try entries([])
    expect(plain, equal: Self.original)
    #expect(plain.keys.allSatisfy { !$0.contains("interpolated") && !$0.contains("resegmented") })
    expect(try entries(["resampledPixelSpacing:[2,2,2]"]), equal: Self.original + Self.resampled)
    expect(try entries(["resegmentRange:[100,900]"]), equal: Self.original + Self.resegmented)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `of a picture have two dimensions`() throws {
    let found = try entries(
      ["label:255", "force2D:true"], image: "png/brain1_z16_16bit.png", mask: "png/brain1_z16_mask.png")
    expect(
      found,
      equal: [
        ("Image-original_Dimensionality", .text("2D")), ("Image-original_Size", .wholes([256, 256])),
        ("Mask-original_Hash", .text("20f3c880d792fc23ed420e82887f83b4c67aeb07")),
        ("Mask-original_BoundingBox", .wholes([162, 84, 45, 32])), ("Mask-original_VoxelNum", .whole(984)),
        ("Mask-original_CenterOfMass", .numbers([182.71341463414635, 101.88414634146342])),
      ])
  }

  @Test func `name the versions, the settings and the hashes of both files, and can be left out`() throws {
    var parameters = ExtractionParameters()
    let found = try RegionOnDisk().read { region in
      (
        try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: region)[0].diagnostics.entries,
        region.imageSHA256
      )
    }
    func text(_ name: String) -> String? {
      found.0.first { $0.name == "diagnostics_" + name }?.value.description
    }
    #expect(text("Versions_Extractor") == Release.extractor && text("Versions_Trabecula") == Release.version)
    #expect(text("Configuration_Settings")?.contains("\"binWidth\":25") == true)
    #expect(text("Image-original_FileSHA256")?.count == 64)
    #expect(text("Image-original_FileSHA256")?.hasPrefix(String(found.1[0] >> 4, radix: 16)) == true)
    #expect(text("Warnings") == "")
    parameters.additionalInfo = false
    #expect(try RegionOnDisk().features(HandcraftedFeatures(parameters)).diagnostics.entries.isEmpty)
    #expect(FeatureRecipe(parameters) == FeatureRecipe(ExtractionParameters()))
  }

  @Test func `are one JSON object in a feature row`() throws {
    let diagnostics = try RegionOnDisk().features(HandcraftedFeatures(.init())).diagnostics
    let object = try JSONSerialization.jsonObject(with: canonicalBytes(of: diagnostics)) as? [String: Any]
    #expect(object?["voxels"] as? Int == diagnostics.voxels)
    #expect(object?["diagnostics_Mask-original_VoxelNum"] as? Int == diagnostics.voxels)
    #expect(object?["diagnostics_Image-original_Size"] as? [Int] == [12, 11, 10])
  }
}
