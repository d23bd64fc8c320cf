import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// A radiomics model against the same pipeline on something that should tell less: `difference` is the model's AUC less the
  /// control's. Where `measure` is `harrell_c`, numbers are Harrell's C.
  package struct Control: Codable, Equatable, Sendable {
    package var model: String
    package var control: ControlKind
    /// Absent where it is the AUC.
    package var measure: Measure? = nil
    package var cohort: EvaluationCohort
    @FiniteOrNull package var modelArea: Double?
    @FiniteOrNull package var controlArea: Double?
    @FiniteOrNull package var difference: Double?
    @FiniteOrNull package var lower: Double?
    @FiniteOrNull package var upper: Double?
    package var method: String
    package var count: Int
    /// Replicates that the interval is of; absent where it is of none.
    package var replicates: Int?
    /// Cases of which no region lies beside theirs; absent for controls of the drawn regions.
    package var lacking: Int?
    /// Whether the interval lies above 0.
    package var isBeaten: Bool
    /// Why there is no difference; `nil` where there is one.
    @ValueOrNull package var undefinedReason: String?

    private enum CodingKeys: String, CodingKey {
      case model, control, measure, cohort, difference, lower, upper, method, replicates
      case modelArea = "model_auc"
      case controlArea = "control_auc"
      case count = "n"
      case lacking = "cases_without_place"
      case isBeaten = "beaten"
      case undefinedReason = "undefined_reason"
    }
  }
}

extension StudyReport.Control {
  init(_ result: ControlResult) {
    self.init(
      model: result.model, control: result.control,
      measure: result.isConcordance ? .harrellC : nil, cohort: result.cohort, modelArea: result.modelArea,
      controlArea: result.controlArea, difference: result.difference, lower: result.interval?.lower,
      upper: result.interval?.upper, method: result.method.text, count: result.count,
      replicates: result.replicates, lacking: result.lacking,
      isBeaten: result.interval.map { $0.lower > 0 } ?? false, undefinedReason: result.reason)
  }
}

extension ControlResult.Method {
  fileprivate var text: String {
    switch self {
    case .deLong(let isClustered): "paired DeLong" + (isClustered ? ", \(IntervalMethod.obuchowski)" : "")
    case .jackknife: "paired infinitesimal jackknife"
    case .permutations:
      "permutations of all outcomes within sites, percentiles, and at least the model's own interval"
    case .replicates: "out of bag, paired by replicate, corrected resampled t"
    }
  }
}

extension StudyReport {
  /// Tells of controls, and warns of models that are not better than one of them.
  mutating func addControls(_ results: [ControlResult]) {
    guard !results.isEmpty else { return }
    let rows = results.map { Control($0) }
    controls = rows
    let warned = models.compactMap { model in
      Warning.noBetterThanControl(rows.filter { $0.model == model.name })
    }
    warnings = warned + warnings
  }
}

extension StudyReport.Warning {
  /// A model whose AUC, or C, is not shown to exceed that of a control; `nil` where it exceeds those of all that could be computed.
  /// - Parameter controls: of one model.
  static func noBetterThanControl(_ controls: [StudyReport.Control]) -> Self? {
    let unbeaten = controls.filter { !$0.isBeaten && $0.difference != nil }
    guard let first = unbeaten.first else { return nil }
    let measure = (first.measure ?? .auc).label
    let named = unbeaten.map { row in
      "\(row.control.label) (\(measure) \(PageNumber.fixed(row.controlArea)), difference "
        + "\(PageNumber.interval(StudyReport.Interval(estimate: row.difference, lower: row.lower, upper: row.upper))))"
    }
    return Self(
      code: "no_better_than_control",
      message:
        "Model \(first.model), \(measure) \(PageNumber.fixed(first.modelArea)) \(StudyReport.Primary.place(first.cohort)), is not "
        + "shown to be better than its controls: \(named.joined(separator: "; ")).")
  }
}
