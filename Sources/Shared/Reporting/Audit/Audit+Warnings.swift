extension [StudyReport.AuditLine] {
  /// A warning for each line that fails, those first that find something too good, and before all what nobody explains: they head the
  /// page, and let a command end with 1.
  package var warnings: [StudyReport.Warning] {
    let failed = filter { $0.status == .fail }
    let tooGood = failed.filter(\.isTooGood)
    let all =
      tooGood.map { .tooGood($0) }
      + failed.filter { !$0.isTooGood }.map { StudyReport.Warning.auditFailed($0) }
    return all.filter { $0.explained == nil } + all.filter { $0.explained != nil }
  }
}

extension StudyReport.AuditLine {
  /// Whether it finds a feature or a model that is better than what is measured before the outcome can be.
  var isTooGood: Bool { code.hasSuffix("_too_good") }
}

extension StudyReport.Warning {
  /// A feature or a model that is better than what is measured before the outcome can be.
  static func tooGood(_ line: StudyReport.AuditLine) -> Self {
    guard !line.isExplained else {
      return Self(
        code: "too_good",
        message:
          "As good as what is measured before the outcome hardly is: \(line.evidence). The study explains it.",
        explained: line.explained)
    }
    return Self(
      code: "too_good",
      message:
        "Too good to be true, until it is explained: \(line.evidence). Look whether a feature is the outcome or comes from it (a "
        + "copy, with or without noise, its time, a number that was given by it, a value that only one group has), or masks were "
        + "drawn with knowledge of it. Leave such a column out (features.exclude) and run the study again: until then no number of this "
        + "report stands. Where it is honest, the study file says why (explained).")
  }

  /// Another line of the audit that fails.
  static func auditFailed(_ line: StudyReport.AuditLine) -> Self {
    guard !line.isExplained else {
      return Self(
        code: "audit_failed",
        message:
          "The leakage audit fails. It asks: \(line.rule) It found: \(line.evidence). The study explains it.",
        explained: line.explained)
    }
    return Self(
      code: "audit_failed",
      message:
        "The leakage audit fails. It asks: \(line.rule) It found: \(line.evidence). Estimates are too good until that is "
        + "mended.")
  }

  /// Explanations of what was not found.
  static func explainedInVain(_ explanations: [String]) -> Self {
    Self(
      code: "explained_in_vain",
      message:
        "The study file explains what was not found: \(explanations.joined(separator: ", ")). Remove it, or correct the name."
    )
  }
}

extension StudyReport {
  /// Whether something of the audit fails that the study does not explain, so that commands end as where cases failed.
  package var failsAudit: Bool { audit.contains { $0.status == .fail && !$0.isExplained } }
}
