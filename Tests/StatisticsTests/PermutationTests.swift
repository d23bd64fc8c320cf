import Statistics
import Testing

@Suite struct `Permuted outcomes` {
  private func table() throws -> CohortTable {
    try CohortTable(
      featureNames: ["x"],
      rows: (0..<60).map { row in
        CohortTable.Row(
          caseName: "case \(100 + row)", subject: "subject \(100 + row / 2)", site: "site \(row / 30)",
          isPositive: row / 2 % 3 == 0, values: [Double(row)])
      })
  }

  @Test func `keep each site's number of cases, subjects whole and everything else`() throws {
    let table = try table()
    let permuted = table.permutingOutcomes(of: Array(0..<60), address: RandomAddress(seed: 4, replicate: 0))
    #expect(permuted.positives != table.positives)
    for site in 0..<2 {
      let rows = (0..<60).filter { table.sites[$0] == site }
      #expect(rows.count { permuted.positives[$0] } == rows.count { table.positives[$0] })
    }
    for row in stride(from: 0, to: 60, by: 2) {
      #expect(permuted.positives[row] == permuted.positives[row + 1])
    }
    #expect(permuted.features == table.features)
    #expect(permuted.subjects == table.subjects)
  }

  @Test func `leave other rows alone, and depend on seed and replicate only`() throws {
    let table = try table()
    let rows = Array(0..<40)
    func permuted(_ replicate: Int, _ rows: [Int]) -> [Bool] {
      table.permutingOutcomes(of: rows, address: RandomAddress(seed: 4, replicate: replicate)).positives
    }
    #expect(Array(permuted(1, rows)[40...]) == Array(table.positives[40...]))
    #expect(permuted(1, rows) == permuted(1, rows.reversed()))
    #expect(permuted(1, rows) != permuted(2, rows))
  }
}
