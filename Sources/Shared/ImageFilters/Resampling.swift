import Volumes

extension Mask {
  /// The region on another grid, by nearest neighbour; outside this mask's grid there is no region.
  public func resampled(onto grid: GridGeometry) -> Mask {
    var result = [UInt8](repeating: 0, count: grid.size.voxelCount)
    let source = geometry.size
    let sampler = LineSampler(from: grid, to: geometry, kernel: InterpolationKernel(.nearestNeighbour))
    for line in 0..<grid.size.y * grid.size.z {
      let row = line * grid.size.x
      sampler.forEachVoxel(ofLine: line) { x, place in
        result[row + x] = unsafe voxels[
          source.offset(x: place.x.indices[0], y: place.y.indices[0], z: place.z.indices[0])]
      }
    }
    return Mask(geometry: grid, voxels: result)
  }
}

extension Volume {
  /// The image on another grid (ITK's `ResampleImageFilter`); 0 outside this image.
  ///
  /// The sample type stays: values of integer images are cut off towards zero, not rounded.
  /// - Throws: `nonFiniteVoxel` for a B-spline, whose coefficients depend on whole lines.
  public func resampled(
    onto grid: GridGeometry, by interpolator: Interpolator = .bSpline
  ) throws(ImageFilterError) -> Volume {
    try StoredVolume(self).resampled(onto: grid, by: interpolator, as: sampleType)
  }
}

extension StoredVolume {
  /// The image on another grid.
  /// - Parameter rounds: whether intensities become the nearest whole numbers (halves away from zero) or keep their fractions;
  ///   `nil`: as ITK, which keeps the number type, and cuts whole numbers off.
  func resampled(
    onto grid: GridGeometry, by interpolator: Interpolator, rounding rounds: Bool?
  ) throws(ImageFilterError) -> Volume {
    guard let rounds else { return try resampled(onto: grid, by: interpolator, as: sampleType) }
    var result = try resampled(onto: grid, by: interpolator, as: .float64)
    if rounds { for place in result.voxels.indices { result.voxels[place].round() } }
    return result
  }

  /// As `Volume.resampled`.
  /// - Parameter type: the number type that values take.
  fileprivate func resampled(
    onto grid: GridGeometry, by interpolator: Interpolator, as type: SampleType
  ) throws(ImageFilterError) -> Volume {
    let samples = try InterpolationSource(self, for: grid, interpolator)
    var result = [Double](repeating: 0, count: grid.size.voxelCount)
    let isDone = samples.forEachRow(of: grid, in: geometry) { line, parallel, values in
      let row = line * grid.size.x
      for x in 0..<grid.size.x where parallel.x[x] != nil { result[row + x] = type.stored(values[x]) }
    }
    if isDone { return Volume(geometry: grid, sampleType: type, voxels: result) }
    let sampler = LineSampler(from: grid, to: geometry, kernel: InterpolationKernel(interpolator))
    samples.withValues { value in
      for line in 0..<grid.size.y * grid.size.z {
        let row = line * grid.size.x
        sampler.forEachVoxel(ofLine: line) { x, place in
          result[row + x] = type.stored(value(place))
        }
      }
    }
    return Volume(geometry: grid, sampleType: type, voxels: result)
  }
}

extension SampleType {
  /// The value as this type holds it after a C cast, kept within the type's range first.
  func stored(_ value: Double) -> Double {
    switch self {
    case .float64: return value
    case .float32: return Double(Float(value))
    default:
      let (low, high) = integerRange
      return min(max(value, low), high).rounded(.towardZero)
    }
  }

  private var integerRange: (Double, Double) {
    switch self {
    case .int8: return (Double(Int8.min), Double(Int8.max))
    case .uint8: return (0, Double(UInt8.max))
    case .int16: return (Double(Int16.min), Double(Int16.max))
    case .uint16: return (0, Double(UInt16.max))
    case .int32: return (Double(Int32.min), Double(Int32.max))
    case .uint32: return (0, Double(UInt32.max))
    case .int64: return (Double(Int64.min), Double(Int64.max))
    case .uint64: return (0, Double(UInt64.max))
    case .float32, .float64: return (-.infinity, .infinity)
    }
  }
}
