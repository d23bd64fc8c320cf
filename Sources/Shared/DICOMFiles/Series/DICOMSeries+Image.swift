import ImageFiles

extension DICOMSeries {
  /// Puts the slices in order; decodes none.
  /// - Parameter scale: what the values are to be.
  /// - Throws: `ImageFileError`: `ambiguous` for several images at each place, `irregularGrid` for slices that make no regular grid,
  ///   `unsupported`, `badHeader`, `tooLarge`.
  public consuming func slices(scale: DICOMValueScale = .stored) throws(ImageFileError) -> DICOMSlices {
    let name = self.name
    do throws(ImageFileError) {
      let plan = try SlicePlan(files, choosing: self.frames, scale: scale, limits: limits)
      return DICOMSlices(files, plan: plan, warnings: warnings, name: name)
    } catch {
      throw error.naming(name)
    }
  }

  /// Decodes the slices into an image, whose values become `Double` where they are asked for.
  /// - Parameter scale: what the values are to be.
  /// - Throws: as `slices(scale:)`; `truncated`, `corrupt`.
  public consuming func image(scale: DICOMValueScale = .stored) throws(ImageFileError) -> DICOMImage {
    try slices(scale: scale).image()
  }
}
