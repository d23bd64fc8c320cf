import LinearAlgebra
import Statistics
import Testing

@Suite struct `A predictor that is too good` {
  /// Sixty subjects with noise in all columns but the first.
  private static func table(_ first: (_ row: Int, _ isPositive: Bool, inout RandomStream) -> Double) throws
    -> (
      CohortTable, Split
    )
  {
    var stream = RandomStream(seed: 9, purpose: .synthesis)
    let rows = (0..<60).map { row in
      let isPositive = row % 5 < 2
      return CohortTable.Row(
        caseName: "c\(100 + row)", subject: "s\(100 + row)", site: "S", isPositive: isPositive,
        values: [first(row, isPositive, &stream)] + (0..<40).map { _ in stream.normal() })
    }
    let table = try CohortTable(featureNames: (0...40).map { "f\($0)" }, rows: rows)
    return (table, try Split(table, testShare: 0.3, seed: 1))
  }

  @Test func `is the outcome, its opposite, the outcome with noise, or a number that goes by it`() throws {
    let leaks: [(Int, Bool, inout RandomStream) -> Double] = [
      { _, isPositive, _ in isPositive ? 1 : 0 },
      { _, isPositive, _ in isPositive ? -5 : 0 },
      { _, isPositive, stream in (isPositive ? 1 : 0) + 0.15 * stream.normal() },
      { row, isPositive, _ in isPositive ? Double(row) : Double(1_000 + row) },
    ]
    for leak in leaks {
      let (table, split) = try Self.table(leak)
      let found = table.perfectPredictors(in: split)
      #expect(found.map(\.feature) == [0] && found.allSatisfy { $0.sign == .values })
      #expect(found.allSatisfy { $0.training >= 0.99 && ($0.test ?? 0) >= 0.99 })
    }
  }

  @Test func `may tell by where it is missing`() throws {
    let (table, split) = try Self.table { _, isPositive, stream in isPositive ? stream.normal() : .nan }
    #expect(table.perfectPredictors(in: split).map(\.sign) == [.missing])
  }

  @Test func `is none of noise, nor of an honest strong feature`() throws {
    let (noise, split) = try Self.table { _, _, stream in stream.normal() }
    #expect(noise.perfectPredictors(in: split).isEmpty)
    // An AUC of 0.92.
    let (strong, _) = try Self.table { _, isPositive, stream in (isPositive ? 2 : 0) + stream.normal() }
    #expect(strong.perfectPredictors(in: split).isEmpty)
  }

  /// Three and three subjects part by chance in one of ten features.
  @Test func `is not claimed of so few subjects that chance does it`() throws {
    let rows = (0..<6).map { row in
      CohortTable.Row(
        caseName: "c\(row)", subject: "s\(row)", site: "S", isPositive: row < 3, values: [Double(row), 1])
    }
    let table = try CohortTable(featureNames: ["a", "b"], rows: rows)
    #expect(table.perfectPredictors(in: Split(training: [0, 1, 2, 3, 4, 5], test: [])).isEmpty)
  }

  /// In training by chance or by fitting, in test not: then it is no leak.
  @Test func `is as good in test as in training`() throws {
    let (table, split) = try Self.table { row, isPositive, _ in isPositive ? 1 : 0 }
    let turned = table.positives.indices.map { row in split.test.contains(row) ? Double(row % 7) : 0 }
    let rows = table.caseNames.indices.map { row in
      CohortTable.Row(
        caseName: table.caseNames[row], subject: table.subjectNames[table.subjects[row]], site: "S",
        isPositive: table.positives[row],
        values: [split.test.contains(row) ? turned[row] : (table.positives[row] ? 1 : 0)])
    }
    let changed = try CohortTable(featureNames: ["f0"], rows: rows)
    #expect(changed.perfectPredictors(in: split).isEmpty)
    #expect(changed.perfectPredictors(in: Split(training: split.training, test: [])).count == 1)
  }
}
