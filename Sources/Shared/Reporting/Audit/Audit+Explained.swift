import StudyPlan

extension StudyReport.AuditLine {
  /// Whether all that a line that fails found is explained: each feature and model by its name.
  package var isExplained: Bool {
    guard let explained, status == .fail else { return false }
    return about.map { Set($0).isSubset(of: explained.compactMap(\.of)) } ?? true
  }

  /// Whether an explanation is of what the line found.
  private func isMeant(by explanation: Explanation) -> Bool {
    guard status == .fail, explanation.code == (isTooGood ? Explanation.tooGood : code) else { return false }
    return about.map { names in explanation.name.map(names.contains) ?? false } ?? (explanation.name == nil)
  }

  fileprivate func with(_ explanations: [Explanation]) -> Self {
    let reasons = explanations.filter(isMeant).map { StudyReport.Reason(of: $0.name, because: $0.because) }
    var line = self
    line.explained = reasons.isEmpty ? nil : reasons
    return line
  }

  fileprivate static func isOfNone(_ explanation: Explanation, _ lines: [Self]) -> Bool {
    !lines.contains { $0.isMeant(by: explanation) }
  }
}

extension [StudyReport.AuditLine] {
  /// With the reasons that the study file gives for what was found.
  package func explained(by explanations: [Explanation]) -> Self { map { $0.with(explanations) } }

  /// A warning about explanations of what was not found; none where there are none.
  package func inVain(_ explanations: [Explanation]) -> [StudyReport.Warning] {
    let vain = explanations.filter { StudyReport.AuditLine.isOfNone($0, self) }
    return vain.isEmpty
      ? [] : [.explainedInVain(vain.map { $0.code + ($0.name.map { " of \($0)" } ?? "") })]
  }
}
