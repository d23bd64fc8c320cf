import Volumes

/// Walks a grid line by line and finds, for each of its voxels, the weights in another image.
///
/// Along a line positions are interpolated between its ends, as ITK does. Weights are kept as long as they
/// are the same as on the line before, or all along the line, so that grids with parallel axes cost little.
struct LineSampler {
  private let grid: GridGeometry
  private let mapping: IndexMapping
  private let extents: [Int]
  private let dimension: Int
  private let kernel: InterpolationKernel
  private let axes: [LineWeights]

  init(from grid: GridGeometry, to image: GridGeometry, kernel: InterpolationKernel) {
    self.grid = grid
    self.kernel = kernel
    mapping = IndexMapping(from: grid, to: image)
    extents = image.size.extents
    dimension = image.dimension
    axes = (0..<3).map { axis in
      let isOnlySlice = axis == image.dimension
      return LineWeights(count: isOnlySlice ? 1 : grid.size.x, taps: isOnlySlice ? 1 : kernel.taps)
    }
  }

  /// Calls `body` with the voxels of line `y + z · size.y` that lie inside the image.
  func forEachVoxel(ofLine line: Int, _ body: (Int, SamplingPlace) -> Void) {
    let tables = tables(ofLine: line)
    for x in 0..<grid.size.x {
      if let place = tables[x] { body(x, place) }
    }
  }

  /// Calls `body` with four of these voxels at a time, and how many of the four are meant: at the end it may be fewer, and the
  /// others any of them.
  func forEachFourVoxels(
    ofLine line: Int, _ body: (SIMD4<Int>, InlineArray<4, SamplingPlace>, Int) -> Void
  ) {
    let tables = tables(ofLine: line)
    guard let first = (0..<grid.size.x).first(where: { tables[$0] != nil }), let start = tables[first] else {
      return
    }
    var places = InlineArray<4, SamplingPlace>(repeating: start)
    var voxels = SIMD4<Int>.zero
    var count = 0
    for x in first..<grid.size.x {
      guard let place = tables[x] else { continue }
      places[count] = place
      voxels[count] = x
      count += 1
      if count == 4 {
        body(voxels, places, 4)
        count = 0
      }
    }
    if count > 0 { body(voxels, places, count) }
  }

  private func tables(ofLine line: Int) -> PlaceTables {
    let (y, z) = (Double(line % grid.size.y), Double(line / grid.size.y))
    let start = mapping([0, y, z])
    let end = mapping([Double(grid.size.x), y, z])
    for axis in 0..<dimension {
      axes[axis].update(start: start[axis], end: end[axis], extent: extents[axis], kernel: kernel)
    }
    return PlaceTables(x: axes[0].table, y: axes[1].table, z: axes[2].table)
  }
}

/// Weights along all axes for the voxels of a line.
private struct PlaceTables {
  let x: LineTable
  let y: LineTable
  let z: LineTable

  /// `nil` outside the image.
  subscript(voxel: Int) -> SamplingPlace? {
    guard let x = x[voxel], let y = y[voxel], let z = z[voxel] else { return nil }
    return SamplingPlace(x: x, y: y, z: z)
  }
}

/// Weights along one axis at one place; valid until the next line.
@safe struct TapWeights {
  let indices: UnsafePointer<Int>
  let weights: UnsafePointer<Double>
  let count: Int
}

/// Weights along all axes at one place of an image.
struct SamplingPlace {
  let x: TapWeights
  let y: TapWeights
  let z: TapWeights
}

/// Weights along one axis for the voxels of a line; `nil` for those outside the image.
@safe private struct LineTable {
  let indices: UnsafeMutablePointer<Int>
  let weights: UnsafeMutablePointer<Double>
  let isInside: UnsafeMutablePointer<Bool>
  let taps: Int
  /// 0 where the first entry stands for the whole line, else 1.
  var step = 0

  subscript(x: Int) -> TapWeights? {
    let place = x &* step
    guard unsafe isInside[place] else { return nil }
    return unsafe TapWeights(indices: indices + place &* taps, weights: weights + place &* taps, count: taps)
  }
}

/// Owns the weights along one axis.
private final class LineWeights {
  private(set) var table: LineTable
  private let count: Int
  private var start = Double.nan
  private var end = Double.nan

  /// Starts with voxel 0 and weight 1, which holds for the third axis of a 2D image.
  init(count: Int, taps: Int) {
    self.count = count
    table = unsafe LineTable(
      indices: .allocate(capacity: count * taps), weights: .allocate(capacity: count * taps),
      isInside: .allocate(capacity: count), taps: taps)
    unsafe table.indices.initialize(repeating: 0, count: count * taps)
    unsafe table.weights.initialize(repeating: 1, count: count * taps)
    unsafe table.isInside.initialize(repeating: true, count: count)
  }

  deinit {
    unsafe table.indices.deallocate()
    unsafe table.weights.deallocate()
    unsafe table.isInside.deallocate()
  }

  func update(start: Double, end: Double, extent: Int, kernel: InterpolationKernel) {
    if start == self.start, end == self.end { return }
    (self.start, self.end) = (start, end)
    table.step = start == end ? 0 : 1
    for x in 0..<(start == end ? 1 : count) {
      let position = start + Double(x) / Double(count) * (end - start)
      let isInside = position >= -0.5 && position < Double(extent) - 0.5
      unsafe table.isInside[x] = isInside
      guard isInside else { continue }
      let found = kernel.weights(at: position, count: extent)
      for tap in 0..<table.taps {
        unsafe table.indices[x * table.taps + tap] = found.indices[tap]
        unsafe table.weights[x * table.taps + tap] = found.weights[tap]
      }
    }
  }
}
