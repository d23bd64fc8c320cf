import Foundation
import LinearAlgebra
import Statistics
import TestSupport

/// The rows of Benchmarks/reference/survival.R, by the same arithmetic.
struct GeneratedSurvival {
  var features: Matrix
  let survival: SurvivalTimes

  /// Park and Miller's generator (1988, doi:10.1145/63039.63042).
  private struct Generator {
    var state: UInt64

    mutating func uniform() -> Double {
      state = state * 16807 % 2_147_483_647
      return Double(state) / 2_147_483_647
    }
  }

  /// - Parameter whole: whether times are whole numbers, and so many of them equal.
  init(rows: Int, columns: Int, seed: UInt64, whole: Bool) throws {
    var generator = Generator(state: seed)
    var features = Matrix(rows: rows, columns: columns)
    var (times, events) = ([Double](), [Bool]())
    for row in 0..<rows {
      for column in 0..<columns {
        let (a, b, c) = (generator.uniform(), generator.uniform(), generator.uniform())
        features[row, column] = a + b + c - 1.5
      }
      var until = 60 * generator.uniform() / (1 + max(0, 1 + 1.5 * features[row, 0] - features[row, 1]))
      var end = 45 * generator.uniform()
      if whole { (until, end) = (until.rounded(.down) + 1, end.rounded(.down) + 1) }
      times.append(min(until, end))
      events.append(until <= end)
    }
    self.features = features
    survival = try SurvivalTimes(times: times, events: events)
  }

  /// Some columns of all rows.
  func columns(_ chosen: Range<Int>) -> Matrix {
    features.selecting(rows: Array(0..<features.rows), columns: Array(chosen))
  }
}

extension ReferenceJSON {
  /// A file of Benchmarks/reference.
  static func stored(_ name: String) throws -> ReferenceJSON {
    let file = ReferenceData.repository.appendingPathComponent("Benchmarks/reference/\(name)")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
  }
}

/// Whether two numbers differ by no more than a tolerance.
func isNear(_ value: Double?, _ expected: Double, within tolerance: Double = 1e-14) -> Bool {
  guard let value else { return false }
  return abs(value - expected) <= tolerance
}
