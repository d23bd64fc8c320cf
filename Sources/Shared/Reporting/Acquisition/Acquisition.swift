import ImageFilters
import Modelling
import StudyPlan

extension StudyReport {
  /// How the images of one site were acquired and stored, as far as their files say.
  package struct Acquisition: Codable, Equatable, Sendable {
    package var site: String
    /// Column Sequence of the images; absent where a subject has one.
    package var sequence: String?
    /// Images used whose files say anything.
    package var images: Int
    /// Which way the axes run as stored, as `LPS`.
    package var orientations: [Tally]
    /// Of the two finer axes, in mm.
    @ValueOrNull package var inPlaneSpacing: Spread?
    /// Of the coarsest axis, in mm: the one across slices.
    @ValueOrNull package var sliceSpacing: Spread?
    /// Number of voxels of a slice, as `256 x 256`.
    package var matrices: [Tally]
    /// What DICOM headers say; empty where there are none.
    package var headers: [Header]

    private enum CodingKeys: String, CodingKey {
      case site, sequence, images, orientations, matrices, headers
      case inPlaneSpacing = "in_plane_spacing"
      case sliceSpacing = "slice_spacing"
    }
  }

  /// How often a value occurs.
  package struct Tally: Codable, Equatable, Sendable {
    package var value: String
    package var count: Int
  }

  /// Median and range.
  package struct Spread: Codable, Equatable, Sendable {
    package var median: Double
    package var lowest: Double
    package var highest: Double
  }

  /// An attribute of DICOM headers, by its keyword.
  package struct Header: Codable, Equatable, Sendable {
    package var attribute: String
    package var values: [Tally]
  }
}

extension StudyReport.Acquisition {
  /// Attributes that are told, in this order.
  static let attributes = [
    "Modality", "Manufacturer", "Model", "FieldStrength", "TubeVoltage", "Sequence", "ConvolutionKernel",
    "SliceThickness",
  ]

  /// - Parameter facts: of the images of the site that say anything.
  init(site: String, sequence: String?, facts: [ImageFacts]) {
    self.site = site
    self.sequence = sequence
    images = facts.count
    let grids = facts.compactMap(Grid.init)
    orientations = StudyReport.Tally.all(of: facts.compactMap { $0.text("Orientation") })
    inPlaneSpacing = StudyReport.Spread(grids.flatMap(\.inPlaneSpacing))
    sliceSpacing = StudyReport.Spread(grids.compactMap(\.sliceSpacing))
    matrices = StudyReport.Tally.all(of: grids.map(\.matrix))
    headers = Self.attributes.compactMap { attribute in
      let values = StudyReport.Tally.all(of: facts.compactMap { $0.text(attribute) })
      return values.isEmpty ? nil : StudyReport.Header(attribute: attribute, values: values)
    }
  }
}

extension StudyReport {
  /// Whether images were brought to one order of axes.
  var isOriented: Bool {
    featureSet.parameters.contains {
      $0.name.hasSuffix("orientation") && $0.value == Orientation.lps.rawValue
    }
  }
}

/// Spacings and sizes of an image, whichever way it is stored: the axis of the largest spacing is that across slices.
private struct Grid {
  let inPlaneSpacing: [Double]
  /// `nil` for a picture.
  let sliceSpacing: Double?
  let matrix: String

  init?(_ facts: ImageFacts) {
    guard let spacing = facts.numbers("Spacing"), let size = facts.numbers("Size"),
      spacing.count == size.count,
      2...3 ~= spacing.count
    else { return nil }
    let axes = spacing.indices.sorted { (spacing[$0], $0) < (spacing[$1], $1) }
    inPlaneSpacing = axes.prefix(2).map { spacing[$0] }
    sliceSpacing = axes.count == 3 ? spacing[axes[2]] : nil
    matrix = axes.prefix(2).map { size[$0] }.sorted(by: >).map { PageNumber.whole($0) }.joined(
      separator: " x ")
  }
}

extension StudyReport.Tally {
  /// Values with their counts, the most frequent first.
  static func all(of values: [String]) -> [Self] {
    Dictionary(grouping: values) { $0 }.map { Self(value: $0, count: $1.count) }.sorted {
      ($1.count, $0.value) < ($0.count, $1.value)
    }
  }
}

extension StudyReport.Spread {
  /// `nil` of no values.
  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let lowest = sorted.first, let highest = sorted.last else { return nil }
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
    self.init(median: median, lowest: lowest, highest: highest)
  }
}

extension ReportAssembly {
  /// How images were acquired, by site, and by sequence where subjects have several; none where features came from a table.
  func acquisition() -> [StudyReport.Acquisition] {
    let used = modelled
    let known = study.cohort.cases.filter { used.contains($0.id) && !$0.facts.isEmpty }
    let isJoined = study.join != nil
    let groups = Dictionary(grouping: known) { [$0.site, isJoined ? $0.part.sequence : ""] }
    return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, cases in
      StudyReport.Acquisition(
        site: key[0], sequence: key[1].isEmpty ? nil : key[1], facts: cases.map(\.facts))
    }
  }
}
