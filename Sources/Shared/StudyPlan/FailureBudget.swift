import Yams

/// How many cases of a study may fail before it is held, so that a fault of all machines does not cost it its patients.
///
/// No part of `Study`: results do not depend on it.
package struct FailureBudget: Equatable, Sendable {
  /// More than this share of the cases,
  package var share: Double
  /// and at least so many of them, are too many.
  package var number: Int

  package init(share: Double, number: Int) {
    self.share = share
    self.number = number
  }

  /// What holds where the study file says nothing.
  package static let standard = FailureBudget(share: 0.2, number: 5)

  /// How many tasks may fail.
  /// - Parameter tasksOfCase: how many there are of each case.
  package func allowed(cases: Int, tasksOfCase: Int) -> Int {
    // A share as 0.29 is a little less than it reads.
    max(number - 1, Int((share * Double(cases) + 1e-9).rounded(.down))) * tasksOfCase
  }
}

extension FailureBudget {
  /// Key `failure_budget` of a study file: `none`, or a share and a number.
  /// - Returns: nil for `none`.
  static func read(_ file: StrictMapping) throws(StudyError) -> FailureBudget? {
    guard let node = file.node("failure_budget") else { return .standard }
    if node.string == "none" { return nil }
    guard node.mapping != nil else {
      throw StudyError(
        .badValue, "failure_budget must be none or {share: 0.2, number: 5}, but is \(node.shape).")
    }
    let section = try StrictMapping(node, at: "failure_budget", known: ["share", "number"])
    return FailureBudget(
      share: try section.number("share", in: 0...1) ?? standard.share,
      number: try section.integer("number", in: 1...1_000_000) ?? standard.number)
  }
}
