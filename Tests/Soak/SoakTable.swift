import FaultSupport
import Foundation

/// What a soak has done, fault by fault.
struct SoakTable {
  private struct Row {
    var studies = 0
    var bound = 0
    var injected = 0
    var tasks = 0
    var executions = 0
    var lost = 0
    var duplicated = 0
    var compared = 0
    var identical = 0
    var violations = 0
    var skipped: String?
  }

  let seed: UInt64
  let minutes: Double
  private var rows: [Fault: Row] = [:]

  init(seed: UInt64, minutes: Double) {
    self.seed = seed
    self.minutes = minutes
  }

  var violations: Int { rows.values.reduce(0) { $0 + $1.violations } }

  mutating func add(_ outcome: FaultOutcome) {
    var row = rows[outcome.fault] ?? Row()
    row.skipped = outcome.skipped
    if outcome.skipped == nil {
      row.studies += 1
      row.bound += outcome.grants.bindsLogins ? 1 : 0
      row.injected += outcome.injected
      row.tasks += outcome.tasks
      row.executions += outcome.executions
      row.lost += outcome.lost
      row.duplicated += outcome.duplicated
      // A study that broke down has no report, which is not by design.
      row.compared += outcome.fault.costsItsCase ? 0 : 1
      row.identical += outcome.reportIsIdentical == true ? 1 : 0
      row.violations += outcome.violations.count
    }
    rows[outcome.fault] = row
  }

  var markdown: String {
    let head = """
      Seed \(seed), \(minutes.formatted()) minutes.

      | fault | studies | bound to sites | injected | tasks | executions a task | lost | duplicated | report identical | violations |
      |---|---|---|---|---|---|---|---|---|---|
      """
    return ([head] + Fault.allCases.compactMap(line) + [sum]).joined(separator: "\n")
  }

  private func line(_ fault: Fault) -> String? {
    guard let row = rows[fault] else { return nil }
    if let reason = row.skipped { return "| \(fault.rawValue) | skipped: \(reason) | | | | | | | | |" }
    return cells(fault.rawValue, row)
  }

  private var sum: String {
    let all = rows.values.reduce(into: Row()) { sum, row in
      sum.studies += row.studies
      sum.bound += row.bound
      sum.injected += row.injected
      sum.tasks += row.tasks
      sum.executions += row.executions
      sum.lost += row.lost
      sum.duplicated += row.duplicated
      sum.compared += row.compared
      sum.identical += row.identical
      sum.violations += row.violations
    }
    return cells("**all**", all)
  }

  private func cells(_ name: String, _ row: Row) -> String {
    let share = row.tasks == 0 ? "" : String(format: "%.2f", Double(row.executions) / Double(row.tasks))
    let identical = row.compared == 0 ? "one case fails by design" : "\(row.identical) of \(row.compared)"
    return
      "| \(name) | \(row.studies) | \(row.bound) | \(row.injected) | \(row.tasks) | \(share) | \(row.lost) "
      + "| \(row.duplicated) | \(identical) | \(row.violations) |"
  }

  private static let marks = ("<!-- soak -->", "<!-- end of soak -->")

  /// Puts the table between the two marks of a page.
  func write(into page: URL) throws {
    let text = try String(contentsOf: page, encoding: .utf8)
    let (start, end) = try Self.place(in: text, of: page)
    let whole = text[..<start.upperBound] + "\n" + markdown + "\n" + text[end.lowerBound...]
    try Data(whole.utf8).write(to: page, options: .atomic)
  }

  /// Fails before hours of faults, not after them, where the page has no place for the table.
  static func requirePlace(in page: URL) throws {
    _ = try place(in: String(contentsOf: page, encoding: .utf8), of: page)
  }

  private static func place(
    in text: String, of page: URL
  ) throws -> (start: Range<String.Index>, end: Range<String.Index>) {
    guard let start = text.range(of: marks.0), let end = text.range(of: marks.1) else {
      throw SoakFailure(description: "\(page.path) lacks the marks \(marks)")
    }
    return (start, end)
  }
}

struct SoakFailure: Error, CustomStringConvertible {
  let description: String
}

extension FaultOutcome {
  var line: String {
    if let skipped { return "\(fault.rawValue): skipped, \(skipped)" }
    let trouble = violations.isEmpty ? "" : " VIOLATIONS: " + violations.joined(separator: "; ")
    let logins = grants.bindsLogins ? ", \(grants.rawValue)" : ""
    return
      "\(fault.rawValue)\(logins): injected \(injected), \(tasks) tasks, \(executions) executions\(trouble)"
  }
}
