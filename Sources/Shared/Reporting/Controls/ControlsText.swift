import Modelling
import StudyPlan

// MARK: Controls

extension MethodsText {
  /// What radiomics models were held against; nothing in a study without controls.
  var controls: [Sentence] {
    let rows = (report.controls ?? []).filter { $0.difference != nil }
    let kinds = ControlKind.allCases.filter { kind in rows.contains { $0.control == kind } }
    guard !kinds.isEmpty else { return [] }
    let names = report.models.map(\.name).filter { name in rows.contains { $0.model == name } }
    return [
      """
      As controls, the pipeline of \(Sentence.list(names)) was repeated on \(Sentence.list(kinds.map(\.phrase))).
      """
    ]
  }
}

extension ResultsText {
  /// How far each model is from its controls.
  var controls: [Sentence] {
    let rows = (report.controls ?? []).filter { $0.difference != nil }
    return report.models.compactMap { model in
      let own = rows.filter { $0.model == model.name }
      guard let first = own.first else { return nil }
      let differences = own.map { row in
        let interval = StudyReport.Interval(estimate: row.difference, lower: row.lower, upper: row.upper)
        return "\(PageNumber.interval(interval)) for \(row.control.label)"
      }
      return """
        \(StudyReport.Primary.place(first.cohort).capitalisedFirst), \((first.measure ?? .auc).label) of \(model.name) minus that of its \
        control was \(Sentence.list(differences)).
        """
    }
  }
}

extension ControlKind {
  /// What the pipeline was given, as the methods paragraph has it.
  fileprivate var phrase: Sentence {
    switch self {
    case .volume: "the volume of the region alone\(cite: .signatureControls)"
    case .shuffled: "regions whose voxels were shuffled\(cite: .signatureControls)"
    case .beside: "regions of the same shape beside those drawn"
    case .permuted: "outcomes that were exchanged among the subjects of each site\(cite: .permutedOutcomes)"
    }
  }
}

extension Reference {
  package static let signatureControls = Self(
    "Welch ML, McIntosh C, Haibe-Kains B, et al. Vulnerabilities of radiomic signature development: the need for safeguards. "
      + "Radiother Oncol 2019;130:2–9.", doi: "10.1016/j.radonc.2018.10.027")
  package static let permutedOutcomes = Self(
    "Ojala M, Garriga GC. Permutation tests for studying classifier performance. J Mach Learn Res 2010;11:1833–1863."
  )
}
