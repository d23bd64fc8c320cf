import Modelling
import StudyPlan

extension Page {
  /// A model against one of its controls.
  struct ControlRow {
    var model: String
    var control: String
    var cohort: String
    var modelArea: String
    var area: EstimateCell
    var difference: EstimateCell
    var method: String
  }
}

extension Page.ControlRow {
  init(_ control: StudyReport.Control) {
    model = control.model
    self.control = control.control.label
    cohort = PageText.heading(of: control.cohort).lowercased()
    modelArea = PageNumber.fixed(control.modelArea)
    area = Page.EstimateCell(estimate: PageNumber.fixed(control.controlArea))
    if let lacking = control.lacking, lacking > 0 {
      area.reason = "\(PageNumber.count(lacking, "case")) without a place"
    }
    difference = Page.EstimateCell(
      StudyReport.Interval(
        estimate: control.difference, lower: control.lower, upper: control.upper))
    difference.reason = control.undefinedReason ?? (control.isBeaten ? "" : "not shown to be better")
    method = control.method
  }
}

extension PageTemplates {
  static let controls = """
    {{^empty(controls)}}
    <div class="scroll" role="region" aria-label="Models against their controls" tabindex="0">
    <table class="comparisons controls">
    <caption>Radiomics models against controls: the same pipeline on the region’s volume alone, on regions whose voxels were \
    shuffled, on a region of the same shape beside it, and on outcomes that were exchanged within each site. A model that is \
    worth its features is better than all of them: the interval of the difference lies above 0.</caption>
    <thead>
    <tr><th scope="col">Model</th><th scope="col">Control</th><th scope="col">On</th><th scope="col">{{controlMeasure}} of the model</th>\
    <th scope="col">{{controlMeasure}} of the control</th><th scope="col">Difference (95 % CI)</th><th scope="col">Method</th></tr>
    </thead>
    <tbody>
    {{#controls}}
    <tr><th scope="row">{{model}}</th><td>{{control}}</td><td>{{cohort}}</td><td>{{modelArea}}</td>\
    {{#area}}{{> cell}}{{/area}}{{#difference}}{{> cell}}{{/difference}}<td>{{method}}</td></tr>
    {{/controls}}
    </tbody>
    </table>
    </div>
    {{/empty(controls)}}
    """
}
