import ImageFilters
import StudyPlan

/// Features of the perturbed regions of a cohort's cases, in the columns of its table. Sources that were not measured again are NaN.
struct PerturbedValues {
  /// One cohort a perturbation.
  private let cohorts: [StudyCohort]
  private let join: ImageJoin?

  init(_ cohort: StudyCohort, join: ImageJoin?) {
    self.join = join
    cohorts = cohort.study.perturbations.map { cohort.withPerturbed(.perturbed($0)) }
  }

  /// The values of a row after each perturbation; empty where an image or a perturbation is missing.
  func values(of members: [StudyCase]) -> [[Double]] {
    guard !cohorts.isEmpty, join.map({ $0.parts.count == members.count }) ?? true,
      missing(of: members).allSatisfy({ !$0 })
    else { return [] }
    return cohorts.map { ModelledCases.values(of: members, in: $0, join: join) }
  }

  /// For each perturbation, whether it failed for one of the images of a row, or was not extracted.
  func missing(of members: [StudyCase]) -> [Bool] {
    cohorts.map { cohort in
      members.contains { item in cohort.values(of: item).map { $0.allSatisfy(\.isNaN) } ?? true }
    }
  }
}

extension StudyCohort {
  /// The cohort with hand-crafted features of perturbed regions, and no others.
  fileprivate func withPerturbed(_ variant: RegionVariant) -> StudyCohort {
    var cohort = self
    let known = varied[variant] ?? [:]
    for index in features.indices {
      let lacking = [Double](repeating: .nan, count: features[index].names.count)
      let isMeasured = features[index].source == .handcrafted
      cohort.features[index].values = Dictionary(
        uniqueKeysWithValues: features[index].values.keys.map { id in
          (id, isMeasured ? known[id] ?? lacking : lacking)
        })
    }
    return cohort
  }
}
