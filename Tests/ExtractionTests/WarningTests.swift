import Extraction
import Foundation
import ImageFiles
import ImageFilters
import StudyPlan
import Testing
import Volumes

@Suite struct `Warnings of an extraction` {
  private func warnings(_ region: RegionOnDisk, _ file: String? = nil) throws -> [String] {
    let parameters = try ExtractionParameters(parameterFile: file)
    return try region.features(HandcraftedFeatures(parameters)).diagnostics.warnings
  }

  @Test func `count undefined features and name their classes`() throws {
    var region = RegionOnDisk()
    // No two voxels are neighbours: of 24 features of GLCM all are undefined, of 16 of GLRLM those that are no sums over nothing.
    region.isInside = { x, y, z in x % 2 == 1 && y % 2 == 1 && z % 2 == 1 && x > 2 }
    let found = try warnings(region, "featureClass: {firstorder: , glcm: }")
    let warning = try #require(found.first { $0.contains("undefined (NaN)") }, "\(found)")
    #expect(warning.hasPrefix("24 of 42 features are undefined (NaN): 24 of 24 of original_glcm"))
    #expect(warning.contains("resampledPixelSpacing"))
  }

  @Test func `are none where every feature has a value, or a filter that does not apply is the reason`()
    throws
  {
    #expect(try warnings(RegionOnDisk()) == [])
    var flat = RegionOnDisk()
    flat.geometry = GridGeometry(size: GridSize(x: 12, y: 11, z: 3), spacingInMillimetres: [1, 1, 2])
    flat.isInside = { x, y, _ in (3..<9).contains(x) && (2..<9).contains(y) }
    let found = try warnings(flat, "imageType: {Original: , LoG: {sigma: [1.0]}}")
    #expect(found.count == 1 && found[0].hasPrefix("log-sigma-1-0-mm-3D: "))
  }

  /// Width and height 4, 8 bits; written by Python's zlib and struct: the left half (200, 100, 50), the right (10, 20, 30).
  private static let colourPicture =
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAFUlEQVR42mM4kWIERFwickDEQBwHAGyjDNHizW7HAAAAAElFTkSuQmCC"

  @Test func `tell that a picture in colour is taken by its luminance`() throws {
    let bytes = try #require(Data(base64Encoded: Self.colourPicture))
    let size = GridSize(x: 4, y: 4, z: 1)
    let geometry = GridGeometry(size: size, spacingInMillimetres: [1, 1, 1], dimension: 2)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let mask = folder.appendingPathComponent("m.nrrd")
    try writeLabelMap(
      LabelMap(geometry: geometry, labels: [UInt32](repeating: 1, count: size.voxelCount)), to: mask)
    let files = RegionFiles(
      image: ImageFileContents(name: "image", bytes: Array(bytes)), mask: try ImageFileContents(at: mask),
      label: 1)
    let found = try RegionExtractor([HandcraftedFeatures(ExtractionParameters())]).features(of: files)[0]
    #expect(found.diagnostics.warnings.contains("the picture is in colour; its luminance is taken"))
    // 0.299 R + 0.587 G + 0.114 B of the brighter half, rounded.
    let maximum = try #require(zip(found.names, found.values).first { $0.0 == "original_firstorder_Maximum" })
    #expect(maximum.1 == 124)
  }
}
