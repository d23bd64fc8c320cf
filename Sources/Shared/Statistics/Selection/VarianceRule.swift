/// A lower bound of the variance, `variance` in study files: what scikit-learn's `VarianceThreshold` does, with `n -
/// 1`.
struct VarianceRule: SelectionRule {
  static let key = "variance"
  static let studyNames = ["variance"]
  static let options = ["threshold"]

  let threshold: Double

  var name: String { "variance" }
  var detail: String { "variance > \(threshold)" }

  func apply(to selection: inout SelectionState) {
    selection.keep { $0.deviation * $0.deviation > threshold }
  }
}

extension VarianceRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(threshold: try options.number("threshold", in: 0...1e300) ?? 0)
  }
}

extension SelectionStep {
  /// Keeps features whose variance over the training rows (n - 1) exceeds the threshold.
  /// - Parameter threshold: in the feature's own unit, squared; 0 or more.
  public static func variance(threshold: Double) -> SelectionStep {
    SelectionStep(VarianceRule(threshold: threshold))
  }
}
