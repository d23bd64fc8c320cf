/// Numbers as a file has them, and what each of them stands for.
///
/// A 16-bit image takes a quarter of the memory that its `Double`s take, and only the parts that filters look at become `Double`.
package struct StoredSamples: Sendable {
  /// The numbers, side by side, of `type`; they need not be aligned.
  package let bytes: ArraySlice<UInt8>
  /// 64-bit whole numbers are only those that `Double` holds exactly.
  package let type: SampleType
  package let isBigEndian: Bool
  /// `nil` where the values are the numbers.
  package let scale: VoxelScale?
  /// What becomes of the values where they are looked at; `nil` where they stay.
  private var rescaling: IntensityRescaling?

  package init(_ bytes: ArraySlice<UInt8>, type: SampleType, bigEndian: Bool, scale: VoxelScale?) {
    (self.bytes, self.type, isBigEndian, self.scale) = (bytes, type, bigEndian, scale)
  }

  /// The same numbers, whose values are brought to another scale.
  func rescaled(_ rescaling: IntensityRescaling) -> StoredSamples {
    precondition(self.rescaling == nil, "values are rescaled once")
    var samples = self
    samples.rescaling = rescaling
    return samples
  }

  /// Whether every value is finite, whatever the bytes are.
  var areFinite: Bool {
    type.isInteger && rescaling == nil && scale.map(\.keepsWholeNumbersFinite) ?? true
  }

  /// Whether the values are whole numbers of the type, as the file has them.
  var arePlain: Bool { type.isInteger && scale == nil && rescaling == nil && !isBigEndian }

  /// How many there are.
  var count: Int { bytes.count / type.byteCount }

  /// All values, in the order of the numbers.
  package var values: [Double] {
    unsafe [Double](unsafeUninitializedCapacity: count) { target, filled in
      if let start = target.baseAddress {
        unsafe load(rowsAt: CollectionOfOne(0), step: 1, count: count, into: start)
      }
      filled = count
    }
  }

  /// The number at a place, converted.
  func value(at place: Int) -> Double {
    var value = 0.0
    unsafe load(rowsAt: CollectionOfOne(place), step: 1, count: 1, into: &value)
    return value
  }

  /// How many of the numbers, not of the values, lie in a range.
  package func count(in range: ClosedRange<Double>) -> Int {
    let numbers = StoredSamples(bytes, type: type, bigEndian: isBigEndian, scale: nil)
    return unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 4096) { part in
      var (found, start) = (0, 0)
      guard let target = part.baseAddress else { return 0 }
      while start < count {
        let length = min(part.count, count - start)
        unsafe numbers.load(rowsAt: CollectionOfOne(start), step: 1, count: length, into: target)
        for i in 0..<length { found += unsafe range.contains(part[i]) ? 1 : 0 }
        start += length
      }
      return found
    }
  }

  /// Whether `Double` holds every whole number of 64 bits; true for other types.
  package var isExact: Bool {
    let limit: UInt64 = 1 << 53
    return unsafe bytes.withUnsafeBytes { bytes in
      let numbers = (0..<bytes.count / 8).lazy.map {
        unsafe bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
      }
      let isBigEndian = isBigEndian
      switch type {
      case .uint64: return numbers.allSatisfy { (isBigEndian ? $0.byteSwapped : $0) < limit }
      case .int64:
        return numbers.allSatisfy {
          Int64(bitPattern: isBigEndian ? $0.byteSwapped : $0).magnitude < limit
        }
      default: return true
      }
    }
  }

  /// Converts rows of numbers that lie `step` apart.
  ///
  /// Each type is a loop of its own: a generic conversion of integers is not specialised, and takes four times as long.
  /// - Parameters:
  ///   - starts: where each row begins, in numbers.
  ///   - count: numbers of each row.
  ///   - target: room for all rows, one after the other.
  @unsafe func load(
    rowsAt starts: some Sequence<Int>, step: Int, count: Int, into target: UnsafeMutablePointer<Double>
  ) {
    switch type {
    case .int8: unsafe load(starts, step, count, target, Int8.self) { Double($0) }
    case .uint8: unsafe load(starts, step, count, target, UInt8.self) { Double($0) }
    case .int16: unsafe load(starts, step, count, target, Int16.self) { Double($0) }
    case .uint16: unsafe load(starts, step, count, target, UInt16.self) { Double($0) }
    case .int32: unsafe load(starts, step, count, target, Int32.self) { Double($0) }
    case .uint32: unsafe load(starts, step, count, target, UInt32.self) { Double($0) }
    case .int64: unsafe load(starts, step, count, target, Int64.self) { Double($0) }
    case .uint64: unsafe load(starts, step, count, target, UInt64.self) { Double($0) }
    case .float32: unsafe load(starts, step, count, target, UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: unsafe load(starts, step, count, target, UInt64.self) { Double(bitPattern: $0) }
    }
  }

  @inline(__always)
  private func load<T: FixedWidthInteger>(
    _ starts: some Sequence<Int>, _ step: Int, _ count: Int, _ target: UnsafeMutablePointer<Double>,
    _ number: T.Type, _ value: (T) -> Double
  ) {
    let width = MemoryLayout<T>.size
    var row = unsafe target
    unsafe bytes.withUnsafeBytes { source in
      for start in starts {
        precondition(
          count == 0
            || start >= 0 && start < source.count / width && start + (count - 1) * step >= 0
              && start + (count - 1) * step < source.count / width,
          "rows lie within the image")
        if isBigEndian {
          for i in 0..<count {
            let place = (start &+ i &* step) &* width
            unsafe row[i] = value(T(bigEndian: source.loadUnaligned(fromByteOffset: place, as: T.self)))
          }
        } else if step == 1, count > 0, let base = source.baseAddress {
          let first = unsafe base + start &* width
          for i in 0..<count {
            unsafe row[i] = value(
              T(littleEndian: first.loadUnaligned(fromByteOffset: i &* width, as: T.self)))
          }
        } else {
          for i in 0..<count {
            let place = (start &+ i &* step) &* width
            unsafe row[i] = value(T(littleEndian: source.loadUnaligned(fromByteOffset: place, as: T.self)))
          }
        }
        if let scale {
          unsafe scale.apply(to: UnsafeMutableBufferPointer(start: row, count: count), of: type)
        }
        if let rescaling {
          for i in 0..<count { unsafe row[i] = rescaling(row[i]) }
        }
        unsafe row += count
      }
    }
  }
}

/// What stored numbers are multiples of: `slope · number + intercept`.
package struct VoxelScale: Sendable {
  /// What values are computed in, and how many digits they keep.
  package enum Precision: Sendable {
    /// Single, unless the numbers are `float64`: as ITK computes the values of NIfTI.
    case single
    /// As GDCM computes the values of DICOM.
    case double
  }

  package let slope: Double
  package let intercept: Double
  package let precision: Precision

  package init(slope: Double, intercept: Double, precision: Precision = .single) {
    (self.slope, self.intercept, self.precision) = (slope, intercept, precision)
  }

  /// Whether no whole number of 64 bits becomes infinite.
  fileprivate var keepsWholeNumbersFinite: Bool {
    precision == .double && (abs(slope) * 0x1p64 + abs(intercept)).isFinite
  }

  private func isDouble(of stored: SampleType) -> Bool { precision == .double || stored == .float64 }

  /// The type of the values of numbers of a type.
  package func sampleType(of stored: SampleType) -> SampleType { isDouble(of: stored) ? .float64 : .float32 }

  /// Replaces numbers by values.
  package func apply(to values: UnsafeMutableBufferPointer<Double>, of stored: SampleType) {
    if isDouble(of: stored) {
      for i in values.indices { unsafe values[i] = values[i] * slope + intercept }
    } else {
      for i in values.indices {
        unsafe values[i] = Double(Float(Double(Float(values[i])) * slope + intercept))
      }
    }
  }
}
