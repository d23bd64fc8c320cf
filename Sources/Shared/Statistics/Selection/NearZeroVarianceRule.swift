/// Features that hardly vary, `near-zero-variance` in study files, by ``NearZeroVariance``.
struct NearZeroVarianceRule: SelectionRule {
  static let key = "nearZeroVariance"
  static let studyNames = ["near-zero-variance"]
  static let options = ["frequency_ratio", "unique_percent"]

  let rule: NearZeroVariance

  private enum CodingKeys: String, CodingKey {
    case rule = "_0"
  }

  var name: String { "near-zero variance" }

  var detail: String {
    "most frequent value at most \(rule.frequencyRatio) times as frequent as the second, or more than "
      + "\(rule.uniquePercent) % distinct values"
  }

  func apply(to selection: inout SelectionState) {
    let sample = selection.sample
    selection.keep { feature in
      feature.imputed > 0
        ? !rule.drops(sample.expanded(feature.scores)) : !rule.drops(sample.frequencies(of: feature))
    }
  }
}

extension NearZeroVarianceRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    let standard = NearZeroVariance()
    self.init(
      rule: NearZeroVariance(
        frequencyRatio: try options.number("frequency_ratio", in: 1...1e9) ?? standard.frequencyRatio,
        uniquePercent: try options.number("unique_percent", in: 0...100) ?? standard.uniquePercent))
  }
}

extension SelectionStep {
  /// Drops features that are nearly constant over the training rows.
  public static func nearZeroVariance(_ rule: NearZeroVariance = .init()) -> SelectionStep {
    SelectionStep(NearZeroVarianceRule(rule: rule))
  }
}
