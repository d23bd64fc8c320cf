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
  }
}
