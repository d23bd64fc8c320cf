import Synchronization

/// An image whose voxels become `Double` where they are asked for.
///
/// Where it was made of the bytes of a file it holds no more than these: 84 MiB for 512 x 512 x 160 voxels of `int16`, which take
/// 335 MiB as `Double`. Values are those of the `Volume` that it stands for, to the last bit.
public struct StoredVolume: Sendable {
  /// Where the voxels lie.
  public let geometry: GridGeometry
  /// The number type that the values had in their file.
  public let sampleType: SampleType
  private let contents: Contents

  private enum Contents: Sendable {
    case numbers([Double])
    case samples(StoredParts, VoxelOrder, WholeVolume)
  }

  /// An image that is there already.
  public init(_ volume: Volume) {
    (geometry, sampleType, contents) = (volume.geometry, volume.sampleType, .numbers(volume.voxels))
  }

  /// An image of the bytes of its file, x varying fastest, then y, then z; another number of samples than the grid has voxels is a
  /// programming error.
  package init(geometry: GridGeometry, samples: StoredSamples) {
    precondition(
      samples.bytes.count == geometry.size.voxelCount * samples.type.byteCount, "one sample for each voxel")
    self.geometry = geometry
    sampleType = samples.scale?.sampleType(of: samples.type) ?? samples.type
    contents = .samples(StoredParts(samples), VoxelOrder(geometry.size), WholeVolume())
  }

  /// An image of slices that lie each in its own memory, as those of a DICOM series do; they may have types and scales of their own.
  /// Another number of slices, or of samples, than the grid has is a programming error.
  /// - Parameter sampleType: that of the values.
  package init(geometry: GridGeometry, slices: [StoredSamples], sampleType: SampleType) {
    let area = geometry.size.x * geometry.size.y
    precondition(
      slices.count == geometry.size.z && slices.allSatisfy { $0.bytes.count == area * $0.type.byteCount },
      "one sample for each voxel")
    self.geometry = geometry
    self.sampleType = sampleType
    contents = .samples(
      StoredParts(slices, samplesOfEach: area), VoxelOrder(geometry.size), WholeVolume())
  }

  private init(_ geometry: GridGeometry, _ sampleType: SampleType, _ contents: Contents) {
    (self.geometry, self.sampleType, self.contents) = (geometry, sampleType, contents)
  }

  /// All voxels. They are converted once, and stay.
  public var volume: Volume {
    Volume(geometry: geometry, sampleType: sampleType, voxels: numbers ?? keptNumbers)
  }

  /// All voxels, of which none stay behind here.
  package var converted: Volume {
    Volume(
      geometry: geometry, sampleType: sampleType, voxels: numbers ?? values(in: geometry.size.wholeBox))
  }

  /// All voxels where they are `Double` already.
  package var numbers: [Double]? {
    switch contents {
    case .numbers(let numbers): numbers
    case .samples(_, _, let whole): whole.known
    }
  }

  private var keptNumbers: [Double] {
    let numbers = values(in: geometry.size.wholeBox)
    if case .samples(_, _, let whole) = contents { whole.keep(numbers) }
    return numbers
  }

  /// Whether no value can be infinite or no number.
  package var isFinite: Bool {
    guard case .samples(let samples, _, _) = contents else { return false }
    return samples.areFinite
  }

  /// The bytes of a slice in the file where they are the values, little-endian and in the order of the voxels.
  package func plainBytes(ofSlice z: Int) -> ArraySlice<UInt8>? {
    guard case .samples(let samples, let order, _) = contents, order == VoxelOrder(geometry.size) else {
      return nil
    }
    let area = geometry.size.x * geometry.size.y
    return samples.plainBytes(of: z * area..<(z + 1) * area, as: sampleType)
  }

  /// One voxel, by its place in memory as in `Volume.voxels`.
  package subscript(place: Int) -> Double {
    switch contents {
    case .numbers(let numbers): return numbers[place]
    case .samples(let samples, let order, _):
      let size = geometry.size
      let start = order.place(x: place % size.x, y: place / size.x % size.y, z: place / size.x / size.y)
      return samples.value(at: start)
    }
  }

  /// The voxels of a box, x varying fastest, then y, then z.
  package func values(in box: VoxelBox) -> [Double] {
    unsafe [Double](unsafeUninitializedCapacity: box.size.voxelCount) { target, filled in
      unsafe adviseLargePages(UnsafeMutableRawBufferPointer(target))
      if let start = target.baseAddress { unsafe load(box, into: start) }
      filled = box.size.voxelCount
    }
  }

  /// Writes the voxels of a box to memory with room for them, x varying fastest, then y, then z.
  @unsafe package func load(_ box: VoxelBox, into target: UnsafeMutablePointer<Double>) {
    precondition(geometry.size.wholeBox.contains(box), "the box lies within the image")
    if case .samples(let samples, let order, _) = contents {
      let starts = RowStarts(box: box, order: order)
      unsafe samples.load(rowsAt: starts, step: order.steps[0], count: box.x.count, into: target)
    } else if case .numbers(let numbers) = contents {
      unsafe numbers.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        var row = unsafe target
        for start in RowStarts(box: box, order: VoxelOrder(geometry.size)) {
          unsafe row.update(from: base + start, count: box.x.count)
          unsafe row += box.x.count
        }
      }
    }
  }

  /// The image with its intensities on another scale, of type `float64`. What is stored stays as it is: values are rescaled where
  /// they are looked at.
  package func rescaled(_ rescaling: IntensityRescaling) -> StoredVolume {
    switch contents {
    case .numbers(let numbers):
      StoredVolume(geometry, .float64, .numbers(numbers.map { rescaling($0) }))
    case .samples(let samples, let order, _):
      StoredVolume(geometry, .float64, .samples(samples.rescaled(rescaling), order, WholeVolume()))
    }
  }

  /// Calls `body` with all voxels, a slice at a time and in order.
  package func forEachSlice<Failure: Error>(
    _ body: (Span<Double>) throws(Failure) -> Void
  ) throws(Failure) {
    let size = geometry.size
    let scratch = UnsafeMutablePointer<Double>.allocate(capacity: max(1, size.x * size.y))
    defer { unsafe scratch.deallocate() }
    for z in 0..<size.z {
      unsafe load(VoxelBox(x: 0..<size.x, y: 0..<size.y, z: z..<z + 1), into: scratch)
      try unsafe body(Span(_unsafeElements: UnsafeBufferPointer(start: scratch, count: size.x * size.y)))
    }
  }

  /// The same voxels on another grid of the same size.
  package func placed(on geometry: GridGeometry) -> StoredVolume {
    precondition(geometry.size == self.geometry.size, "the same number of voxels along each axis")
    return StoredVolume(geometry, sampleType, contents)
  }

  /// The same voxels with axes in another order.
  /// - Parameters:
  ///   - axes: for each new axis the old one.
  ///   - isReversed: for each new axis whether it runs against the old one.
  ///   - whole: how a whole image is brought into that order.
  func arranged(
    axes: [Int], isReversed: [Bool], on geometry: GridGeometry, whole: ([Double]) -> [Double]
  ) -> StoredVolume {
    switch contents {
    case .numbers(let numbers): StoredVolume(geometry, sampleType, .numbers(whole(numbers)))
    case .samples(let samples, let order, _):
      StoredVolume(
        geometry, sampleType,
        .samples(samples, order.arranged(axes, isReversed, size: self.geometry.size), WholeVolume()))
    }
  }
}

/// Where voxels lie among the samples of a file.
struct VoxelOrder: Equatable, Sendable {
  /// The place of voxel (0, 0, 0).
  private(set) var start = 0
  /// From a voxel to the next along x, y and z.
  private(set) var steps: [Int]

  init(_ size: GridSize) { steps = [1, size.x, size.x * size.y] }

  @inline(__always)
  func place(x: Int, y: Int, z: Int) -> Int { start + x * steps[0] + y * steps[1] + z * steps[2] }

  func arranged(_ axes: [Int], _ isReversed: [Bool], size: GridSize) -> VoxelOrder {
    var arranged = self
    let counts = [size.x, size.y, size.z]
    for (target, axis) in axes.enumerated() {
      arranged.steps[target] = isReversed[target] ? -steps[axis] : steps[axis]
      if isReversed[target] { arranged.start += steps[axis] * (counts[axis] - 1) }
    }
    return arranged
  }
}

/// Where the rows of a box begin.
private struct RowStarts: Sequence, IteratorProtocol {
  private let box: VoxelBox
  private let order: VoxelOrder
  private var y: Int
  private var z: Int

  init(box: VoxelBox, order: VoxelOrder) {
    (self.box, self.order) = (box, order)
    (y, z) = (box.y.lowerBound, box.z.lowerBound)
  }

  mutating func next() -> Int? {
    if y >= box.y.upperBound { (y, z) = (box.y.lowerBound, z + 1) }
    guard z < box.z.upperBound, y < box.y.upperBound else { return nil }
    defer { y += 1 }
    return order.place(x: box.x.lowerBound, y: y, z: z)
  }
}

/// All voxels of an image, once something asked for them.
private final class WholeVolume: Sendable {
  private let numbers = Mutex<[Double]?>(nil)

  var known: [Double]? { numbers.withLock { $0 } }

  func keep(_ numbers: [Double]) { self.numbers.withLock { $0 = numbers } }
}

extension GridSize {
  /// The box that holds the whole grid.
  package var wholeBox: VoxelBox { VoxelBox(x: 0..<x, y: 0..<y, z: 0..<z) }
}

extension VoxelBox {
  fileprivate func contains(_ box: VoxelBox) -> Bool {
    func holds(_ outer: Range<Int>, _ inner: Range<Int>) -> Bool {
      outer.lowerBound <= inner.lowerBound && inner.upperBound <= outer.upperBound
    }
    return holds(x, box.x) && holds(y, box.y) && holds(z, box.z)
  }
}
