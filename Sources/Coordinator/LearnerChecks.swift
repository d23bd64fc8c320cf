import CommandSupport
import Statistics
import StudyPlan

/// Before anything is computed: the libraries that fit a study's other learners are here, and fit with the bits of other machines.
/// - Throws: `CommandFailure` that says what to install.
func requireLearners(of study: Study) throws {
  let lacks = study.modellingNeeds.compactMap { need -> String? in
    guard case .library(let library) = need else { return nil }
    return library.lack
  }
  guard !lacks.isEmpty else { return }
  throw CommandFailure(
    ExitStatus.somethingMissing,
    "comparisons.learners: \(lacks.joined(separator: "; ")). Or remove comparisons from the study file: the models do not need them."
  )
}
