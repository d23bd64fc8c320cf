import StudyPlan

extension ExtractedFeatures {
  /// Largest magnitude of a feature that the database of a study takes; `check_extract` has it too.
  private static let largestValue = 1e100

  /// Refuses values that no image of this world leads to, and that would make sums of them infinite. Undefined ones pass.
  /// - Throws: `value-out-of-range`.
  package func checkRange() throws(StudyTaskError) {
    guard let place = values.firstIndex(where: { !($0.isNaN || abs($0) <= Self.largestValue) }) else {
      return
    }
    throw StudyTaskError(
      code: "value-out-of-range",
      sentence: "\(names[place]) is \(values[place]); features may be up to \(Self.largestValue).",
      remedy: "Check the scale of the image's intensities, or leave out this image type or feature.")
  }
}
