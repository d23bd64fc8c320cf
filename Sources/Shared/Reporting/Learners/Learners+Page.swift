import Modelling
import Statistics
import StudyPlan

extension Page {
  /// Another learner beside a model.
  struct LearnerLine {
    var model: String
    var learner: String
    var cohort: String
    var area: EstimateCell
    var modelArea: String
    var difference: EstimateCell
    var method: String
  }
}

extension Page.LearnerLine {
  init(_ row: StudyReport.LearnerRow) {
    (model, learner) = (row.model, row.learner.label)
    cohort = PageText.heading(of: row.cohort).lowercased()
    area = Page.EstimateCell(
      StudyReport.Interval(estimate: row.area, lower: row.lower, upper: row.upper))
    area.reason = row.undefinedReason ?? ""
    if let corrected = row.corrected {
      area.reason =
        ".632+ \(PageNumber.fixed(corrected)), of the model \(PageNumber.fixed(row.correctedModel))"
    }
    modelArea = PageNumber.fixed(row.modelArea)
    difference = Page.EstimateCell(
      StudyReport.Interval(
        estimate: row.difference, lower: row.differenceLower, upper: row.differenceUpper))
    if row.cohort == .training { difference.reason = "fitted to these cases" }
    method = row.method
  }
}

extension PageTemplates {
  static let learners = """
    {{^empty(learners)}}
    <div class="scroll" role="region" aria-label="Other learners for comparison" tabindex="0">
    <table class="comparisons learners">
    <caption>Other learners, for comparison only: each is fitted to the predictors that the model selected, in the same cases, folds \
    and replicates, with published defaults and without tuning. None of them is the model, and no result above is theirs. \
    Differences are the model’s AUC less the learner’s. A learner’s .632+ has no interval: a model’s comes from the bootstrap in two \
    stages, in which no learner is fitted.</caption>
    <thead>
    <tr><th scope="col">Predictors of</th><th scope="col">Learner</th><th scope="col">On</th>\
    <th scope="col">AUC of the learner (95 % CI)</th><th scope="col">AUC of the model</th>\
    <th scope="col">Difference (95 % CI)</th><th scope="col">Method</th></tr>
    </thead>
    <tbody>
    {{#learners}}
    <tr><th scope="row">{{model}}</th><td>{{learner}}</td><td>{{cohort}}</td>{{#area}}{{> cell}}{{/area}}<td>{{modelArea}}</td>\
    {{#difference}}{{> cell}}{{/difference}}<td>{{method}}</td></tr>
    {{/learners}}
    </tbody>
    </table>
    </div>
    {{/empty(learners)}}
    """
}
