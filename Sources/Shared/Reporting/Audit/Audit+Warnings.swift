extension [StudyReport.AuditLine] {
  /// A warning for each line that fails, those first that find something too good: they head the page, and let a command end
  /// with 1.
  package var warnings: [StudyReport.Warning] {
    let failed = filter { $0.status == .fail }
    let tooGood = failed.filter { $0.code.hasSuffix("_too_good") }
    return tooGood.map { .tooGood($0) } + failed.filter { !tooGood.contains($0) }.map { .auditFailed($0) }
  }
}

extension StudyReport.Warning {
  /// A feature or a model that is better than what is measured before the outcome can be.
  static func tooGood(_ line: StudyReport.AuditLine) -> Self {
    Self(
      code: "too_good",
      message:
        "Too good to be true, until it is explained: \(line.evidence). Look whether a feature is the outcome or comes from it (a "
        + "copy, with or without noise, its time, a number that was given by it, a value that only one group has), or masks were "
        + "drawn with knowledge of it. Leave such a column out (features.exclude) and run the study again: until then no number of this "
        + "report stands.")
  }

  /// Another line of the audit that fails.
  static func auditFailed(_ line: StudyReport.AuditLine) -> Self {
    Self(
      code: "audit_failed",
      message:
        "The leakage audit fails. It asks: \(line.rule) It found: \(line.evidence). Estimates are too good until that is "
        + "mended.")
  }
}

extension StudyReport {
  /// Whether something of the audit fails, so that commands end as where cases failed.
  package var failsAudit: Bool { audit.contains { $0.status == .fail } }
}
