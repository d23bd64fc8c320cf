/// Student's or Welch's test of each feature between cases and controls, `t-test` in study files.
struct StudentRule: SelectionRule {
  static let key = "tTest"
  static let studyNames = ["t-test"]
  static let options = ["p", "adjust", "variances"]

  let maximumP: Double
  let variances: StudentTest.Variances
  let adjustment: SelectionStep.Adjustment

  var name: String { "t test" }
  var detail: String { "p < \(maximumP)\(adjustment.suffix)" }

  func apply(to selection: inout SelectionState) {
    let values = selection.features.map { selection.sample.studentP($0, variances: variances) }
    selection.screen(values, below: maximumP, adjustment: adjustment)
  }
}

extension StudentRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(
      maximumP: try options.number("p", in: 0...1) ?? 0.05,
      variances: try options.choice("variances", of: StudentTest.Variances.self) ?? .unequal,
      adjustment: try options.choice("adjust", of: SelectionStep.Adjustment.self) ?? .none)
  }
}

extension SelectionStep {
  /// Keeps features whose two-sided t test, cases against controls, has `p` below the bound; see ``StudentTest`` for
  /// the test (R's `t.test`).
  /// - Parameters:
  ///   - maximumP: 0 to 1.
  ///   - variances: whether cases and controls are taken to vary alike.
  ///   - adjustment: of the p-values of all features left, before they are compared.
  public static func tTest(
    maximumP: Double, variances: StudentTest.Variances = .unequal, adjustment: Adjustment = .none
  ) -> SelectionStep {
    SelectionStep(StudentRule(maximumP: maximumP, variances: variances, adjustment: adjustment))
  }
}
