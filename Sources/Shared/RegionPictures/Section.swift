import Volumes

/// A plane through the region, as it is drawn: axial and coronal planes with the patient's left on the right, as if one looked from
/// the feet and from the front, sagittal ones with the front on the left; the head is up.
enum Plane: CaseIterable {
  case axial, coronal, sagittal

  /// The axis of the patient that runs to the right.
  var horizontal: Int { self == .sagittal ? 1 : 0 }
  /// The axis of the patient that runs down, or up where `isUpward`.
  var vertical: Int { self == .axial ? 1 : 2 }
  /// The axis of the patient through the plane.
  var through: Int { 3 - horizontal - vertical }
  var isUpward: Bool { self != .axial }
}

/// Which voxels along an axis a row or column of pixels shows.
private struct Taps {
  /// The voxels with their weights, which sum to 1; none beside the image.
  var weights: [(voxel: Int, weight: Double)] = []
  /// The voxels that the pixel covers, or the one it lies in.
  var covered: Range<Int> = 0..<0

  /// For each pixel of a side of a square.
  /// - Parameters:
  ///   - start: where the square begins, in mm from the edge of the first voxel.
  ///   - length: its side in mm.
  static func along(count: Int, spacing: Double, start: Double, length: Double, pixels: Int) -> [Taps] {
    (0..<pixels).map { pixel in
      let from = (start + length * Double(pixel) / Double(pixels)) / spacing
      let to = (start + length * Double(pixel + 1) / Double(pixels)) / spacing
      return to - from <= 1
        ? interpolating(at: 0.5 * (from + to), count: count) : averaging(from: from, to: to, count: count)
    }
  }

  /// Voxel k reaches from k to k + 1, with its centre at k + ½.
  private static func interpolating(at place: Double, count: Int) -> Taps {
    guard place >= 0, place < Double(count) else { return Taps() }
    let nearest = Int(place)
    let below = max(place - 0.5, 0)
    let first = min(Int(below), count - 1)
    let second = min(first + 1, count - 1)
    let weight = second == first ? 0 : below - Double(first)
    return Taps(weights: [(first, 1 - weight), (second, weight)], covered: nearest..<nearest + 1)
  }

  private static func averaging(from: Double, to: Double, count: Int) -> Taps {
    let low = max((from - 0.5).rounded(.up), 0)
    let high = min((to - 0.5).rounded(.up), Double(count))
    guard low < high else { return Taps() }
    let covered = Int(low)..<Int(high)
    return Taps(weights: covered.map { ($0, 1 / Double(covered.count)) }, covered: covered)
  }
}

/// A square part of a plane, drawn on a tile.
struct Section {
  let plane: Plane
  /// The slice along the axis through the plane.
  let slice: Int
  /// Its middle along horizontal and vertical axis, in mm from the edge of the first voxel.
  let middle: SIMD2<Double>
  /// Side of the square in mm.
  let side: Double
  /// Intensities from black to white; nil where all are one.
  let window: ClosedRange<Double>?

  func draw(_ region: LookedAtRegion, on canvas: inout Canvas, at tile: Tile) {
    let view = region.view
    let columns = Taps.along(
      count: view.counts[plane.horizontal], spacing: view.spacing[plane.horizontal],
      start: middle.x - 0.5 * side, length: side, pixels: tile.side)
    var rows = Taps.along(
      count: view.counts[plane.vertical], spacing: view.spacing[plane.vertical],
      start: middle.y - 0.5 * side, length: side, pixels: tile.side)
    if plane.isUpward { rows.reverse() }
    var isInside = [Bool](repeating: false, count: tile.side * tile.side)
    for (y, row) in rows.enumerated() where !row.weights.isEmpty {
      for (x, column) in columns.enumerated() where !column.weights.isEmpty {
        canvas[tile.x + x, tile.y + y] = level(intensity(region, column, row))
        isInside[y * tile.side + x] = covers(region, column.covered, row.covered)
      }
    }
    drawContour(of: isInside, on: &canvas, at: tile)
  }

  private func offset(_ view: PatientView, _ horizontal: Int, _ vertical: Int) -> Int {
    var index = SIMD3<Int>()
    index[plane.horizontal] = horizontal
    index[plane.vertical] = vertical
    index[plane.through] = slice
    return view.offset(index)
  }

  private func intensity(_ region: LookedAtRegion, _ column: Taps, _ row: Taps) -> Double {
    var sum = 0.0
    for (vertical, outer) in row.weights where outer > 0 {
      for (horizontal, inner) in column.weights where inner > 0 {
        sum += outer * inner * region.image[offset(region.view, horizontal, vertical)]
      }
    }
    return sum
  }

  private func covers(_ region: LookedAtRegion, _ columns: Range<Int>, _ rows: Range<Int>) -> Bool {
    rows.contains { vertical in
      columns.contains { region.mask.voxels[offset(region.view, $0, vertical)] != 0 }
    }
  }

  /// Middle grey where all intensities are one; black where one is no number.
  private func level(_ value: Double) -> UInt8 {
    guard let window else { return UInt8(Shade.greys / 2) }
    return UInt8(window.share(of: value) * Double(Shade.greys - 1) + 0.5)
  }

  /// The pixels of the region that have a neighbour beside it.
  private func drawContour(of isInside: [Bool], on canvas: inout Canvas, at tile: Tile) {
    let side = tile.side
    for y in 0..<side {
      for x in 0..<side where isInside[y * side + x] {
        let isInner =
          x > 0 && y > 0 && x < side - 1 && y < side - 1 && isInside[y * side + x - 1]
          && isInside[y * side + x + 1] && isInside[(y - 1) * side + x] && isInside[(y + 1) * side + x]
        if !isInner { canvas[tile.x + x, tile.y + y] = Shade.contour }
      }
    }
  }
}
