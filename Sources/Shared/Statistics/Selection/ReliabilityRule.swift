/// Agreement of repeat segmentations, `icc` in study files.
///
/// The coefficients are Shrout and Fleiss's (1979), doi:10.1037/0033-2909.86.2.420; the bound of 0.75 for good
/// reliability, and its use with the lower end of the interval, are Koo and Li's (2016), doi:10.1016/j.jcm.2016.02.012.
struct ReliabilityRule: SelectionRule {
  static let key = "reliability"
  static let studyNames = ["icc"]
  static let options = ["kind", "minimum", "bound"]

  let kind: IntraclassCorrelation.Kind
  let minimum: Double
  let bound: RepeatedFeatures.Bound

  private enum CodingKeys: String, CodingKey {
    case kind = "_0"
    case minimum
    case bound
  }

  var name: String { kind == .agreement ? "ICC(2,1)" : "ICC(3,1)" }

  var detail: String {
    let what = bound == .estimate ? "ICC" : "lower end of the ICC's 95 % interval"
    return "\(what) ≥ \(minimum)"
  }

  /// A resample without two images that were segmented again keeps all features, and says so.
  func apply(to selection: inout SelectionState) throws(StatisticsError) {
    let reliable = try selection.sample.reliable(
      selection.features, kind: kind, minimum: minimum, bound: bound)
    if let reliable { return selection.keep(reliable.indices.filter { reliable[$0] }) }
    guard !selection.address.isFinalFit else {
      throw StatisticsError(
        .tooFewSubjects,
        "ICC: fewer than two training images have repeat segmentations of all raters; add repeat segmentations, or "
          + "leave the step out")
    }
    selection.warn(.noRepeats)
  }
}

extension ReliabilityRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(
      kind: try options.choice("kind", of: IntraclassCorrelation.Kind.self) ?? .agreement,
      minimum: try options.number("minimum", in: 0...1) ?? 0.75,
      bound: try options.choice("bound", of: RepeatedFeatures.Bound.self) ?? .estimate)
  }
}

extension SelectionStep {
  /// Keeps features whose intraclass correlation between repeat segmentations, or the lower end of its 95 %
  /// interval, is at least the minimum.
  ///
  /// Fitting fails with `invalidArgument` for a table without repeat segmentations, and the final fit with
  /// `tooFewSubjects` where fewer than two training images have them. Shrout and Fleiss (1979),
  /// doi:10.1037/0033-2909.86.2.420; Koo and Li (2016), doi:10.1016/j.jcm.2016.02.012.
  /// - Parameters:
  ///   - kind: ICC(2,1) or ICC(3,1).
  ///   - minimum: 0 to 1.
  ///   - bound: what must reach the minimum.
  public static func reliability(
    _ kind: IntraclassCorrelation.Kind, minimum: Double = 0.75, bound: RepeatedFeatures.Bound = .estimate
  ) -> SelectionStep {
    SelectionStep(ReliabilityRule(kind: kind, minimum: minimum, bound: bound))
  }
}
