import LinearAlgebra

/// Features of some rows of a table as several raters' segmentations of the same image gave them; the agreement is
/// ``IntraclassCorrelation``'s (Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420).
public struct RepeatSegmentations: Equatable, Sendable {
  /// Rows of the table that every rater segmented, ascending.
  public let rows: [Int]
  /// One matrix a rater, the table's own segmentation first: the rows above by the table's features.
  public let raters: [Matrix]

  /// - Parameter repeats: for each row of the table its values by each further rater; empty where it has none.
  /// - Returns: `nil` where no row has repeats.
  init?(of features: Matrix, repeats: [[[Double]]]) {
    let rows = repeats.indices.filter { !repeats[$0].isEmpty }
    guard let first = rows.first else { return nil }
    let columns = Array(0..<features.columns)
    let further = repeats[first].indices.map { rater in
      Matrix(columns: columns.map { column in rows.map { repeats[$0][rater][column] } }, rows: rows.count)
    }
    self.rows = rows
    raters = [features.selecting(rows: rows, columns: columns)] + further
  }
}

extension TrainingSample {
  /// Rows drawn that have repeat segmentations, as places among those of the table, a row drawn twice twice.
  private func repeatedPlaces(_ repeats: RepeatSegmentations) -> [Int] {
    repeats.rows.enumerated().flatMap { place, row in [Int](repeating: place, count: countOfRow[row]) }
  }

  /// Which of the features agree well enough between raters, in the rows drawn.
  ///
  /// Works on the features as measured, before any harmonisation, which would change one rater's values only. A
  /// feature without an ICC (values that are not finite, subjects all alike) is not reliable.
  /// - Returns: `nil` where fewer than two different rows drawn have repeats.
  /// - Throws: `invalidArgument` where the table has no repeat segmentations at all.
  func reliable(
    _ features: [StandardizedFeature], kind: IntraclassCorrelation.Kind, minimum: Double,
    bound: RepeatedFeatures.Bound
  ) throws(StatisticsError) -> [Bool]? {
    guard let repeats = table.repeats else {
      throw StatisticsError(
        .invalidArgument,
        "ICC: no image was segmented more than once; list the repeat segmentations in the manifest, or leave the "
          + "step out")
    }
    let places = repeatedPlaces(repeats)
    guard Set(places).count > 1 else { return nil }
    return features.map { feature in
      // A clinical column has no segmentation.
      guard feature.feature < repeats.raters[0].columns else { return true }
      let ratings = Matrix(
        columns: repeats.raters.map { rater in places.map { rater[$0, feature.feature] } }, rows: places.count
      )
      switch bound {
      case .estimate:
        return IntraclassCorrelation.estimate(ratings, kind: kind).map { $0 >= minimum } ?? false
      case .lowerLimit:
        return IntraclassCorrelation(ratings, kind: kind).map { $0.interval.lower >= minimum } ?? false
      }
    }
  }
}
