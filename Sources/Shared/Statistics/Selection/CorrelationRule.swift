/// Pruning of features that say the same, `spearman` and `pearson` in study files, by
/// ``Correlation/pruned(_:p:ranks:maximum:kind:)``.
struct CorrelationRule: SelectionRule {
  static let key = "correlation"
  static let studyNames = ["spearman", "pearson"]
  static let options = ["threshold"]

  let kind: Correlation.Kind
  let maximum: Double

  private enum CodingKeys: String, CodingKey {
    case kind = "_0"
    case maximum
  }

  var name: String { kind == .spearman ? "Spearman" : "Pearson" }
  var detail: String { "|r| ≤ \(maximum)" }

  func apply(to selection: inout SelectionState) {
    let (sample, features) = (selection.sample, selection.features)
    selection.keep(
      Correlation.pruned(
        features.map { sample.expanded($0.scores) }, p: selection.p ?? features.map(sample.mannWhitneyP),
        ranks: features.map { sample.table.nameRanks[$0.feature] }, maximum: maximum, kind: kind))
  }
}

extension CorrelationRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(
      kind: name == "spearman" ? .spearman : .pearson,
      maximum: try options.number("threshold", in: 0...1) ?? 0.9)
  }
}

extension SelectionStep {
  /// Drops the less significant of two features that correlate more strongly than the bound: by the p-values of the
  /// last univariate step, or of the Mann-Whitney test where there was none, ties by name.
  /// - Parameters:
  ///   - kind: of values or of ranks.
  ///   - maximum: the largest |r| between two features that are both kept, 0 to 1.
  public static func correlation(_ kind: Correlation.Kind, maximum: Double) -> SelectionStep {
    SelectionStep(CorrelationRule(kind: kind, maximum: maximum))
  }
}
