import Foundation

/// How often intervals held the truth.
struct Tally: Sendable {
  let interval: String
  let scenario: String
  private(set) var covered = 0
  private(set) var below = 0
  private(set) var above = 0
  /// Studies in which the interval is not defined.
  private(set) var undefined = 0
  private(set) var width = 0.0

  init(_ interval: String, _ scenario: String) { (self.interval, self.scenario) = (interval, scenario) }

  /// `nil` limits count as undefined and not as covered.
  mutating func add(_ limits: (lower: Double, upper: Double)?, truth: Double) {
    guard let limits, limits.lower.isFinite, limits.upper.isFinite else {
      undefined += 1
      return
    }
    width += limits.upper - limits.lower
    if limits.upper < truth { below += 1 } else if limits.lower > truth { above += 1 } else { covered += 1 }
  }

  var studies: Int { covered + below + above }
  var coverage: Double { Double(covered) / Double(studies) }
  /// Monte Carlo standard error of the coverage.
  var error: Double { (coverage * (1 - coverage) / Double(studies)).squareRoot() }

  static let header =
    "| interval | truth and size | studies | covers, % | ± | too low / too high, % | mean width | undefined |\n"
    + "|---|---|---|---|---|---|---|---|"

  var row: String {
    let percent = 100 / Double(studies)
    let mark = coverage < 0.93 || coverage > 0.97 ? " *" : ""
    return String(
      format: "| %@ | %@ | %d | %.1f%@ | %.1f | %.1f / %.1f | %.3f | %d |", interval, scenario, studies,
      100 * coverage, mark, 100 * error, percent * Double(below), percent * Double(above),
      width / Double(studies), undefined)
  }
}

/// Mean and its Monte Carlo standard error.
struct MeanTally: Sendable {
  private var count = 0.0
  private var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let distance = value - mean
    mean += distance / count
    squares += distance * (value - mean)
  }

  var value: Double { mean }
  var error: Double { (squares / (count - 1) / count).squareRoot() }
  var deviation: Double { (squares / (count - 1)).squareRoot() }
}
