import Statistics
import StudyPlan

extension PreparedStudy {
  /// Which part the study is judged by: as its file declares, else the external cohort, else the test part, else the sites left out,
  /// else the training part by cross-validation.
  package var primaryPart: PrimaryChoice.Part {
    cohort.study.primary?.part ?? parts.first ?? .corrected
  }

  /// The parts that the study has, the strongest evidence first.
  private var parts: [PrimaryChoice.Part] {
    [
      (external != nil, PrimaryChoice.Part.external), (!split.test.isEmpty, .test),
      (cohort.study.split == .leaveOneSiteOut, .leftOut), (true, .corrected),
    ].filter(\.0).map(\.1)
  }

  /// - Throws: `primary-missing` where nobody is in the part that the study file declares.
  func requirePrimaryPart() throws(StudyTaskError) {
    guard let declared = cohort.study.primary?.part, !parts.contains(declared) else { return }
    throw StudyTaskError(
      code: "primary-missing",
      sentence:
        "The study's primary result is to be on the part '\(declared.rawValue)', and no case that can be used is in it.",
      remedy: "Check the cases that failed and column Split, or declare another primary result.")
  }

  /// The cross-validated AUC, where it is what the study is judged by, and those of other learners; `nil` elsewhere, or with too few
  /// subjects.
  func crossValidated(_ plan: ModelPlan) throws -> (
    model: CrossValidatedArea, learners: [CrossValidatedArea]
  )? {
    guard primaryPart == .corrected else { return nil }
    return try CrossValidatedArea.withLearners(
      cohort.study.learners, table, training: split.training, plan: plan, seed: cohort.study.seed)
  }
}
