/// Agreement of repeat segmentations, or of perturbed regions, `icc` in study files.
///
/// Of perturbed regions it is ICC(1,1), whose lower limit must reach 0.90 unless said otherwise: Zwanenburg et al. (2019,
/// doi:10.1038/s41598-018-36938-4) call features with an ICC of 0.90 or more robust; that the lower limit must reach it is our choice,
/// after Koo and Li, who judge by the 95 % interval.
/// The coefficients are Shrout and Fleiss's (1979), doi:10.1037/0033-2909.86.2.420; the bound of 0.75 for good
/// reliability, and its use with the lower end of the interval, are Koo and Li's (2016), doi:10.1016/j.jcm.2016.02.012.
struct ReliabilityRule: SelectionRule {
  static let key = "reliability"
  static let studyNames = ["icc"]
  static let options = ["from", "kind", "minimum", "bound"]

  let kind: IntraclassCorrelation.Kind
  let minimum: Double
  let bound: RepeatedFeatures.Bound
  /// What was measured again; `nil` for repeat segmentations, so that steps of before keep their bytes.
  var from: RepeatSource? = nil

  private enum CodingKeys: String, CodingKey {
    case kind = "_0"
    case minimum
    case bound
    case from
  }

  var name: String { kind.name + (from == .perturbations ? " of perturbed regions" : "") }

  var detail: String {
    let what = bound == .estimate ? "ICC" : "lower end of the ICC's 95 % interval"
    return "\(what) ≥ \(minimum)"
  }

  /// A resample without two images that were segmented again keeps all features, and says so.
  func apply(to selection: inout SelectionState) throws(StatisticsError) {
    let reliable = try selection.sample.reliable(
      selection.features, kind: kind, minimum: minimum, bound: bound, from: from ?? .repeats)
    if let reliable { return selection.keep(reliable.indices.filter { reliable[$0] }) }
    guard !selection.address.isFinalFit else {
      throw StatisticsError(
        .tooFewSubjects,
        from == .perturbations
          ? "ICC: fewer than two training images have features of all perturbed regions; give smaller perturbations, or "
            + "leave the step out"
          : "ICC: fewer than two training images have repeat segmentations of all raters; add repeat segmentations, or "
            + "leave the step out")
    }
    selection.warn(.noRepeats)
  }
}

extension ReliabilityRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    let from = try options.choice("from", of: RepeatSource.self).flatMap { $0 == .repeats ? nil : $0 }
    let isPerturbed = from == .perturbations
    self.init(
      kind: try options.choice("kind", of: IntraclassCorrelation.Kind.self)
        ?? (isPerturbed ? .oneWay : .agreement),
      minimum: try options.number("minimum", in: 0...1) ?? (isPerturbed ? 0.9 : 0.75),
      bound: try options.choice("bound", of: RepeatedFeatures.Bound.self)
        ?? (isPerturbed ? .lowerLimit : .estimate), from: from)
  }
}

extension IntraclassCorrelation.Kind {
  /// As Shrout and Fleiss name it.
  package var name: String {
    switch self {
    case .oneWay: "ICC(1,1)"
    case .agreement: "ICC(2,1)"
    case .consistency: "ICC(3,1)"
    }
  }
}

extension SelectionStep {
  /// What it asks of features of perturbed regions; `nil` for another step.
  package var ofPerturbations:
    (kind: IntraclassCorrelation.Kind, minimum: Double, bound: RepeatedFeatures.Bound)?
  {
    guard let rule = rule as? ReliabilityRule, rule.from == .perturbations else { return nil }
    return (rule.kind, rule.minimum, rule.bound)
  }

  /// Keeps features whose intraclass correlation between repeat segmentations, or the lower end of its 95 %
  /// interval, is at least the minimum.
  ///
  /// Fitting fails with `invalidArgument` for a table without repeat segmentations, and the final fit with
  /// `tooFewSubjects` where fewer than two training images have them. Shrout and Fleiss (1979),
  /// doi:10.1037/0033-2909.86.2.420; Koo and Li (2016), doi:10.1016/j.jcm.2016.02.012.
  /// - Parameters:
  ///   - kind: ICC(1,1), ICC(2,1) or ICC(3,1).
  ///   - minimum: 0 to 1.
  ///   - bound: what must reach the minimum.
  ///   - source: what was measured again.
  public static func reliability(
    _ kind: IntraclassCorrelation.Kind, minimum: Double = 0.75, bound: RepeatedFeatures.Bound = .estimate,
    from source: RepeatSource = .repeats
  ) -> SelectionStep {
    SelectionStep(
      ReliabilityRule(kind: kind, minimum: minimum, bound: bound, from: source == .repeats ? nil : source))
  }
}
