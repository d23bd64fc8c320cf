/// The numbers of an image, in one piece of memory or in several of one length, such as the files of a DICOM series.
///
/// Nothing is put together: a series of 500 slices of `int16` takes the 262 MB of its files and no copy of them.
struct StoredParts: Sendable {
  private let parts: [StoredSamples]
  /// Numbers of each part.
  private let length: Int

  init(_ samples: StoredSamples) { (parts, length) = ([samples], samples.count) }

  init(_ parts: [StoredSamples], samplesOfEach length: Int) { (self.parts, self.length) = (parts, length) }

  /// The same numbers, whose values are brought to another scale.
  func rescaled(_ rescaling: IntensityRescaling) -> StoredParts {
    StoredParts(parts.map { $0.rescaled(rescaling) }, samplesOfEach: length)
  }

  /// Whether every value is finite, whatever the bytes are.
  var areFinite: Bool { parts.allSatisfy(\.areFinite) }

  /// The bytes of numbers that lie in one part; `nil` where their values are others, or not of the type.
  func plainBytes(of numbers: Range<Int>, as type: SampleType) -> ArraySlice<UInt8>? {
    guard length > 0, !numbers.isEmpty else { return nil }
    let part = numbers.lowerBound / length
    let samples = parts[part]
    guard samples.arePlain, samples.type == type, numbers.upperBound <= (part + 1) * length else {
      return nil
    }
    let start = samples.bytes.startIndex + (numbers.lowerBound - part * length) * type.byteCount
    return samples.bytes[start..<start + numbers.count * type.byteCount]
  }

  /// The number at a place, converted.
  func value(at place: Int) -> Double {
    parts.count == 1 ? parts[0].value(at: place) : parts[place / length].value(at: place % length)
  }

  /// Converts rows of numbers that lie `step` apart, each within a part or from each part one.
  /// - Parameters:
  ///   - starts: where each row begins, in numbers.
  ///   - count: numbers of each row.
  ///   - target: room for all rows, one after the other.
  @unsafe func load(
    rowsAt starts: some Sequence<Int>, step: Int, count: Int, into target: UnsafeMutablePointer<Double>
  ) {
    guard count > 0 else { return }
    if parts.count == 1 {
      unsafe parts[0].load(rowsAt: starts, step: step, count: count, into: target)
    } else if abs(step) >= length, count > 1 {
      unsafe load(across: Array(starts), step: step, count: count, into: target)
    } else {
      var row = unsafe target
      for start in starts {
        let part = start / length
        unsafe parts[part].load(
          rowsAt: CollectionOfOne(start - part * length), step: step, count: count, into: row)
        unsafe row += count
      }
    }
  }

  /// Rows that run from part to part: one number of each row is in each part.
  @unsafe private func load(
    across starts: [Int], step: Int, count: Int, into target: UnsafeMutablePointer<Double>
  ) {
    guard let first = starts.first else { return }
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: starts.count) { column in
      guard let values = column.baseAddress else { return }
      for i in 0..<count {
        let part = (first + i * step) / length
        let offset = i * step - part * length
        unsafe parts[part].load(
          rowsAt: starts.lazy.map { $0 + offset }, step: 1, count: 1, into: values)
        for row in starts.indices { unsafe target[row &* count &+ i] = column[row] }
      }
    }
  }
}
