import ElementaryFunctions
import LinearAlgebra

/// Newton's iterations for one logistic regression, on columns centred and scaled to unit variance, so that the normal
/// equations stay well conditioned whatever the units of the columns.
///
/// The same steps as the iteratively reweighted least squares of R's `glm` (McCullagh and Nelder 1989, Generalized
/// Linear Models, 2.5), halved where they go too far, as in R's logistf for Firth's fit.
struct LogisticNewton {
  private let design: Matrix  // a column of ones, then the scaled columns
  private let centers: [Double]
  private let scales: [Double]
  private let outcomes: [Double]
  private let weights: [Double]
  private let offset: [Double]
  private let penalty: LogisticRegression.Penalty
  /// Quadratic penalty of each scaled coefficient, the intercept's first.
  private let quadratic: [Double]
  private var beta: [Double]
  private var eta: [Double]
  private(set) var iterations = 0
  private(set) var separation: LogisticRegression.Separation?

  init(
    features: Matrix, outcomes: [Double], weights: [Double], offset: [Double]?,
    penalty: LogisticRegression.Penalty
  ) {
    let total = sum(weights.span)
    var (columns, centers, scales) = ([[Double]](), [Double](), [Double]())
    columns.append([Double](repeating: 1, count: features.rows))
    for column in 0..<features.columns {
      let values = features.column(column)
      let center = dot(weights, values) / total
      let distances = values.map { $0 - center }
      let scale = (dot(weights, distances.map { $0 * $0 }) / total).squareRoot()
      centers.append(center)
      scales.append(scale > 0 ? scale : 1)
      columns.append(distances.map { $0 / (scale > 0 ? scale : 1) })
    }
    design = Matrix(columns: columns, rows: features.rows)
    (self.centers, self.scales) = (centers, scales)
    (self.outcomes, self.weights, self.penalty) = (outcomes, weights, penalty)
    self.offset = offset ?? [Double](repeating: 0, count: features.rows)
    if case .ridge(let strength) = penalty {
      quadratic = [0] + scales.map { strength / ($0 * $0) }
    } else {
      quadratic = [Double](repeating: 0, count: features.columns + 1)
    }
    beta = [Double](repeating: 0, count: features.columns + 1)
    eta = self.offset
  }

  /// Intercept and coefficients on the scale of the columns given.
  var solution: (Double, [Double]) {
    let coefficients = zip(beta.dropFirst(), scales).map { $0 / $1 }
    return (zip(coefficients, centers).reduce(beta[0]) { $0 - $1.0 * $1.1 }, coefficients)
  }

  /// Twice the negative log-likelihood at the current coefficients.
  var deviance: Double { deviance(at: eta) }

  mutating func run() throws(StatisticsError) {
    var objective = try objective(of: beta, eta: eta)
    var lastChange = Double.infinity
    for iteration in 1...100 {
      iterations = iteration
      let before = (deviance: deviance, eta: eta)
      var step = try direction()
      var (next, nextEta) = moved(by: step)
      var value = try self.objective(of: next, eta: nextEta)
      while !(value <= objective + 1e-12 * abs(objective)), step.contains(where: { abs($0) > 1e-14 }) {
        step = step.map { 0.5 * $0 }
        (next, nextEta) = moved(by: step)
        value = try self.objective(of: next, eta: nextEta)
      }
      (beta, eta, objective) = (next, nextEta, value)
      let change = zip(eta, before.eta).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if change < 1e-11 * max(1, eta.reduce(0) { max($0, abs($1)) }) { return }
      let isStillMoving = change > 1e-3 && change > 0.5 * lastChange
      if penalty == .none, isStillMoving, isSeparated(deviance: before.deviance) { return }
      lastChange = change
    }
  }

  /// Whether the deviance has settled (R's criterion). Where linear predictors still move as fast as before, while at a
  /// finite maximum Newton's steps would shrink quadratically, the maximum lies at infinity.
  private mutating func isSeparated(deviance before: Double) -> Bool {
    let now = deviance
    guard abs(now - before) < 1e-8 * (now + 0.1) else { return false }
    let isDivided = zip(eta, outcomes).allSatisfy { $0.1 == 1 ? $0.0 > 0 : $0.0 < 0 }
    separation = isDivided && now < 1e-3 ? .complete : .quasiComplete
    return true
  }

  private func moved(by step: [Double]) -> ([Double], [Double]) {
    let next = zip(beta, step).map { $0 + $1 }
    return (next, zip(design.times(next), offset).map { $0 + $1 })
  }

  /// Newton's step from the current coefficients.
  private func direction() throws(StatisticsError) -> [Double] {
    let probabilities = eta.map(logistic)
    let factor = try information(probabilities, adding: quadratic)
    var errors = outcomes.indices.map { weights[$0] * (outcomes[$0] - probabilities[$0]) }
    if penalty == .firth {
      for row in errors.indices {
        let leverage = leverage(row: row, probability: probabilities[row], factor: factor)
        errors[row] += leverage * (0.5 - probabilities[row])
      }
    }
    let slope = beta.indices.map { dot(design.column($0), errors) - quadratic[$0] * beta[$0] }
    return factor.solve(slope)
  }

  /// Diagonal element of the hat matrix, `w π (1 - π) xᵀ I⁻¹ x`.
  private func leverage(row: Int, probability: Double, factor: Cholesky) -> Double {
    let x = beta.indices.map { design[row, $0] }
    return weights[row] * probability * (1 - probability) * dot(x, factor.solve(x))
  }

  private func information(_ probabilities: [Double], adding diagonal: [Double]) throws(StatisticsError)
    -> Cholesky
  {
    let working = probabilities.indices.map { weights[$0] * probabilities[$0] * (1 - probabilities[$0]) }
    let size = beta.count
    var matrix = Matrix(rows: size, columns: size)
    for i in 0..<size {
      let scaled = zip(design.column(i), working).map { $0 * $1 }
      for j in i..<size {
        let value = dot(scaled, design.column(j)) + (i == j ? diagonal[i] : 0)
        (matrix[i, j], matrix[j, i]) = (value, value)
      }
    }
    guard let factor = Cholesky(matrix, tolerance: 1e-13) else {
      throw StatisticsError(
        .collinear,
        "logistic regression: the \(size - 1) columns are collinear over \(outcomes.count) rows, so that no single "
          + "solution exists; select fewer features or choose the ridge penalty")
    }
    return factor
  }

  private func deviance(at eta: [Double]) -> Double {
    var total = 0.0
    for row in outcomes.indices {
      total += 2 * weights[row] * logOfOnePlusExp(outcomes[row] == 1 ? -eta[row] : eta[row])
    }
    return total
  }

  /// What is minimised, doubled.
  private func objective(of beta: [Double], eta: [Double]) throws(StatisticsError) -> Double {
    var value = deviance(at: eta)
    for index in beta.indices { value += quadratic[index] * beta[index] * beta[index] }
    if penalty == .firth {
      let root = try information(eta.map(logistic), adding: quadratic).squareRootOfDeterminant
      value -= 2 * Elementary.log(root)
    }
    return value
  }

  /// Inverse information on the scale of the columns given.
  func covariance() throws(StatisticsError) -> Matrix {
    let scaled = try information(eta.map(logistic), adding: quadratic).inverse
    let size = beta.count
    // Row i of the transformation takes scaled coefficients to original ones.
    var transformation = Matrix(rows: size, columns: size)
    transformation[0, 0] = 1
    for j in 1..<max(1, size) {
      transformation[j, j] = 1 / scales[j - 1]
      transformation[0, j] = -centers[j - 1] / scales[j - 1]
    }
    var result = Matrix(rows: size, columns: size)
    let half = (0..<size).map { j in transformation.times(scaled.column(j)) }
    for i in 0..<size {
      let row = (0..<size).map { half[$0][i] }
      for j in 0..<size {
        result[i, j] = (0..<size).reduce(0) { $0 + row[$1] * transformation[j, $1] }
      }
    }
    return result
  }
}
