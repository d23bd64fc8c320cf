import LinearAlgebra
import Statistics
import Testing

@Suite struct `Rows that are alike` {
  private static func table(
    rows: Int = 70, features: Int = 20, change: (inout [[Double]]) -> Void = { _ in }
  ) throws -> CohortTable {
    var stream = RandomStream(seed: 4, purpose: .synthesis)
    // Correlated, as features of a region are: each holds half of a common part.
    var values = (0..<rows).map { _ in
      let common = stream.normal()
      return (0..<features).map { _ in common + stream.normal() }
    }
    change(&values)
    return try CohortTable(
      featureNames: (0..<features).map { "f\($0)" },
      rows: values.enumerated().map { row, values in
        CohortTable.Row(
          caseName: "c\(1_000 + row)", subject: "s\(1_000 + row)", site: "S", isPositive: row % 2 == 0,
          values: values)
      })
  }

  @Test func `are none among people`() throws {
    let alike = LikeRows(try Self.table())
    #expect(alike.groups.isEmpty && alike.columns == 20 && alike.rows == 70 && alike.wereCompared)
  }

  @Test func `are equal rows, rounded ones and slightly noisy ones`() throws {
    let alike = LikeRows(
      try Self.table { values in
        values[30] = values[3]
        values[31] = values[4].map { ($0 * 100).rounded() / 100 }
        values[32] = values[5].enumerated().map { $0.element + ($0.offset % 2 == 0 ? 0.02 : -0.02) }
        values[33] = values[5]
      })
    #expect(alike.groups == [[3, 30], [4, 31], [5, 32, 33]])
  }

  /// Three blank rows are nobody's copies, nor are rows that lack most values.
  @Test func `are not blank rows`() throws {
    let alike = LikeRows(
      try Self.table { values in
        for row in [7, 8, 9] { values[row] = values[row].map { _ in .nan } }
        for row in [10, 11] { for column in 2..<20 { values[row][column] = .nan } }
      })
    #expect(alike.groups.isEmpty && alike.rows == 65)
  }

  @Test func `lack some values and are found none the less`() throws {
    let alike = LikeRows(
      try Self.table { values in
        values[30] = values[3]
        for column in 0..<6 { values[30][column] = .nan }
      })
    #expect(alike.groups == [[3, 30]])
  }

  /// Sex, grade and stage agree between people.
  @Test func `are not looked for in columns of few values`() throws {
    let alike = LikeRows(
      try Self.table { values in
        for row in values.indices { values[row] = values[row].map { $0 > 0 ? 1 : 0 } }
      })
    #expect(alike.groups.isEmpty && !alike.wereCompared && alike.columns == 0)
  }
}
