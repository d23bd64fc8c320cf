/// Whole-number labels on a grid, as a mask file holds them.
///
/// Only the box that holds all labels is kept, a byte a voxel where no label is above 255: of a nodule in a CT of 512 x 512 x 160
/// voxels some kilobytes, where all voxels as 32-bit numbers take 168 MB.
public struct LabelMap: Sendable {
  /// Where the voxels lie.
  public let geometry: GridGeometry
  /// The smallest box outside which all labels are 0; `nil` where there is none.
  package let box: VoxelBox?
  private let inside: Inside

  /// The labels of the box, x varying fastest, then y, then z.
  private enum Inside {
    case bytes([UInt8])
    case words([UInt32])
  }

  /// Labels, one for each voxel of the grid; another number of labels is a programming error.
  public init(geometry: GridGeometry, labels: [UInt32]) {
    precondition(labels.count == geometry.size.voxelCount, "one label for each voxel of the grid")
    self.geometry = geometry
    (box, inside) = unsafe labels.withUnsafeBytes { bytes in
      let size = geometry.size
      guard let box = unsafe Self.box(of: bytes, size, width: 4) else { return (nil, .bytes([])) }
      let words = unsafe Self.numbers(of: bytes, in: box, size) { UInt32(littleEndian: $0) }
      return (box, Self.narrowed(words))
    }
  }

  /// Labels from whole numbers as a file has them.
  /// - Returns: `nil` where one is no label (below 0, or of more than 32 bits), and for numbers with fractions or a scale.
  package init?(geometry: GridGeometry, samples: StoredSamples) {
    guard samples.type.isInteger, samples.scale == nil else { return nil }
    let (size, type) = (geometry.size, samples.type)
    precondition(samples.bytes.count == size.voxelCount * type.byteCount, "one sample for each voxel")
    let found: (VoxelBox?, Inside)? = unsafe samples.bytes.withUnsafeBytes { bytes in
      guard let box = unsafe Self.box(of: bytes, size, width: type.byteCount) else {
        return (nil, .bytes([]))
      }
      func words<T: FixedWidthInteger>(_ type: T.Type) -> (VoxelBox?, Inside)? {
        let isBigEndian = samples.isBigEndian
        let numbers = unsafe Self.numbers(of: bytes, in: box, size) {
          isBigEndian ? T(bigEndian: $0) : T(littleEndian: $0)
        }
        guard numbers.allSatisfy({ $0 >= 0 && (T.bitWidth <= 32 || $0 >> 32 == 0) }) else { return nil }
        if T.bitWidth == 8 { return (box, .bytes(numbers.map { UInt8(truncatingIfNeeded: $0) })) }
        return (box, Self.narrowed(numbers.map { UInt32(truncatingIfNeeded: $0) }))
      }
      return switch type {
      case .int8: words(Int8.self)
      case .uint8: words(UInt8.self)
      case .int16: words(Int16.self)
      case .uint16: words(UInt16.self)
      case .int32: words(Int32.self)
      case .uint32: words(UInt32.self)
      case .int64: words(Int64.self)
      case .uint64: words(UInt64.self)
      case .float32, .float64: nil
      }
    }
    guard let found else { return nil }
    self.geometry = geometry
    (box, inside) = found
  }

  /// Labels from the values of an image, of which a slice at a time becomes `Double`.
  /// - Returns: `nil` where a value is no label (a whole number from 0, of 32 bits), or there are more than `limit` different ones.
  package init?(_ image: StoredVolume, atMost limit: Int) {
    let size = image.geometry.size
    var known: Set<UInt32> = [0]
    var found: VoxelBox?
    for z in 0..<size.z {
      let slice = image.values(in: VoxelBox(x: 0..<size.x, y: 0..<size.y, z: z..<z + 1))
      var last: UInt32 = 0
      for place in slice.indices where slice[place] != Double(last) || last != 0 {
        guard let label = UInt32(exactly: slice[place]) else { return nil }
        if label != last, known.insert(label).inserted, known.count > limit + 1 { return nil }
        last = label
        guard label != 0 else { continue }
        let (x, y) = (place % size.x, place / size.x)
        let here = VoxelBox(x: x..<x + 1, y: y..<y + 1, z: z..<z + 1)
        found = found?.joined(with: here) ?? here
      }
    }
    geometry = image.geometry
    box = found
    inside = found.map { Self.narrowed(image.values(in: $0).map { UInt32($0) }) } ?? .bytes([])
  }

  /// One label a voxel, x varying fastest, then y, then z; 0 is the background.
  public var labels: [UInt32] {
    get {
      var labels = [UInt32](repeating: 0, count: geometry.size.voxelCount)
      write(into: &labels) { $0 }
      return labels
    }
    set { self = LabelMap(geometry: geometry, labels: newValue) }
  }

  /// The voxels that carry one label.
  public func mask(of label: UInt32) -> Mask {
    var voxels = [UInt8](repeating: label == 0 ? 1 : 0, count: geometry.size.voxelCount)
    write(into: &voxels) { $0 == label ? 1 : 0 }
    return Mask(geometry: geometry, voxels: voxels)
  }

  /// The voxels that carry any label but 0.
  package var everyLabel: Mask {
    var voxels = [UInt8](repeating: 0, count: geometry.size.voxelCount)
    write(into: &voxels) { $0 == 0 ? 0 : 1 }
    return Mask(geometry: geometry, voxels: voxels)
  }

  /// The labels that occur, 0 among them where a voxel has none.
  /// - Parameter limit: the search ends when more than so many are found.
  package func present(atMost limit: Int = .max) -> Set<UInt32> {
    var known: Set<UInt32> = box == geometry.size.wholeBox ? [] : [0]
    func add(_ labels: some Sequence<UInt32>) {
      var last: UInt32?
      for label in labels where label != last {
        known.insert(label)
        last = label
        if known.count > limit { return }
      }
    }
    switch inside {
    case .bytes(let bytes): add(bytes.lazy.map(UInt32.init))
    case .words(let words): add(words)
    }
    return known
  }

  /// The labels of one slice, all of its voxels.
  package func slice(_ z: Int) -> [UInt32] {
    let size = geometry.size
    var labels = [UInt32](repeating: 0, count: size.x * size.y)
    guard let box, box.z.contains(z) else { return labels }
    for y in box.y {
      let from = box.size.offset(x: 0, y: y - box.y.lowerBound, z: z - box.z.lowerBound)
      let to = y * size.x + box.x.lowerBound
      for x in 0..<box.x.count {
        switch inside {
        case .bytes(let bytes): labels[to + x] = UInt32(bytes[from + x])
        case .words(let words): labels[to + x] = words[from + x]
        }
      }
    }
    return labels
  }

  /// Writes to all voxels of the box what becomes of their labels.
  @inline(__always)
  private func write<Value>(into voxels: inout [Value], _ value: (UInt32) -> Value) {
    guard let box else { return }
    let size = geometry.size
    @inline(__always)
    func write<Label: FixedWidthInteger>(_ labels: [Label]) {
      precondition(voxels.count == size.voxelCount && labels.count == box.size.voxelCount, "all voxels")
      unsafe voxels.withUnsafeMutableBufferPointer { target in
        var next = 0
        for z in box.z {
          for y in box.y {
            let row = labels.span.extracting(next..<next + box.x.count)
            let start = size.offset(x: box.x.lowerBound, y: y, z: z)
            for x in 0..<row.count { unsafe target[start &+ x] = value(UInt32(truncatingIfNeeded: row[x])) }
            next += box.x.count
          }
        }
      }
    }
    switch inside {
    case .bytes(let bytes): write(bytes)
    case .words(let words): write(words)
    }
  }

  private static func narrowed(_ words: [UInt32]) -> Inside {
    let union = words.reduce(0, |)
    return union <= 255 ? .bytes(words.map { UInt8(truncatingIfNeeded: $0) }) : .words(words)
  }

  /// The numbers of a box, of all those of a grid.
  @inline(__always)
  private static func numbers<T: FixedWidthInteger>(
    of bytes: UnsafeRawBufferPointer, in box: VoxelBox, _ size: GridSize, _ number: (T) -> T
  ) -> [T] {
    unsafe [T](unsafeUninitializedCapacity: box.size.voxelCount) { target, filled in
      for z in box.z {
        for y in box.y {
          let start = size.offset(x: box.x.lowerBound, y: y, z: z)
          for x in 0..<box.x.count {
            let offset = (start &+ x) &* MemoryLayout<T>.size
            unsafe target.initializeElement(
              at: filled &+ x, to: number(bytes.loadUnaligned(fromByteOffset: offset, as: T.self)))
          }
          filled += box.x.count
        }
      }
    }
  }

  /// The smallest box outside which all bytes are 0.
  private static func box(of bytes: UnsafeRawBufferPointer, _ size: GridSize, width: Int) -> VoxelBox? {
    var found: VoxelBox?
    let length = size.x * width
    for z in 0..<size.z {
      for y in 0..<size.y {
        let start = size.offset(x: 0, y: y, z: z) * width
        let row = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
        var union: UInt8 = 0
        for x in 0..<row.count { unsafe union |= row[x] }
        guard union != 0, let first = unsafe row.firstIndex(where: { $0 != 0 }),
          let last = unsafe row.lastIndex(where: { $0 != 0 })
        else { continue }
        let here = VoxelBox(x: first / width..<last / width + 1, y: y..<y + 1, z: z..<z + 1)
        found = found?.joined(with: here) ?? here
      }
    }
    return found
  }
}

extension VoxelBox {
  /// The smallest box that holds both.
  fileprivate func joined(with other: VoxelBox) -> VoxelBox {
    func joined(_ one: Range<Int>, _ two: Range<Int>) -> Range<Int> {
      min(one.lowerBound, two.lowerBound)..<max(one.upperBound, two.upperBound)
    }
    return VoxelBox(x: joined(x, other.x), y: joined(y, other.y), z: joined(z, other.z))
  }
}
