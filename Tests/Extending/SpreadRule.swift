/// A lower bound of the standard deviation: a step of selection that this program does not know.
struct SpreadRule: SelectionRule {
  static let key = "spread"
  static let studyNames = ["spread"]
  static let options = ["above"]

  let above: Double

  var name: String { "spread" }
  var detail: String { "standard deviation > \(above)" }

  func apply(to selection: inout SelectionState) {
    selection.keep { $0.deviation > above }
  }
}

extension SpreadRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(above: try options.number("above", in: 0...1e300) ?? 0)
  }
}
