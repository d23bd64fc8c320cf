import LinearAlgebra
import Statistics
import TestSupport
import Testing

/// Columns and outcomes with a known signal in the first two columns.
private func simulated(rows: Int, columns: Int, seed: UInt64 = 3) -> (features: Matrix, outcomes: [Double]) {
  var stream = RandomStream(seed: seed, purpose: .synthesis)
  let features = Matrix(
    rows: rows, columns: columns, values: (0..<rows * columns).map { _ in stream.normal() })
  let outcomes = (0..<rows).map { row in
    let eta = 1.5 * features[row, 0] - features[row, 1]
    return stream.uniform() < logistic(eta) ? 1.0 : 0
  }
  return (features, outcomes)
}

/// Largest violation of the optimality conditions of the elastic net on the standardised scale.
private func violation(
  _ solution: ElasticNetPath.Solution, features: Matrix, outcomes: [Double], alpha: Double
) -> Double {
  let rows = features.rows
  let eta = solution.linearPredictor(column: features.column, rows: rows)
  let error = (0..<rows).map { outcomes[$0] - logistic(eta[$0]) }
  var worst = abs(sum(error.span)) / Double(rows)
  for column in 0..<features.columns {
    let values = features.column(column)
    let center = mean(values.span)
    let scale = (sumOfSquares(values.span, around: center) / Double(rows)).squareRoot()
    guard scale > 0 else { continue }
    let gradient = zip(values, error).reduce(0) { $0 + ($1.0 - center) * $1.1 } / scale / Double(rows)
    let position = solution.columns.firstIndex(of: column)
    let beta = position.map { solution.coefficients[$0] * scale } ?? 0
    let excess =
      beta == 0
      ? max(0, abs(gradient) - alpha * solution.lambda)
      : abs(gradient - (1 - alpha) * solution.lambda * beta - alpha * solution.lambda * (beta > 0 ? 1 : -1))
    worst = max(worst, excess)
  }
  return worst
}

@Suite struct `Elastic-net path` {
  @Test(arguments: [1.0, 0.5, 0.0]) func `satisfies its optimality conditions`(alpha: Double) throws {
    let data = simulated(rows: 60, columns: 90)
    var settings = ElasticNetSettings()
    settings.alpha = alpha
    settings.tolerance = 1e-16
    settings.lambdaMinimumRatio = 0.05
    settings.lambdaCount = 20
    let path = try elasticNetPath(features: data.features, outcomes: data.outcomes, settings: settings)
    for solution in path.solutions {
      #expect(violation(solution, features: data.features, outcomes: data.outcomes, alpha: alpha) < 1e-8)
    }
    #expect(path.solutions.count == 20)
  }

  @Test func `starts with nothing selected and explains ever more`() throws {
    let data = simulated(rows: 80, columns: 30)
    let path = try elasticNetPath(features: data.features, outcomes: data.outcomes)
    #expect(path.solutions[0].columns.isEmpty)
    #expect(path.solutions[1].columns.count == 1)
    #expect(zip(path.solutions, path.solutions.dropFirst()).allSatisfy { $0.lambda > $1.lambda })
    #expect(
      zip(path.solutions, path.solutions.dropFirst()).allSatisfy {
        $0.devianceRatio <= $1.devianceRatio + 1e-7
      })
  }

  @Test func `a weight of two equals the row twice`() throws {
    let data = simulated(rows: 40, columns: 10)
    let doubled = (0..<40).flatMap { $0 % 3 == 0 ? [$0, $0] : [$0] }
    let weights = (0..<40).map { $0 % 3 == 0 ? 2.0 : 1 }
    var settings = ElasticNetSettings()
    settings.tolerance = 1e-16
    let lambdas = [0.1, 0.03]
    let weighted = try elasticNetPath(
      features: data.features, outcomes: data.outcomes, weights: weights, settings: settings, lambdas: lambdas
    )
    let repeated = try elasticNetPath(
      features: data.features.selecting(rows: doubled, columns: Array(0..<10)),
      outcomes: doubled.map { data.outcomes[$0] }, settings: settings, lambdas: lambdas)
    for (a, b) in zip(weighted.solutions, repeated.solutions) {
      #expect(a.columns == b.columns)
      #expect(zip(a.coefficients, b.coefficients).allSatisfy { abs($0 - $1) < 1e-7 })
    }
  }

  @Test func `constant columns are never selected`() throws {
    var data = simulated(rows: 50, columns: 5)
    for row in 0..<50 { data.features[row, 0] = 0.1 }
    let path = try elasticNetPath(features: data.features, outcomes: data.outcomes)
    #expect(path.solutions.allSatisfy { !$0.columns.contains(0) })
  }

  @Test func `one class is an error`() {
    #expect(throws: StatisticsError.self) {
      try elasticNetPath(features: Matrix(rows: 3, columns: 1, values: [1, 2, 3]), outcomes: [1, 1, 1])
    }
  }

  @Test func `separable data end by the deviance rule, without infinities`() throws {
    let features = Matrix(rows: 8, columns: 1, values: [1, 2, 3, 4, 5, 6, 7, 8])
    let path = try elasticNetPath(features: features, outcomes: [0, 0, 0, 0, 1, 1, 1, 1])
    let last = try #require(path.solutions.last)
    #expect(last.coefficients.allSatisfy { $0.isFinite })
    #expect(last.devianceRatio > 0.9)
  }
}

@Suite struct `Elastic-net path against glmnet` {
  private struct Cancer {
    let names: [String]
    let features: Matrix
    let outcomes: [Double]

    init() throws {
      let table = try ReferenceTable("data/wdbc.csv")
      let (names, columns) = try table.numbers(fromColumn: 2)
      self.names = names
      outcomes = try table.numbers("malignant")
      features = Matrix(columns: columns, rows: outcomes.count)
    }

    func deviation(of column: Int) -> Double {
      let moments = Moments(features.column(column))
      return (moments.sumOfSquares / Double(moments.count)).squareRoot()
    }
  }

  /// The settings of the reference run: plain descent, which visits columns in glmnet's order and stops where it does.
  private static var plain: ElasticNetSettings {
    var settings = ElasticNetSettings()
    settings.tolerance = 1e-14
    settings.minimumDevianceGain = 0
    settings.maximumDevianceRatio = 0.999999
    settings.usesDirectSteps = false
    settings.maximumPasses = 10_000_000
    return settings
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `direct steps reach the optimum of collinear columns`() throws {
    let cancer = try Cancer()
    var settings = Self.plain
    settings.usesDirectSteps = true
    settings.tolerance = 1e-20
    let path = try elasticNetPath(features: cancer.features, outcomes: cancer.outcomes, settings: settings)
    let worst = path.solutions.map {
      violation($0, features: cancer.features, outcomes: cancer.outcomes, alpha: 1)
    }.max()
    #expect(path.solutions.count == 100)
    #expect(try #require(worst) < 1e-10)
    print("LASSO path: optimality conditions hold to \(worst ?? .nan), glmnet's to 3e-8")
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `100 LASSO solutions agree`() throws {
    let cancer = try Cancer()
    let reference = try ReferenceJSON.load("wdbc_glmnet.json")
    let table = try ReferenceTable("wdbc_glmnet_path.csv")
    let path = try elasticNetPath(features: cancer.features, outcomes: cancer.outcomes, settings: Self.plain)
    try #require(path.solutions.count == reference.lambda.list.count)
    var tally = Tally("wdbc_glmnet_path.csv", "LASSO path (glmnet)")
    tally.check(path.nullDeviance, reference.nulldev.double, relative: 1e-12)
    for (index, solution) in path.solutions.enumerated() {
      tally.check(solution.lambda, reference.lambda[index].double, relative: 1e-12, "lambda")
      tally.check(solution.devianceRatio, reference.dev_ratio[index].double, absolute: 1e-6, "dev.ratio")
      let expected = try table.numbers("s\(index)")
      for (column, name) in cancer.names.enumerated() {
        let place = solution.columns.firstIndex(of: column)
        let scale = cancer.deviation(of: column)
        tally.check(
          place.map { solution.coefficients[$0] * scale } ?? 0, expected[column + 1] * scale, absolute: 1e-6,
          "\(name) at \(index)")
      }
    }
    tally.report()
  }

  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: CrossValidatedPath.Convention.allCases)
  func `both cross-validation conventions agree`(convention: CrossValidatedPath.Convention) throws {
    let cancer = try Cancer()
    let reference = try ReferenceJSON.load("wdbc_glmnet.json")
    let shared = try ReferenceJSON.load("wdbc_glmnet_cv_sharedlambda.json")
    let folds = reference.foldid.doubles.map { Int($0) - 1 }
    let path = try CrossValidatedPath(
      features: cancer.features, outcomes: cancer.outcomes, weights: cancer.outcomes.map { _ in 1 },
      folds: folds,
      settings: Self.plain, convention: convention)
    let expected = convention == .ownPath ? reference.cv : shared
    var tally = Tally(
      convention == .ownPath ? "wdbc_glmnet.json" : "wdbc_glmnet_cv_sharedlambda.json",
      "cross-validation, \(convention.rawValue) (glmnet)")
    for index in path.meanDeviance.indices {
      tally.check(
        path.meanDeviance[index], expected.cvm[index].double, relative: 1e-6, "cvm \(index)")
      tally.check(
        path.standardError[index], expected.cvsd[index].double, relative: 1e-5, "cvsd \(index)")
    }
    let smallest = try #require(path.index(by: .minimum))
    let sparse = try #require(path.index(by: .oneStandardError))
    tally.check(
      path.path.solutions[smallest].lambda, expected.lambda_min.double, relative: 1e-12, "lambda.min")
    tally.check(path.path.solutions[sparse].lambda, expected.lambda_1se.double, relative: 1e-12, "lambda.1se")
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `elastic net and ridge agree`() throws {
    let cancer = try Cancer()
    let reference = try ReferenceJSON.load("wdbc_elasticnet_ridge.json")
    var tally = Tally("wdbc_elasticnet_ridge.json", "elastic net and ridge (glmnet)")
    for (alpha, part) in [(0.5, reference.elastic_net_alpha05), (0, reference.ridge)] {
      var settings = Self.plain
      settings.alpha = alpha
      let path = try elasticNetPath(
        features: cancer.features, outcomes: cancer.outcomes, settings: settings, lambdas: part.lambda.doubles
      )
      for (index, solution) in path.solutions.enumerated() {
        for column in cancer.names.indices {
          let scale = cancer.deviation(of: column)
          let place = solution.columns.firstIndex(of: column)
          let expected = part.coef[column + 1][index].double
          tally.check(
            place.map { solution.coefficients[$0] * scale } ?? 0, expected * scale, absolute: 1e-6,
            "\(cancer.names[column]), alpha \(alpha), \(index)")
        }
      }
    }
    tally.report()
  }
}
