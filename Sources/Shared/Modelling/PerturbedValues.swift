import ImageFilters
import StudyPlan

/// Features of the perturbed regions of a cohort's cases, in the columns of its table.
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

  /// For each perturbation, whether some source has no value of one of the images of a row: the region is lost, or it was not
  /// extracted.
  func missing(of members: [StudyCase]) -> [Bool] {
    cohorts.map { cohort in
      members.contains { item in
        cohort.features.contains { block in block.values[item.id].map { $0.allSatisfy(\.isNaN) } ?? true }
      }
    }
  }
}

extension StudyCohort {
  /// The cohort with the features of perturbed regions in place of its own.
  fileprivate func withPerturbed(_ variant: RegionVariant) -> StudyCohort {
    var cohort = self
    let known = varied[variant] ?? [:]
    for index in features.indices {
      let lacking = [Double](repeating: .nan, count: features[index].names.count)
      let own = known[features[index].source] ?? [:]
      cohort.features[index].values = Dictionary(
        uniqueKeysWithValues: features[index].values.keys.map { ($0, own[$0] ?? lacking) })
    }
    return cohort
  }
}
