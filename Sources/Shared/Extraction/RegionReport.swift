import DICOMFiles
import Foundation
import ImageFilters
import StudyPlan
import Volumes

/// What the headers of an image and a mask say, and how they agree: what is told where nothing is computed.
package struct RegionReport: Codable, Equatable, Sendable {
  package struct Grid: Codable, Equatable, Sendable {
    /// Voxels along each axis.
    package var size: [Int]
    package var spacingInMillimetres: [Double]
    /// Centre of the first voxel, in LPS coordinates.
    package var originInMillimetres: [Double]
    /// Where the axes lead: to the left (L) or right, the back (P) or front (A), the head (S) or feet (I).
    package var axes: String
    /// Largest angle between an axis of the grid and the axis of the patient that is nearest.
    package var obliqueInDegrees: Double

    init(_ geometry: GridGeometry) {
      let axes = 0..<geometry.dimension
      let size = [geometry.size.x, geometry.size.y, geometry.size.z]
      self.size = axes.map { size[$0] }
      spacingInMillimetres = axes.map { geometry.spacingInMillimetres[$0] }
      originInMillimetres = axes.map { geometry.originInMillimetres[$0] }
      self.axes = axes.map { Self.letter(of: geometry.directions[$0]) }.joined()
      let largest = axes.map { Self.angle(of: geometry.directions[$0]) }.max() ?? 0
      obliqueInDegrees = (largest * 1e4).rounded() / 1e4
    }

    private static func nearestAxis(of direction: SIMD3<Double>) -> Int {
      (0..<3).max { abs(direction[$0]) < abs(direction[$1]) } ?? 0
    }

    private static func letter(of direction: SIMD3<Double>) -> String {
      let axis = nearestAxis(of: direction)
      return [["L", "R"], ["P", "A"], ["S", "I"]][axis][direction[axis] < 0 ? 1 : 0]
    }

    private static func angle(of direction: SIMD3<Double>) -> Double {
      let along = abs(direction[nearestAxis(of: direction)])
      return acos(min(1, along)) * 180 / .pi
    }

    var text: String {
      func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
      let sizes = size.map(String.init).joined(separator: " x ")
      let oblique = obliqueInDegrees > 0 ? ", oblique by \(obliqueInDegrees) degrees" : ""
      return "\(sizes) voxels, spacing (\(list(spacingInMillimetres))) mm, origin "
        + "(\(list(originInMillimetres))) mm, axes \(axes)\(oblique)"
    }
  }

  package var image: Grid
  /// Of DICOM: how the image was made, without what could be of the patient.
  package var facts: [String: String]
  package var mask: Grid
  package var label: UInt32
  package var regionVoxels: Int
  package var regionInCubicMillimetres: Double
  /// How the grids of image and mask agree.
  package var agreement: String
  package var warnings: [String]

  init(_ region: DecodedRegion) throws(StudyTaskError) {
    let (image, mask) = (region.image.geometry, region.labels.geometry)
    self.image = Grid(image)
    self.mask = Grid(mask)
    facts = region.facts.map(Self.facts) ?? [:]
    label = region.label
    regionVoxels = try region.mask().count
    regionInCubicMillimetres = Double(regionVoxels) * mask.voxelVolume
    agreement = Self.agreement(image, mask)
    warnings = region.warnings
  }

  private static func facts(_ facts: DICOMFacts) -> [String: String] {
    var told = [
      "modality": facts.modality, "manufacturer": facts.manufacturer, "model": facts.model,
      "sequence": facts.sequence, "kernel": facts.convolutionKernel, "units": facts.units,
    ]
    if let thickness = facts.sliceThicknessInMillimetres { told["slice thickness"] = "\(thickness) mm" }
    if let field = facts.fieldStrengthInTesla { told["field strength"] = "\(field) T" }
    if facts.isLossy { told["compression"] = "lossy" }
    return told.filter { !$0.value.isEmpty }
  }

  private static func agreement(_ image: GridGeometry, _ mask: GridGeometry) -> String {
    if image == mask { return "image and mask have the same grid" }
    guard image.size == mask.size else { return "image and mask have grids of different sizes" }
    let last = SIMD3(Double(image.size.x - 1), Double(image.size.y - 1), Double(image.size.z - 1))
    let distances = (0..<8).map { corner -> Double in
      let index = last * SIMD3(Double(corner & 1), Double(corner >> 1 & 1), Double(corner >> 2))
      let apart = image.point(atIndex: index) - mask.point(atIndex: index)
      return (apart * apart).sum().squareRoot()
    }
    return "voxels of the image and of the mask lie up to \(distances.max() ?? 0) mm apart"
  }

  /// A line for the image, the mask, their agreement, and each warning.
  package var lines: [String] {
    let made = facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return [
      "image: " + ([image.text] + made).joined(separator: "; "),
      "mask: \(mask.text); \(regionVoxels) voxels of the region (\(regionInCubicMillimetres) mm3), label \(label)",
      agreement,
    ] + warnings.map { "warning: \($0)" }
  }
}
