import Volumes

extension StoredVolume {
  /// The voxels inside a box, on a grid of the box's size.
  package func cropped(to box: VoxelBox) -> Volume {
    if let numbers, box == geometry.size.box {
      return Volume(geometry: geometry.cropped(to: box), sampleType: sampleType, voxels: numbers)
    }
    return Volume(geometry: geometry.cropped(to: box), sampleType: sampleType, voxels: values(in: box))
  }

  /// An image in which a region's voxels can be looked up: the whole one where it is there, else the box of the region.
  package func showing(_ box: VoxelBox) -> Volume { numbers == nil ? cropped(to: box) : volume }

  /// Whether a voxel is no whole number.
  var hasFractions: Bool {
    if isFinite && sampleType.isInteger { return false }
    var found = false
    forEachSlice { voxels in
      for place in voxels.indices where !found {
        let value = voxels[place]
        found = value.isFinite && value != value.rounded()
      }
    }
    return found
  }

  /// Largest magnitude over the whole image.
  /// - Throws: `nonFiniteVoxel`.
  func largestMagnitude(for purpose: String) throws(ImageFilterError) -> Double {
    var scan = MagnitudeScan()
    if let numbers {
      scan.add(numbers.span)
    } else {
      forEachSlice { scan.add($0) }
    }
    guard scan.isFinite else { throw ImageFilterError.nonFinite(in: volume, for: purpose) }
    return scan.largest
  }

  /// Refuses an image with voxels that are not numbers, without looking at those that cannot be.
  /// - Throws: `nonFiniteVoxel`.
  func checkFinite(for purpose: String) throws(ImageFilterError) {
    if !isFinite { _ = try largestMagnitude(for: purpose) }
  }
}

/// The largest magnitude of voxels, and whether all of them are finite.
struct MagnitudeScan {
  private(set) var largest = 0.0
  /// Each voxel times 0, which is 0 for all that are finite.
  private var check = 0.0

  var isFinite: Bool { check == 0 }

  mutating func add(_ voxels: Span<Double>) {
    unsafe voxels.withUnsafeBufferPointer { unsafe add($0) }
  }

  @unsafe private mutating func add(_ voxels: UnsafeBufferPointer<Double>) {
    guard let base = voxels.baseAddress else { return }
    let whole = voxels.count / 8 * 8
    var largestOfEight = SIMD8<Double>.zero
    var checkOfEight = SIMD8<Double>.zero
    for i in stride(from: 0, to: whole, by: 8) {
      let eight = unsafe UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Double>.self)
      let magnitude = pointwiseMax(eight, -eight)
      largestOfEight.replace(with: magnitude, where: magnitude .> largestOfEight)
      checkOfEight += eight * 0
    }
    largest = max(largest, largestOfEight.max())
    check += checkOfEight.sum()
    for i in whole..<voxels.count {
      largest = unsafe max(largest, abs(voxels[i]))
      check += unsafe voxels[i] * 0
    }
  }
}
