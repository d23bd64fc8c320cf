extension Page {
  /// Perturbed regions, and what they say of the features.
  struct RobustnessSection {
    struct Row {
      var label: String
      var missing: String
    }

    var summary: String
    var rows: [Row]
  }
}

extension Page.RobustnessSection {
  init(_ robustness: StudyReport.Robustness) {
    summary =
      "\(robustness.shares) do not reach \(robustness.threshold) over \(PageNumber.count(robustness.perturbations.count, "perturbation")) of image "
      + "and region in \(PageNumber.count(robustness.cases, "training case"))."
      + (robustness.leftOut == 0
        ? "" : " \(PageNumber.count(robustness.leftOut, "case")) left out: a perturbed region is missing.")
    rows = robustness.perturbations.map { Row(label: $0.label, missing: PageNumber.count($0.missing)) }
  }
}

extension PageTemplates {
  static let robustness = """
    <details class="robustness">
    <summary>Robustness of the features: {{summary}}</summary>
    <div class="scroll" role="region" aria-label="Perturbations" tabindex="0">
    <table>
    <caption>Image and region of each training case were changed in each of these ways, and their features computed again. \
    ICC and interval of each feature are in robustness.csv.</caption>
    <thead>
    <tr><th scope="col">Perturbation</th><th scope="col">Cases without</th></tr>
    </thead>
    <tbody>
    {{#rows}}
    <tr><th scope="row">{{label}}</th><td>{{missing}}</td></tr>
    {{/rows}}
    </tbody>
    </table>
    </div>
    </details>
    """
}
