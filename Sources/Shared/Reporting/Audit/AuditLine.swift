extension StudyReport {
  /// One question about leakage from test to training, answered from the study itself.
  package struct AuditLine: Codable, Equatable, Sendable {
    package enum Status: String, Codable, Sendable, CaseIterable {
      case pass, fail
      /// The study has nothing that the question could be asked of.
      case notApplicable = "not_applicable"
    }

    /// Short and stable, for programs: `subjects_in_one_part`.
    package var code: String
    /// What must hold, in a sentence.
    package var rule: String
    package var status: Status
    /// What was looked at, and found.
    package var evidence: String
    /// The features or models that a line that fails is about; absent where it is about the study as a whole.
    package var about: [String]? = nil
    /// Reasons that the study file gives for what was found; absent without any.
    package var explained: [Reason]? = nil
  }

  /// Why something that was found is as it should be, as the study file says.
  package struct Reason: Codable, Equatable, Sendable {
    /// The feature or model; absent for a line about the study as a whole.
    package var of: String?
    package var because: String

    package var text: String { (of.map { "\($0): " } ?? "") + because }
  }
}
