/// A fixed number of features by minimum redundancy and maximum relevance, `mrmr` in study files, by
/// ``MinimumRedundancy/order(_:positives:count:floor:)``.
struct MinimumRedundancyRule: SelectionRule {
  static let key = "minimumRedundancy"
  static let studyNames = ["mrmr"]
  static let options = ["count"]

  let count: Int

  var name: String { "mRMR" }
  var detail: String { "the first \(count)" }

  func apply(to selection: inout SelectionState) {
    let sample = selection.sample
    let values = selection.features.map { sample.expanded($0.scores) }
    selection.keep(MinimumRedundancy.order(values, positives: sample.positivesDrawn, count: count).sorted())
  }
}

extension MinimumRedundancyRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(count: try options.integer("count", in: 1...100_000) ?? 30)
  }
}

extension SelectionStep {
  /// Keeps this many features, or all where fewer are left, by minimum redundancy and maximum relevance (Zhao, Anand
  /// and Wang 2019, arXiv:1908.05376, "FCQ").
  /// - Parameter count: 1 or more.
  public static func minimumRedundancy(count: Int) -> SelectionStep {
    SelectionStep(MinimumRedundancyRule(count: count))
  }
}
