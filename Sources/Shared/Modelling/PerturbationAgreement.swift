import ImageFilters
import Statistics
import StudyPlan

/// How far the features of the training cases stay as they are when images and regions are perturbed.
package struct PerturbationAgreement: Sendable {
  package struct Feature: Sendable {
    package var name: String
    /// ICC(1,1); `nil` where none is defined.
    package var correlation: IntraclassCorrelation?
  }

  /// Each with the number of training rows that have no features of it.
  package var perturbations: [(perturbation: RegionPerturbation, missing: Int)]
  /// Training rows with features of all perturbations.
  package var cases: Int
  /// Training rows without.
  package var leftOut: Int
  /// Those that were measured again, in the order of the table.
  package var features: [Feature]
}

extension PreparedStudy {
  /// ICC(1,1) of each feature over the perturbations of the training part, as Zwanenburg et al. (2019,
  /// doi:10.1038/s41598-018-36938-4) judge robustness; `nil` in a study without perturbations.
  package func perturbationAgreement() -> PerturbationAgreement? {
    let asked = cohort.study.perturbations
    guard !asked.isEmpty else { return nil }
    let values = PerturbedValues(cohort, join: join)
    let missing = split.training.map { values.missing(of: members[$0]) }
    let training = Set(split.training)
    let places = (table.perturbed?.rows ?? []).indices.filter {
      training.contains(table.perturbed?.rows[$0] ?? -1)
    }
    return PerturbationAgreement(
      perturbations: asked.enumerated().map { number, perturbation in
        (perturbation, missing.count { $0[number] })
      },
      cases: places.count, leftOut: split.training.count - places.count,
      features: table.perturbed?.correlations(places, names: table.featureNames) ?? [])
  }
}

extension RepeatSegmentations {
  /// ICC(1,1) of each feature that was measured again.
  fileprivate func correlations(_ places: [Int], names: [String]) -> [PerturbationAgreement.Feature] {
    names.indices.filter(measures).map { feature in
      PerturbationAgreement.Feature(
        name: names[feature], correlation: correlation(of: feature, places, kind: .oneWay))
    }
  }
}
