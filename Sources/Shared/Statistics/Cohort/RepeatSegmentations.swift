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

  /// Measurements of perturbed regions, which are compared with each other and not with the drawn region.
  /// - Parameter perturbed: for each row of the table its values after each perturbation; empty where one failed.
  /// - Returns: `nil` where no row has any.
  init?(perturbed: [[[Double]]], featureCount: Int) {
    rows = perturbed.indices.filter { !perturbed[$0].isEmpty }
    guard let first = rows.first else { return nil }
    let rows = rows
    raters = perturbed[first].indices.map { number in
      Matrix(
        columns: (0..<featureCount).map { column in rows.map { perturbed[$0][number][column] } },
        rows: rows.count)
    }
  }

  /// Whether anything was measured of a feature: clinical columns and scores have no perturbed values.
  package func measures(_ feature: Int) -> Bool {
    raters.contains { rater in
      feature < rater.columns && (0..<rater.rows).contains { !rater[$0, feature].isNaN }
    }
  }
}

extension RepeatSegmentations {
  /// Agreement of one feature.
  /// - Parameter places: among ``rows``.
  /// - Returns: as `IntraclassCorrelation`.
  package func correlation(
    of feature: Int, _ places: [Int], kind: IntraclassCorrelation.Kind
  ) -> IntraclassCorrelation? {
    let columns = raters.map { rater in places.map { rater[$0, feature] } }
    return IntraclassCorrelation(Matrix(columns: columns, rows: places.count), kind: kind)
  }
}

/// What features are measured on again, to see which agree.
public enum RepeatSource: String, Sendable, Codable, CaseIterable {
  /// Repeat segmentations by other raters.
  case repeats
  /// Regions that were perturbed.
  case perturbations
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
    bound: RepeatedFeatures.Bound, from source: RepeatSource = .repeats
  ) throws(StatisticsError) -> [Bool]? {
    guard let repeats = source == .repeats ? table.repeats : table.perturbed else {
      throw StatisticsError(
        .invalidArgument,
        source == .perturbations
          ? "ICC: no case has features of all perturbed regions; give smaller perturbations, or leave the step out"
          : "ICC: no image was segmented more than once; list the repeat segmentations in the manifest, or leave the "
            + "step out")
    }
    let places = repeatedPlaces(repeats)
    guard Set(places).count > 1 else { return nil }
    return features.map { feature in
      // A clinical column has no segmentation.
      guard feature.feature < repeats.raters[0].columns else { return true }
      if source == .perturbations, !repeats.measures(feature.feature) { return true }
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
