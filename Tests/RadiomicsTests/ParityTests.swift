import ImageFiles
import Radiomics
import TestSupport
import Testing
import Volumes

/// A case of the reference data: an image, its mask, and settings.
struct ReferenceCase: CustomTestStringConvertible, Sendable {
  let file: String
  let image: String
  let mask: String
  var label: UInt32 = 1
  var settings = RadiomicsSettings()
  var classes: [FeatureClass] = [.shape, .firstorder, .glcm, .glrlm, .glszm, .gldm, .ngtdm]

  var testDescription: String { file }

  static let images = ["brain1", "breast1"].flatMap { name in
    [
      ReferenceCase(file: "\(name)_def24A", image: "\(name)_image.nrrd", mask: "\(name)_label.nrrd"),
      ReferenceCase(
        file: "nii_\(name)_def24A", image: "nifti/\(name)_image.nii.gz", mask: "nifti/\(name)_label.nii.gz"),
    ]
  }

  static let pictures = [("brain1", "z16"), ("breast1", "z9")].flatMap { name, slice in
    ["8bit", "16bit"].map { bits in
      ReferenceCase(
        file: "png_\(name)_\(bits)_2D", image: "png/\(name)_\(slice)_\(bits).png",
        mask: "png/\(name)_\(slice)_mask.png", label: 255, settings: .with { $0.force2D = true },
        classes: [.shape2D, .firstorder, .glcm, .glrlm, .glszm, .gldm, .ngtdm])
    }
  }

  /// Features of the original image, under their full names.
  func computed() throws -> [String: Double] {
    let volume = try readVolume(at: ReferenceData.file("pyradiomics/\(image)"))
    let labels = try readLabelMap(at: ReferenceData.file("pyradiomics/\(mask)"))
    return try Self.values(volume, labels.mask(of: label), settings, classes)
  }

  static func values(
    _ volume: Volume, _ mask: Mask, _ settings: RadiomicsSettings, _ classes: [FeatureClass]
  ) throws -> [String: Double] {
    let region = try RegionOfInterest(mask: mask, imageGeometry: volume.geometry, settings: settings)
    let features = try RegionFeatures(image: volume, region: region, settings: settings)
    var values: [String: Double] = [:]
    for featureClass in classes {
      for feature in try features.values(of: featureClass) {
        values["original_\(featureClass.rawValue)_\(feature.name)"] = feature.value
      }
    }
    return values
  }
}

@Suite struct `Parity with PyRadiomics 3.0.1` {
  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: ReferenceCase.images + ReferenceCase.pictures)
  func `holds for every feature of the original image to 1e-9`(_ reference: ReferenceCase) throws {
    let computed = try reference.computed()
    let rows = try Table(ReferenceData.file("pyradiomics/reference/\(reference.file).csv")).rows
    let published = rows.filter { $0[0].hasPrefix("original_") }
    let differences = try published.map { row in
      let value = try #require(computed[row[0]], "\(row[0])")
      return Difference(name: row[0], computed: value, published: try #require(Double(row[1])))
    }
    let worst = try #require(differences.max { $0.relative < $1.relative })
    print("\(reference.file): \(differences.count) features, worst \(worst.relative) (\(worst.name))")
    #expect(differences.count == (reference.label == 1 ? 107 : 100))  // pictures: without MCC and SumAverage
    #expect(worst.relative < 1e-9)
  }
}
