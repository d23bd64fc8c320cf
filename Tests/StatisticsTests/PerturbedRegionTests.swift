import LinearAlgebra
import Statistics
import Testing

@Suite struct `ICC(1,1)` {
  /// Six subjects by four judges (Shrout and Fleiss 1979, table 2). Expected by the mean squares of a one-way analysis and `qf` of
  /// R 4.2, as psych's `ICC` has them.
  @Test func `of Shrout and Fleiss's example is theirs`() throws {
    let columns: [[Double]] = [
      [9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7],
    ]
    let icc = try #require(IntraclassCorrelation(Matrix(columns: columns, rows: 6), kind: .oneWay))
    #expect(abs(icc.value - 0.165741768405475) < 1e-13)
    #expect(abs(icc.statistic - 1.79467849223947) < 1e-12)
    #expect(abs(icc.p - 0.16476880834464) < 1e-10)
    #expect(abs(icc.interval.lower - -0.132932324874751) < 1e-10)
    #expect(abs(icc.interval.upper - 0.722560062328121) < 1e-10)
  }

  @Test func `counts a constant difference as disagreement, and is 1 without any`() throws {
    let constant = Matrix(columns: [[1, 2, 3, 5], [2, 3, 4, 6]], rows: 4)
    #expect(try #require(IntraclassCorrelation(constant, kind: .oneWay)).value < 0.9)
    let same = try #require(
      IntraclassCorrelation(Matrix(columns: [[1, 2], [1, 2]], rows: 2), kind: .oneWay))
    #expect(same.value == 1 && same.interval.lower == 1)
  }
}

@Suite struct `Selection by perturbed regions` {
  /// Feature 0 stays as it is, feature 1 is another one each time, feature 2 was not measured again.
  private static func table(failing: Set<Int> = [], changing: Set<Int> = []) throws -> CohortTable {
    try CohortTable(
      featureNames: ["stable", "loose", "deep"],
      rows: (0..<40).map { row in
        func noise(_ salt: Int) -> Double { Double((row + 3) * (salt * 31 + 17) * 7919 % 1009) / 1009 }
        let values = [noise(1), noise(2), noise(3)]
        let perturbed = (0..<3).map { number -> [Double] in
          changing.contains(row)
            ? [noise(50 + number), noise(60 + number), .nan]
            : [values[0] + 0.01 * noise(10 + number), noise(20 + number), .nan]
        }
        return CohortTable.Row(
          caseName: "c\(100 + row)", subject: "s\(100 + row)", site: "a", isPositive: row % 2 == 0,
          values: values, perturbed: failing.contains(row) ? [] : perturbed)
      })
  }

  private static let plan = ModelPlan(
    name: "robust", steps: [.reliability(.oneWay, minimum: 0.9, bound: .lowerLimit, from: .perturbations)])

  @Test func `keeps what stays as it is, and what was not measured again`() throws {
    let table = try Self.table()
    let model = try fitModel(table, rows: table.allRows, plan: Self.plan, address: .finalFit(seed: 1))
    #expect(model.featureNames == ["stable", "deep"])
    #expect(model.steps.contains { $0.name == "ICC(1,1) of perturbed regions" && $0.remaining == 2 })
  }

  @Test func `leaves out cases of which a perturbation failed`() throws {
    let table = try Self.table(failing: [0, 5, 6])
    #expect(table.perturbed?.rows.count == 37)
    let model = try fitModel(table, rows: table.allRows, plan: Self.plan, address: .finalFit(seed: 1))
    #expect(model.featureNames == ["stable", "deep"])
  }

  @Test func `looks at training rows only`() throws {
    let training = Array(0..<28)
    let (plain, other) = (try Self.table(), try Self.table(changing: Set(28..<40)))
    let fits = try [plain, other].map {
      try fitModel($0, rows: training, plan: Self.plan, address: .finalFit(seed: 1))
    }
    #expect(fits[0] == fits[1])
    let all = try fitModel(other, rows: other.allRows, plan: Self.plan, address: .finalFit(seed: 1))
    #expect(all.featureNames == ["deep"])
    let independence = try FitIndependence(
      of: fits[0], from: Array(28..<40), table: plain, training: training, plan: Self.plan, seed: 1)
    #expect(independence.changed.isEmpty)
  }

  @Test func `without any is an error that says what to do`() throws {
    let table = try Self.table(failing: Set(0..<40))
    let error = #expect(throws: StatisticsError.self) {
      try fitModel(table, rows: table.allRows, plan: Self.plan, address: .finalFit(seed: 1))
    }
    #expect(try #require(error).message.contains("smaller perturbations"))
  }
}
