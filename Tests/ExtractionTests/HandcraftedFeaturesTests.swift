import Extraction
import Foundation
import ImageFiles
import ImageFilters
import NeuralNet
import StudyPlan
import Testing
import Volumes

/// A small image and mask on disk, as they are or spoilt in one way.
struct RegionOnDisk {
  var geometry = GridGeometry(size: GridSize(x: 12, y: 11, z: 10), spacingInMillimetres: [1, 1, 2])
  var maskGeometry: GridGeometry?
  var intensity: (Int) -> Double = { Double($0 * 7919 % 400) }
  var isInside: (Int, Int, Int) -> Bool = { x, y, z in
    (3..<9).contains(x) && (2..<9).contains(y) && (2..<8).contains(z)
  }
  var label: UInt32 = 1
  /// Voxels of label 2.
  var isReference: (Int, Int, Int) -> Bool = { _, _, _ in false }

  func read<Value>(_ body: (RegionFiles) throws -> Value) throws -> Value {
    let folder = try makeFolder()
    defer { remove(folder) }
    return try body(RegionFiles(at: write(to: folder)))
  }

  func withFolder<Value>(_ body: (RegionLocation) throws -> Value) throws -> Value {
    let folder = try makeFolder()
    defer { remove(folder) }
    return try body(write(to: folder))
  }

  /// The files are there until `body` returns.
  func withFiles<Value>(_ body: (RegionLocation) async throws -> Value) async throws -> Value {
    let folder = try makeFolder()
    defer { remove(folder) }
    return try await body(write(to: folder))
  }

  private func makeFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private func remove(_ folder: URL) {
    do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
  }

  private func write(to folder: URL) throws -> RegionLocation {
    let (image, mask) = (folder.appendingPathComponent("i.nrrd"), folder.appendingPathComponent("m.nrrd"))
    try writeVolume(
      Volume(
        geometry: geometry, sampleType: .float64, voxels: (0..<geometry.size.voxelCount).map(intensity)),
      to: image)
    let size = (maskGeometry ?? geometry).size
    var labels = [UInt32](repeating: 0, count: size.voxelCount)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x where isInside(x, y, z) || isReference(x, y, z) {
          labels[size.offset(x: x, y: y, z: z)] = isInside(x, y, z) ? label : 2
        }
      }
    }
    try writeLabelMap(LabelMap(geometry: maskGeometry ?? geometry, labels: labels), to: mask)
    return RegionLocation(image: image, mask: mask, label: 1)
  }

  /// The features of the region by one method.
  func features(_ method: some FeatureMethod) throws -> ExtractedFeatures {
    try read { try RegionExtractor([method]).features(of: $0)[0] }
  }

  func error(_ parameters: ExtractionParameters = .init()) throws -> StudyTaskError? {
    try read { region -> StudyTaskError? in
      do throws(StudyTaskError) {
        _ = try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: region)
        return nil
      } catch {
        return error
      }
    }
  }
}

@Suite struct `An image of intensities beyond this world` {
  @Test(arguments: [1e40, 1e60]) func `has features that a study does not take, and says which`(scale: Double)
    throws
  {
    var region = RegionOnDisk()
    region.intensity = { Double($0 * 7919 % 400) * scale }
    let yaml = """
      setting: {binCount: 16}
      imageType: {Original: {}, Square: {}, Exponential: {}}
      featureClass: {firstorder: [Energy]}
      """
    let found = try region.features(HandcraftedFeatures(ExtractionParameters(parameterFile: yaml)))
    guard scale > 1e50 else { return try found.checkRange() }
    #expect(found.values.allSatisfy { $0 > 1e100 })
    #expect {
      try found.checkRange()
    } throws: { error in
      let failure = error as? StudyTaskError
      return failure?.code == "value-out-of-range"
        && failure?.sentence.hasPrefix("original_firstorder_Energy is 1.32") == true
    }
  }
}

@Suite struct `A region that cannot be extracted` {
  @Test func `has no voxel`() throws {
    var region = RegionOnDisk()
    region.isInside = { _, _, _ in false }
    #expect(try region.error()?.code == "mask-empty")
  }

  @Test func `has another label, and the error names it`() throws {
    var region = RegionOnDisk()
    region.label = 4
    let error = try #require(try region.error())
    #expect(error.code == "label-absent" && error.sentence.contains("it has 4"))
  }

  @Test func `has labels of 0.9999, which are cut to 0, and the error says that they were`() throws {
    try RegionOnDisk().withFolder { location in
      let mask = try readVolume(at: location.mask)
      let drawn = mask.voxels.count { $0 > 0 }
      try writeVolume(
        Volume(geometry: mask.geometry, sampleType: .float32, voxels: mask.voxels.map { $0 * 0.9999 }),
        to: location.mask)
      #expect {
        try RegionExtractor([HandcraftedFeatures(.init())]).features(of: RegionFiles(at: location))
      } throws: { error in
        guard let error = error as? StudyTaskError else { return false }
        return error.code == "mask-empty"
          && error.sentence.contains(
            "\(drawn) voxels of the mask are no whole numbers and are cut toward zero")
      }
    }
  }

  @Test func `is that of an image that was given for the mask, which is told`() throws {
    let large = GridGeometry(size: GridSize(x: 24, y: 22, z: 10), spacingInMillimetres: [1, 1, 2])
    try RegionOnDisk(geometry: large).withFolder { location in
      func warnings(_ mask: URL) throws -> [String] {
        let files = try RegionFiles(at: RegionLocation(image: location.image, mask: mask, label: 1))
        return try RegionExtractor([
          HandcraftedFeatures(ExtractionParameters(parameterFile: "featureClass: {firstorder: }\n"))
        ])
        .features(of: files)[0].diagnostics.warnings
      }
      let image = try readVolume(at: location.image)
      // A third of its voxels are 1, and nearly all others differ.
      let other = location.mask.deletingLastPathComponent().appendingPathComponent("other.nrrd")
      try writeVolume(
        Volume(
          geometry: image.geometry, sampleType: .float32,
          voxels: image.voxels.indices.map { $0 % 3 == 0 ? 1 : Double($0) }), to: other)
      #expect(try warnings(other).contains { $0.hasPrefix("the mask has more than 1024 different labels") })
      #expect(try warnings(location.mask) == [])
      try FileManager.default.removeItem(at: location.image)
      try FileManager.default.copyItem(at: location.mask, to: location.image)
      #expect(try warnings(location.mask).contains { $0.hasPrefix("image and mask are the same file") })
    }
  }

  @Test func `is a single voxel`() throws {
    var region = RegionOnDisk()
    region.isInside = { x, y, z in x == 5 && y == 5 && z == 5 }
    #expect(try region.error()?.code == "region-too-small")
  }

  @Test func `lies on another grid, and the error names both and the setting that corrects it`() throws {
    var region = RegionOnDisk()
    var shifted = region.geometry
    shifted.originInMillimetres = [2, 0, 0]
    region.maskGeometry = shifted
    let error = try #require(try region.error())
    #expect(error.code == "geometry-mismatch")
    #expect(error.sentence.contains("(0.0, 0.0, 0.0)") && error.sentence.contains("(2.0, 0.0, 0.0)"))
    #expect(error.sentence.contains("different grids (origin): ") && error.sentence.contains("correctMask"))
    var parameters = ExtractionParameters()
    parameters.preprocessing.correctMask = true
    #expect(try region.error(parameters) == nil)
  }

  @Test func `has a voxel that is not a number`() throws {
    var region = RegionOnDisk()
    let middle = region.geometry.size.offset(x: 5, y: 5, z: 5)
    region.intensity = { $0 == middle ? .nan : Double($0 % 100) }
    #expect(try region.error()?.code == "non-finite-voxel")
  }

  @Test func `is not there, and that is not worth another attempt`() {
    let nowhere = URL(fileURLWithPath: "/nowhere/i.nrrd")
    #expect { try RegionFiles(at: RegionLocation(image: nowhere, mask: nowhere, label: 1)) } throws: {
      error in
      (error as? StudyTaskError).map { $0.code == "not-found" && !$0.isTransient } ?? false
    }
  }
}

@Suite struct `A region` {
  @Test func `of a flat image has features all the same`() throws {
    var region = RegionOnDisk()
    region.intensity = { _ in 100 }
    let found = try region.features(HandcraftedFeatures(.init()))
    #expect(found.names.count == 107 && found.values.allSatisfy(\.isFinite))
  }

  @Test func `too thin for a filter keeps its columns, empty, and says why`() throws {
    var region = RegionOnDisk()
    region.geometry = GridGeometry(size: GridSize(x: 12, y: 11, z: 3))
    region.isInside = { x, y, _ in (3..<9).contains(x) && (2..<9).contains(y) }
    let parameters = try ExtractionParameters(
      parameterFile: "imageType: {Original: {}, LoG: {sigma: [1.0]}}\nfeatureClass: {firstorder: }\n")
    let found = try region.features(HandcraftedFeatures(parameters))
    #expect(found.names.count == 36)
    #expect(found.values.prefix(18).allSatisfy(\.isFinite) && found.values.suffix(18).allSatisfy(\.isNaN))
    #expect(found.diagnostics.warnings.contains { $0.hasPrefix("log-sigma-1-0-mm-3D: ") })
  }

  @Test func `in IBSI mode has the manual's features under their tags`() throws {
    let parameters = try ExtractionParameters(parameterFile: nil, overrides: ["ibsi:true", "binWidth:20"])
    let found = try RegionOnDisk().features(HandcraftedFeatures(parameters))
    #expect(found.names.count == 487)
    #expect(
      Set(found.names).isSuperset(of: ["original_ibsi_stat_mean", "original_ibsi_cm_joint_entr_3D_avg"]))
  }

  @Test func `has 512 deep features, the same at every call`() throws {
    let first = try RegionOnDisk().features(DeepSample.method())
    let second = try RegionOnDisk().features(DeepSample.method())
    #expect(first == second)
    #expect(first.names.first == "deep_resnet18_000" && first.names.last == "deep_resnet18_511")
    #expect(first.values.count == 512 && Set(first.values).count > 100)
    #expect(first.diagnostics.warnings == ["deep: random-seed-1 (random weights, not a trained network)"])
  }
}
