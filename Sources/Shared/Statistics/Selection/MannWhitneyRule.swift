/// The rank-sum test of each feature between cases and controls, `mann-whitney` in study files.
struct MannWhitneyRule: SelectionRule {
  static let key = "mannWhitney"
  static let studyNames = ["mann-whitney"]
  static let options = ["p", "adjust"]

  let maximumP: Double
  let adjustment: SelectionStep.Adjustment

  var name: String { "Mann-Whitney" }
  var detail: String { "p < \(maximumP)\(adjustment.suffix)" }

  func apply(to selection: inout SelectionState) {
    let values = selection.features.map(selection.sample.mannWhitneyP)
    selection.screen(values, below: maximumP, adjustment: adjustment)
  }
}

extension MannWhitneyRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(
      maximumP: try options.number("p", in: 0...1) ?? 0.05,
      adjustment: try options.choice("adjust", of: SelectionStep.Adjustment.self) ?? .none)
  }
}

extension SelectionStep {
  /// Keeps features whose two-sided Mann-Whitney test, cases against controls, has `p` below the bound; see
  /// ``MannWhitney`` for the test (R's `wilcox.test`).
  /// - Parameters:
  ///   - maximumP: 0 to 1.
  ///   - adjustment: of the p-values of all features left, before they are compared.
  public static func mannWhitney(maximumP: Double, adjustment: Adjustment = .none) -> SelectionStep {
    SelectionStep(MannWhitneyRule(maximumP: maximumP, adjustment: adjustment))
  }

  /// How the p-values of a univariate step are adjusted for the number of tests.
  public enum Adjustment: String, Sendable, Codable, CaseIterable {
    /// Not at all.
    case none
    /// By ``MultipleTesting/benjaminiHochberg(_:)``.
    case benjaminiHochberg = "bh"

    /// What a report adds to the bound of p.
    var suffix: String { self == .benjaminiHochberg ? ", Benjamini-Hochberg" : "" }
  }
}
