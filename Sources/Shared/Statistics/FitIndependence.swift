import LinearAlgebra

/// Whether a fitted model owes nothing to certain rows: the model is fitted again with those rows made unrecognisable,
/// and must come out the same.
package struct FitIndependence: Equatable, Sendable {
  /// A part of the model.
  package enum Aspect: String, Sendable, CaseIterable {
    case harmonisation, scaling, imputation, selection, penalty, coefficients
    case cutoff = "cut-off"
  }

  /// Parts that came out otherwise; empty where the rows had no influence.
  package let changed: [Aspect]

  /// - Parameters:
  ///   - model: fitted with `plan` at the address of the final fit.
  ///   - hidden: rows that must not have had any influence, such as the test part. Their features become 0 and
  ///     their outcomes are reversed.
  ///   - training: rows to fit again.
  /// - Throws: what `fitModel` throws.
  package init(
    of model: FittedModel, from hidden: [Int], table: CohortTable, training: [Int], plan: ModelPlan,
    seed: UInt64
  ) throws {
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

  /// The same cases with some rows' features set to 0 and their outcomes reversed.
  func hiding(rows: [Int]) throws -> CohortTable {
    let hidden = Set(rows)
    return try CohortTable(
      featureNames: featureNames,
      rows: (0..<rowCount).map { row in
        let isHidden = hidden.contains(row)
        return Row(
          caseName: caseNames[row], subject: subjectNames[subjects[row]], site: siteNames[sites[row]],
          isPositive: positives[row] != isHidden,
          values: isHidden
            ? [Double](repeating: 0, count: featureCount)
            : (0..<featureCount).map { features[row, $0] })
      })
  }
}
