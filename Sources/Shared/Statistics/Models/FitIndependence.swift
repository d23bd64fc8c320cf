import LinearAlgebra

/// Whether a fitted model owes nothing to certain rows: the model is fitted again with those rows made unrecognisable,
/// and must come out the same. A test of what Kaufman et al. (2012), doi:10.1145/2382577.2382579, call leakage.
public struct FitIndependence: Equatable, Sendable {
  /// A part of the model.
  public enum Aspect: String, Sendable, CaseIterable {
    /// What takes sites' effects from the features.
    case harmonisation
    /// Means and standard deviations.
    case scaling
    /// Medians that stand in for missing values.
    case imputation
    /// The features, and how many each step left.
    case selection
    /// λ of the LASSO, or the ridge penalty.
    case penalty
    /// Intercept and coefficients.
    case coefficients
    /// The probability from which a row is called positive.
    case cutoff = "cut-off"
  }

  /// Parts that came out otherwise; empty where the rows had no influence.
  public let changed: [Aspect]

  init(changed: [Aspect]) { self.changed = changed }

  /// Fits again and compares.
  /// - Parameters:
  ///   - model: fitted with `plan` at the address of the final fit.
  ///   - hidden: rows that must not have had any influence, such as the test part. Their features become 0 and
  ///     their outcomes are reversed.
  ///   - table: the cohort.
  ///   - training: rows to fit again.
  ///   - plan: of the model.
  ///   - seed: of the study.
  /// - Throws: what `fitModel` throws.
  public init(
    of model: FittedModel, from hidden: [Int], table: CohortTable, training: [Int], plan: ModelPlan,
    seed: UInt64
  ) throws(StatisticsError) {
    let again = try fitModel(
      try table.hiding(rows: hidden), rows: training, plan: plan, address: .finalFit(seed: seed))
    let isSame: [Aspect: Bool] = [
      .harmonisation: again.harmonisation == model.harmonisation,
      .scaling: again.means == model.means && again.deviations == model.deviations,
      .imputation: again.medians == model.medians,
      .selection: again.featureNames == model.featureNames && again.steps == model.steps,
      .penalty: again.lambda == model.lambda && again.ridgePenalty == model.ridgePenalty,
      .coefficients: again.coefficients == model.coefficients && again.intercept == model.intercept,
      .cutoff: again.cutoff == model.cutoff,
    ]
    changed = Aspect.allCases.filter { isSame[$0] == false }
  }
}

extension CohortTable {
  /// A value of one feature.
  package func value(row: Int, feature: Int) -> Double { features[row, feature] }

  /// The same cases with some rows' features, covariates, clinical columns and repeat segmentations set to 0 and their outcomes reversed.
  func hiding(rows: [Int]) throws(StatisticsError) -> CohortTable {
    let hidden = Set(rows)
    return try CohortTable(
      featureNames: featureNames, covariateNames: covariates.map(\.name),
      clinicalNames: clinical.map(\.name),
      rows: (0..<rowCount).map { row in
        let isHidden = hidden.contains(row)
        func seen(_ values: [Double]) -> [Double] { isHidden ? values.map { _ in 0 } : values }
        return Row(
          caseName: caseNames[row], subject: subjectNames[subjects[row]], site: siteNames[sites[row]],
          isPositive: positives[row] != isHidden,
          values: seen((0..<featureCount).map { features[row, $0] }),
          covariates: seen(covariates.map { $0.values[row] }),
          clinical: seen(clinical.map { $0.values[row] }), repeats: repeatedValues(row: row).map(seen),
          // What was not measured stays so, or features that nobody measures again would seem to be.
          perturbed: perturbedValues(row: row).map { $0.map { isHidden && !$0.isNaN ? 0 : $0 } })
      })
  }

  /// Values of a row after each perturbation; empty where it has none.
  private func perturbedValues(row: Int) -> [[Double]] {
    guard let perturbed, let place = perturbed.rows.firstIndex(of: row) else { return [] }
    return perturbed.raters.map { rater in (0..<rater.columns).map { rater[place, $0] } }
  }

  /// Values of a row by each further rater; empty where it was segmented once.
  private func repeatedValues(row: Int) -> [[Double]] {
    guard let repeats, let place = repeats.rows.firstIndex(of: row) else { return [] }
    return repeats.raters.dropFirst().map { rater in (0..<featureCount).map { rater[place, $0] } }
  }
}
