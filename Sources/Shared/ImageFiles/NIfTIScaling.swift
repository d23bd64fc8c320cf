import Volumes

extension VoxelScale {
  /// `scl_slope` and `scl_inter` as ITK reads them: a slope of 0 or not a number counts as 1, an intercept that is not a number as 0.
  /// - Returns: `nil` for 1 and 0, which change nothing.
  init?(_ header: NIfTIHeader) {
    let epsilon = Double.ulpOfOne
    let slope = header.slope.isFinite && abs(header.slope) >= epsilon ? header.slope : 1
    let intercept = header.intercept.isFinite ? header.intercept : 0
    guard abs(slope - 1) > epsilon || abs(intercept) > epsilon else { return nil }
    self.init(slope: slope, intercept: intercept)
  }
}
