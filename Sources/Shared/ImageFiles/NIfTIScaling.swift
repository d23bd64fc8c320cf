import Volumes

/// `scl_slope` and `scl_inter` as ITK reads them.
struct NIfTIScaling {
  let slope: Double
  let intercept: Double

  /// A slope of 0 or not a number counts as 1, an intercept that is not a number as 0.
  /// - Returns: `nil` for 1 and 0, which change nothing.
  init?(_ header: NIfTIHeader) {
    let epsilon = Double.ulpOfOne
    slope = header.slope.isFinite && abs(header.slope) >= epsilon ? header.slope : 1
    intercept = header.intercept.isFinite ? header.intercept : 0
    guard abs(slope - 1) > epsilon || abs(intercept) > epsilon else { return nil }
  }

  /// The values, in single precision unless the samples are `float64`; the sample type is then `float32`.
  func applied(to voxels: consuming [Double], stored: SampleType, geometry: GridGeometry) -> Volume {
    var values = voxels
    if stored == .float64 {
      for i in values.indices { values[i] = values[i] * slope + intercept }
    } else {
      for i in values.indices { values[i] = Double(Float(Double(Float(values[i])) * slope + intercept)) }
    }
    return Volume(
      geometry: geometry, sampleType: stored == .float64 ? .float64 : .float32, voxels: values)
  }
}
