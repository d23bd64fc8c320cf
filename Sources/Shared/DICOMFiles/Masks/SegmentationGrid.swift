import ImageFiles
import Volumes

/// The grid that the planes of a segmentation make, those that are missing among them.
struct SegmentationGrid {
  let geometry: GridGeometry
  /// With the slice that each lies in.
  let frames: [SegmentationFrame]

  /// Part of the slices' distance, and of a pixel, by which a plane may lie off its place.
  private static let unevenness = 0.1

  /// - Throws: `irregularGrid` for planes that are not parallel, not above each other or not evenly apart; `badHeader`,
  ///   `tooLarge`.
  init(
    _ described: [SegmentationFrame], _ file: DICOMDataSet, limits: ImageReadLimits
  ) throws(ImageFileError) {
    guard let first = described.first, let columns = file.integer(.columns), let rows = file.integer(.rows),
      (1...65_535).contains(columns), (1...65_535).contains(rows)
    else {
      throw ImageFileError(.badHeader, "the segmentation has no Rows and Columns of 1 to 65535")
    }
    _ = try limits.voxelCount(of: [columns, rows])
    for frame in described where !Self.isAlike(frame, first) {
      throw ImageFileError(
        .irregularGrid,
        "the planes of the segmentation have different orientations or pixels; save the mask as NIfTI or NRRD"
      )
    }
    var grid = GridGeometry(size: GridSize(x: columns, y: rows, z: 1), originInMillimetres: first.position)
    let axes = first.orientation
    grid.directions = [SIMD3(axes[0], axes[1], axes[2]), SIMD3(axes[3], axes[4], axes[5])]
    grid.directions.append(cross(grid.directions[0], grid.directions[1]))
    // From row to row comes first.
    grid.spacingInMillimetres = [first.pixelSpacing[1], first.pixelSpacing[0], 1]
    grid = try grid.checked()
    let places = described.map { (($0.position - first.position) * grid.directions[2]).sum() }
    try Self.checkColumn(described, grid)
    let lowest = places.min() ?? 0
    grid.spacingInMillimetres.z = try Self.distance(of: places, file)
    var placed = described
    var last = 0
    for (index, place) in places.enumerated() {
      let slice = (place - lowest) / grid.spacingInMillimetres.z
      guard slice < 1e6, abs(slice - slice.rounded()) <= Self.unevenness else {
        throw ImageFileError(
          .irregularGrid,
          "the planes of the segmentation are not evenly apart; save the mask as NIfTI or NRRD")
      }
      placed[index].slice = Int(slice.rounded())
      last = max(last, placed[index].slice)
    }
    try Self.checkSingle(placed)
    _ = try limits.voxelCount(of: [columns, rows, last + 1])
    grid.size.z = last + 1
    grid.originInMillimetres = first.position + grid.directions[2] * lowest
    geometry = try grid.checked()
    frames = placed
  }

  /// Refuses two pictures of one segment in one plane: of two, which is meant is not known.
  private static func checkSingle(_ frames: [SegmentationFrame]) throws(ImageFileError) {
    var known: [SIMD2<Int>: Int] = [:]
    for frame in frames {
      let place = SIMD2(frame.segment ?? -1, frame.slice)
      if let other = known.updateValue(frame.index, forKey: place) {
        throw ImageFileError(
          .badHeader,
          "frames \(other + 1) and \(frame.index + 1) of the segmentation show one segment in one plane; export it again, or save the mask "
            + "as NIfTI or NRRD")
      }
    }
  }

  private static func isAlike(_ frame: SegmentationFrame, _ first: SegmentationFrame) -> Bool {
    zip(frame.orientation, first.orientation).allSatisfy { abs($0 - $1) <= 1e-4 }
      && zip(frame.pixelSpacing, first.pixelSpacing).allSatisfy { abs($0 - $1) <= 1e-4 * abs($1) }
  }

  /// Refuses planes that lie beside each other: a sheared stack.
  private static func checkColumn(
    _ frames: [SegmentationFrame], _ grid: GridGeometry
  ) throws(ImageFileError) {
    for frame in frames {
      let offset = frame.position - frames[0].position
      for axis in 0..<2
      where abs((offset * grid.directions[axis]).sum()) > unevenness * grid.spacingInMillimetres[axis] {
        throw ImageFileError(
          .irregularGrid,
          "the planes of the segmentation lie beside each other and not above; save the mask as NIfTI or NRRD"
        )
      }
    }
  }

  /// What the header says, if the planes lie at multiples of it; else their least distance, else their thickness.
  private static func distance(of places: [Double], _ file: DICOMDataSet) throws(ImageFileError) -> Double {
    let measures = try file.sliceMeasures()
    let sorted = places.sorted()
    let gaps = zip(sorted.dropFirst(), sorted).map { $0 - $1 }.filter { $0 > 1e-4 }
    let fits = { (distance: Double) in
      sorted.allSatisfy { place in
        let slice = (place - sorted[0]) / distance
        return abs(slice - slice.rounded()) <= unevenness
      }
    }
    let candidates = [measures.distance, gaps.min(), measures.thickness].compactMap(\.self)
    return candidates.first(where: fits) ?? candidates.first ?? 1
  }
}
