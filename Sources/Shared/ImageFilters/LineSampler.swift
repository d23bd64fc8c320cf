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

  /// Calls `body` with each x of line `y + z · size.y` that lies inside the image.
  func forEachVoxel(ofLine line: Int, _ body: (Int, SamplingPlace) -> Void) {
    let (y, z) = (Double(line % grid.size.y), Double(line / grid.size.y))
    let start = mapping([0, y, z])
    let end = mapping([Double(grid.size.x), y, z])
    for axis in 0..<dimension {
      axes[axis].update(start: start[axis], end: end[axis], extent: extents[axis], kernel: kernel)
    }
    let (alongX, alongY, alongZ) = (axes[0].table, axes[1].table, axes[2].table)
    for x in 0..<grid.size.x {
      guard let first = alongX[x], let second = alongY[x], let third = alongZ[x] else { continue }
      body(x, SamplingPlace(x: first, y: second, z: third))
    }
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
