import ImageFilters
import Testing
import Volumes

/// What is done before filters.
enum Preparation: CaseIterable {
  case none, patientOrder, crop, resampling, resamplingInPatientOrder, linearResampling, wholeResampling,
    normalisation
  case resegmentation, resegmentationByDeviations

  var settings: PreprocessingSettings {
    var settings = PreprocessingSettings()
    switch self {
    case .none: break
    case .patientOrder: settings.orientation = .lps
    case .crop: settings.preCrop = true
    case .resampling: settings.resampledPixelSpacing = [1, 1, 1]
    case .resamplingInPatientOrder:
      settings.resampledPixelSpacing = [1.1, 1, 1.5]
      settings.orientation = .lps
    case .linearResampling:
      settings.resampledPixelSpacing = [1, 1, 1]
      settings.interpolator = .linear
    case .wholeResampling:
      settings.resampledPixelSpacing = [1, 1, 1]
      settings.gridAlignment = .center
      settings.intensityRounding = true
    case .normalisation: settings.normalize = true
    case .resegmentation: settings.resegmentRange = [-350, 300]
    case .resegmentationByDeviations:
      settings.resegmentRange = [-1.5, 1.5]
      settings.resegmentMode = .sigma
    }
    return settings
  }
}

/// How an image lies in memory.
enum StoredForm: CaseIterable {
  case file
  /// Slices of a DICOM series, each with its own rescaling.
  case series
}

/// An image that stays as its file has it must be prepared and filtered to the bits of one of `Double`.
@Suite struct `An image of its file's numbers` {
  /// Odd and even sizes, axes that run against the patient's, and a region in the middle or at an edge.
  private static let size = GridSize(x: 21, y: 16, z: 13)
  private static let middle = VoxelBox(x: 8..<13, y: 7..<11, z: 5..<9)
  private static let edge = VoxelBox(x: 16..<21, y: 0..<4, z: 0..<5)

  private static let geometry = GridGeometry(
    size: size, spacingInMillimetres: [0.8, 0.9, 2], originInMillimetres: [3, -7, 11],
    directions: [[0, -1, 0], [1, 0, 0], [0, 0, 1]])

  private let numbers = (0..<size.voxelCount).map { place in
    Int16(noise(place % 21, place / 21 % 16, place / 336) - 400)
  }

  private func stored(_ form: StoredForm) -> StoredVolume {
    let bytes = numbers.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    guard form == .series else {
      return StoredVolume(
        geometry: Self.geometry,
        samples: StoredSamples(bytes[...], type: .int16, bigEndian: false, scale: nil))
    }
    let area = 2 * Self.size.x * Self.size.y
    let slices = (0..<Self.size.z).map { z in
      StoredSamples(
        bytes[z * area..<(z + 1) * area], type: .int16, bigEndian: false,
        scale: VoxelScale(slope: Self.slope(z), intercept: -3, precision: .double))
    }
    return StoredVolume(geometry: Self.geometry, slices: slices, sampleType: .float64)
  }

  private static func slope(_ z: Int) -> Double { 0.5 + 0.1 * Double(z) }

  private func plain(_ form: StoredForm) -> Volume {
    let values = numbers.enumerated().map { place, number in
      form == .file ? Double(number) : Self.slope(place / (Self.size.x * Self.size.y)) * Double(number) + -3
    }
    return Volume(
      geometry: Self.geometry, sampleType: form == .file ? .int16 : .float64, voxels: values)
  }

  private func mask(_ box: VoxelBox) -> Mask {
    region(of: plain(.file)) { x, y, z in box.x.contains(x) && box.y.contains(y) && box.z.contains(z) }
  }

  private func bits(_ image: Volume) -> [UInt64] { image.voxels.map(\.bitPattern) }

  @Test(arguments: Preparation.allCases, [middle, edge])
  func `is prepared as one of numbers, and every filter makes the same of it`(
    preparation: Preparation, box: VoxelBox
  ) throws {
    for form in StoredForm.allCases { try compare(form, preparation, box) }
  }

  /// What would make all of it `Double` costs four times its memory.
  @Test(arguments: [Preparation.none, .patientOrder, .normalisation, .resegmentation])
  func `stays as its file has it, whatever filters look at it`(preparation: Preparation) throws {
    let prepared = try PreparedImage(
      image: stored(.file), mask: mask(Self.middle), settings: preparation.settings)
    var filters = FilterSettings()
    filters[LaplacianOfGaussianFilter.self].sigma = [FilterScale(millimetres: 1, literal: "1")]
    for type in ImageType.allCases where !type.rawValue.hasPrefix("IBSI") {
      #expect(try images(of: type, from: prepared, settings: filters).count > 0)
      #expect(prepared.stored.numbers == nil, "\(type.rawValue)")
    }
  }

  private func compare(_ form: StoredForm, _ preparation: Preparation, _ box: VoxelBox) throws {
    let settings = preparation.settings
    let one = try PreparedImage(image: stored(form), mask: mask(box), settings: settings)
    let other = try PreparedImage(image: plain(form), mask: mask(box), settings: settings)
    #expect(one.mask.voxels == other.mask.voxels && one.box == other.box && one.warnings == other.warnings)
    #expect(one.geometry == other.geometry)
    var filters = FilterSettings()
    filters[LaplacianOfGaussianFilter.self].sigma = ["0.5", "2"].map {
      FilterScale(millimetres: Double($0) ?? 0, literal: $0)
    }
    filters[WaveletFilter.self].level = 2
    for type in ImageType.allCases where !type.rawValue.hasPrefix("IBSI") {
      // Each sees an image of which nothing was asked before.
      let fresh = try PreparedImage(image: stored(form), mask: mask(box), settings: settings)
      let found = try images(of: type, from: fresh, settings: filters)
      let expected = try images(of: type, from: other, settings: filters)
      #expect(found.map(\.name) == expected.map(\.name))
      for (image, known) in zip(found, expected) {
        #expect(bits(image.image) == bits(known.image), "\(image.name)")
        #expect(
          image.image.geometry == known.image.geometry && image.image.sampleType == known.image.sampleType)
      }
    }
    #expect(bits(one.image) == bits(other.image))
  }
}
