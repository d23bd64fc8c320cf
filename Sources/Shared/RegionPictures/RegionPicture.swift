import ImageFiles
import Volumes

/// A small picture of a region in its image, and what can be said of it by numbers.
///
/// Above, planes through the region, about it: axial, coronal and sagittal, of one scale; below, the same planes of the whole image,
/// and a histogram of the region's intensities. A picture without a third axis has one plane. The image's voxels are drawn along the
/// patient's axes however the file has them, black to white from the 1st to the 99th percentile of what is shown; the region's
/// outermost pixels are orange. Equal voxels give equal pixels on every machine, and equal bytes where zlib is the same.
package struct RegionPicture: Sendable {
  /// Side of the planes about the region, and of those of the whole image, in pixels.
  package static let detailSide = 120
  package static let overviewSide = 60
  /// Most bytes of a picture: white noise takes 41 kB.
  package static let byteLimit = 49_152

  /// The picture as a PNG of 64 greys and four colours.
  package let png: [UInt8]
  package let measurements: RegionMeasurements

  /// Draws and measures a region.
  /// - Parameter mask: the region, on a grid of the image's size.
  /// - Returns: nil where the mask is empty.
  /// - Throws: `ImageFileError` where the picture cannot be written.
  package init?(image: StoredVolume, mask: Mask) throws(ImageFileError) {
    precondition(image.geometry.size == mask.geometry.size, "the region lies on the image's grid")
    guard let region = LookedAtRegion(image: image, mask: mask) else { return nil }
    let statistics = RegionStatistics(region)
    measurements = RegionMeasurements(region, statistics)
    let layout = Layout(region, statistics)
    let canvas = layout.drawn(region, statistics)
    png = try encodePNG(
      indices: canvas.pixels, width: canvas.width, height: canvas.height, palette: Shade.palette)
  }

  /// As of a stored image.
  package init?(image: Volume, mask: Mask) throws(ImageFileError) {
    try self.init(image: StoredVolume(image), mask: mask)
  }
}

/// Where the parts of a picture lie, and what they show.
private struct Layout {
  private static let gap = 1
  private let planes: [Plane]
  private let details: [Section]
  private let overviews: [Section]

  init(_ region: LookedAtRegion, _ statistics: RegionStatistics) {
    let view = region.view
    let isFlat = region.image.geometry.dimension == 2
    let planes: [Plane] = isFlat ? [.axial] : Plane.allCases
    let drawn = isFlat ? [0, 1] : [0, 1, 2]
    let whole = drawn.map { view.extent[$0] }.max() ?? 1
    let extents = drawn.map { Double(region.upper[$0] - region.lower[$0]) * view.spacing[$0] }
    let pixel = drawn.map { view.spacing[$0] }.min() ?? 1
    let side = min(max(1.6 * (extents.max() ?? 1), 16 * pixel), whole)
    var middle = SIMD3<Double>()
    for axis in 0..<3 {
      let centre = 0.5 * Double(region.lower[axis] + region.upper[axis]) * view.spacing[axis]
      // Not beyond the image, as far as it can be helped.
      let (low, high) = (0.5 * side, view.extent[axis] - 0.5 * side)
      middle[axis] = low < high ? min(max(centre, low), high) : 0.5 * view.extent[axis]
    }
    let slices = region.slices(nearest: statistics.centre)
    let window = region.window(middle: middle, side: side)
    details = planes.map {
      Section(
        plane: $0, slice: slices[$0.through], middle: [middle[$0.horizontal], middle[$0.vertical]],
        side: side, window: window)
    }
    overviews = planes.map {
      Section(
        plane: $0, slice: slices[$0.through],
        middle: [0.5 * view.extent[$0.horizontal], 0.5 * view.extent[$0.vertical]], side: whole,
        window: region.coarse.sample.window)
    }
    self.planes = planes
  }

  func drawn(_ region: LookedAtRegion, _ statistics: RegionStatistics) -> Canvas {
    let (large, small, gap) = (RegionPicture.detailSide, RegionPicture.overviewSide, Self.gap)
    // A picture's one plane stands beside itself, whole.
    let isFlat = planes.count == 1
    let columns = isFlat ? 2 : 3
    var canvas = Canvas(width: columns * (large + gap) - gap, height: large + gap + small)
    for (place, section) in details.enumerated() {
      section.draw(region, on: &canvas, at: Tile(x: place * (large + gap), y: 0, side: large))
    }
    for (place, section) in overviews.enumerated() {
      section.draw(
        region, on: &canvas,
        at: isFlat
          ? Tile(x: large + gap, y: 0, side: large)
          : Tile(x: place * (small + gap), y: large + gap, side: small))
    }
    let left = isFlat ? gap : 3 * (small + gap) + 4
    Histogram(statistics.sample, bars: (canvas.width - left - 1) / 4).draw(
      on: &canvas, x: left, y: large + gap, height: small)
    return canvas
  }
}

extension LookedAtRegion {
  /// For each axis of the patient the slice that holds voxels of the region and is closest to its centre; the lower of two.
  func slices(nearest centre: SIMD3<Double>) -> SIMD3<Int> {
    var isHit = (0..<3).map { [Bool](repeating: false, count: view.counts[$0]) }
    forEachVoxel { index, _ in
      for axis in 0..<3 { isHit[axis][index[axis]] = true }
    }
    var slices = lower
    for axis in 0..<3 {
      for slice in lower[axis]..<upper[axis] where isHit[axis][slice] {
        if abs(Double(slice) - centre[axis]) < abs(Double(slices[axis]) - centre[axis]) {
          slices[axis] = slice
        }
      }
    }
    return slices
  }

  /// From the 1st to the 99th percentile of the box about the region.
  func window(middle: SIMD3<Double>, side: Double) -> ClosedRange<Double>? {
    var (from, to) = (SIMD3<Int>(), SIMD3<Int>())
    for axis in 0..<3 {
      let count = Double(view.counts[axis])
      let low = ((middle[axis] - 0.5 * side) / view.spacing[axis]).rounded(.down)
      let high = ((middle[axis] + 0.5 * side) / view.spacing[axis]).rounded(.up)
      from[axis] = Int(min(max(low, 0), count - 1))
      to[axis] = max(Int(min(max(high, 1), count)), from[axis] + 1)
    }
    // Each axis is thinned alike, so that the sample has no more voxels than are worth sorting.
    var step = 1
    func voxels(_ step: Int) -> Int {
      (0..<3).reduce(1) { $0 * ((to[$1] - from[$1] - 1) / step + 1) }
    }
    while voxels(step) > IntensitySample.limit { step += 1 }
    var values: [Double] = []
    for z in stride(from: from.z, to: to.z, by: step) {
      for y in stride(from: from.y, to: to.y, by: step) {
        for x in stride(from: from.x, to: to.x, by: step) {
          let value = image[view.offset(SIMD3(x, y, z))]
          if value.isFinite { values.append(value) }
        }
      }
    }
    return IntensitySample(values).window
  }
}
