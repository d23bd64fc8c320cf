// Simon, Friedman, Hastie and Tibshirani (2011), J Stat Softw 39(5), "Regularization Paths for Cox's Proportional Hazards
// Model via Coordinate Descent", doi:10.18637/jss.v039.i05, with the sequential strong rules of Tibshirani et al. (2012),
// doi:10.1111/j.1467-9868.2011.01004.x. As there, the Hessian of the predictors is taken as diagonal, and ties are
// Breslow's. Loops over columns are CDescentKernels: the same bits from each instruction set.

import CDescentKernels
import ElementaryFunctions
import LinearAlgebra

/// Coordinate descent for Cox's partial likelihood along a path of λ, warm-started.
@safe struct CoxNetSolver: ~Copyable {
  private let problem: ElasticNetProblem
  private let settings: ElasticNetSettings
  private let kernels: descent_kernels
  private let risk: RiskSets
  private var coefficients: [Double]
  /// Absolute gradient at the solution before.
  private var gradient: [Double]
  /// `Σ v x²` of each column that is a candidate.
  private var curvature: [Double]
  private var isCandidate: [Bool]
  private var candidates: [Int] = []
  private var active: [Int] = []
  private var isActive: [Bool]
  private var passes = 0
  private let smallestChange: Double

  init(
    features: Matrix, survival: SurvivalTimes, weights: [Double], rows: [Int], settings: ElasticNetSettings
  ) {
    problem = ElasticNetProblem(
      features: features, outcomes: survival.events.map { $0 ? 1 : 0 }, weights: weights, rows: rows)
    let total = problem.totalWeight
    risk = RiskSets(survival.selecting(rows), weights: rows.map { weights[$0] / total })
    self.settings = settings
    kernels = unsafe descent_kernels_of(descent_best_path()).pointee
    let columns = features.columns
    coefficients = [Double](repeating: 0, count: columns)
    gradient = [Double](repeating: 0, count: columns)
    curvature = [Double](repeating: 0, count: columns)
    isCandidate = [Bool](repeating: false, count: columns)
    isActive = [Bool](repeating: false, count: columns)
    smallestChange = settings.tolerance * risk.nullDeviance
    reweight()
    _ = admitViolators(threshold: .infinity)
  }

  /// The path over the given λ (falling), or over glmnet's own sequence, which also ends early by its rules.
  mutating func path(lambdas given: [Double]? = nil) -> CoxNetPath {
    let lambdas = given ?? sequence()
    var solutions: [CoxNetPath.Solution] = []
    var previous = lambdas.first ?? 0
    for (index, lambda) in lambdas.enumerated() {
      let start = index == 0 ? max(lambda, largestLambda()) : previous
      guard solve(lambda: lambda, previous: start) else { break }
      previous = lambda
      solutions.append(solution(lambda: lambda))
      if given == nil, isExhausted(solutions) { break }
    }
    return CoxNetPath(solutions: solutions, nullDeviance: problem.totalWeight * risk.nullDeviance)
  }

  /// The smallest λ at which every coefficient is zero.
  private func largestLambda() -> Double { (gradient.max() ?? 0) / max(settings.alpha, 1e-3) }

  private func sequence() -> [Double] {
    let fewRows = problem.totalWeight < Double(problem.columns)
    let ratio = settings.lambdaMinimumRatio ?? (fewRows ? 0.01 : 1e-4)
    let factor = Elementary.pow(ratio, 1 / Double(max(1, settings.lambdaCount - 1)))
    let largest = largestLambda()
    guard largest > 0 else { return [] }
    var lambdas = [largest]
    while lambdas.count < settings.lambdaCount { lambdas.append(lambdas[lambdas.count - 1] * factor) }
    return lambdas
  }

  /// glmnet's rule for Cox: the last five solutions together gained less than a hundred times the least gain, as a share of
  /// what is explained.
  private func isExhausted(_ solutions: [CoxNetPath.Solution]) -> Bool {
    guard solutions.count >= 5 else { return false }
    let (last, before) = (solutions[solutions.count - 1], solutions[solutions.count - 5])
    return last.devianceRatio > settings.maximumDevianceRatio
      || last.devianceRatio - before.devianceRatio
        < 100 * settings.minimumDevianceGain * last.devianceRatio
  }

  // MARK: One λ

  /// - Returns: `false` when the passes allowed were used up.
  private mutating func solve(lambda: Double, previous: Double) -> Bool {
    let threshold = settings.alpha * (2 * lambda - previous)
    for column in gradient.indices where !isCandidate[column] && gradient[column] > threshold {
      admit(column)
    }
    let (l1, l2) = (settings.alpha * lambda, (1 - settings.alpha) * lambda)
    repeat {
      var hasSettled = false
      while !hasSettled {
        passes += 1
        if passes > settings.maximumPasses { return false }
        let before = coefficients
        let objective = objective(l1: l1, l2: l2)
        guard descend(l1: l1, l2: l2) else { return false }
        hasSettled = active.allSatisfy { column in
          let change = coefficients[column] - before[column]
          return curvature[column] * change * change <= smallestChange
        }
        reweight()
        shorten(since: before, objective: objective, l1: l1, l2: l2)
      }
    } while admitViolators(threshold: l1)
    return true
  }

  /// Halves the way from `before` while the objective is worse than there: the diagonal Hessian may go too far.
  private mutating func shorten(since before: [Double], objective bound: Double, l1: Double, l2: Double) {
    var halvings = 0
    while halvings < 30, !(objective(l1: l1, l2: l2) <= bound + 1e-12 * abs(bound)) {
      for column in active { coefficients[column] = 0.5 * (coefficients[column] + before[column]) }
      reweight()
      halvings += 1
    }
  }

  /// Half the deviance, and the penalty.
  private func objective(l1: Double, l2: Double) -> Double {
    active.reduce(0.5 * deviance) {
      $0 + l1 * abs(coefficients[$1]) + 0.5 * l2 * coefficients[$1] * coefficients[$1]
    }
  }

  private mutating func admit(_ column: Int) {
    isCandidate[column] = true
    candidates.insert(column, at: candidates.firstIndex { $0 > column } ?? candidates.count)
  }

  /// Weighted least squares at the current working weights.
  private mutating func descend(l1: Double, l2: Double) -> Bool {
    for column in candidates {
      curvature[column] = unsafe kernels.weighted_squares(
        problem.x + column * problem.stride, problem.working, problem.stride)
    }
    while pass(over: candidates, l1: l1, l2: l2) > smallestChange {
      repeat {
        passes += 1
        if passes > settings.maximumPasses { return false }
      } while pass(over: active, l1: l1, l2: l2) > smallestChange
    }
    return true
  }

  /// One update of each column.
  /// - Returns: the largest weighted squared change.
  private mutating func pass(over columns: [Int], l1: Double, l2: Double) -> Double {
    let largest = unsafe coefficients.withUnsafeMutableBufferPointer { beta in
      unsafe curvature.withUnsafeBufferPointer { curvature in
        unsafe columns.withUnsafeBufferPointer { columns in
          var part = unsafe descent_problem(
            stride: problem.stride, x: problem.x, weights: problem.working, residual: problem.residual,
            curvature: curvature.baseAddress, coefficients: beta.baseAddress, l1: l1, l2: l2)
          return unsafe kernels.pass(&part, columns.baseAddress, columns.count)
        }
      }
    }
    for column in columns where coefficients[column] != 0 && !isActive[column] {
      isActive[column] = true
      active.append(column)
    }
    return largest
  }

  /// Predictors, working weights and residual at the current coefficients.
  private mutating func reweight() {
    let (rows, stride) = (problem.rows, problem.stride)
    for row in 0..<rows { unsafe problem.predictor[row] = 0 }
    for column in active where coefficients[column] != 0 {
      unsafe addScaled(
        problem.x + column * stride, by: coefficients[column], to: problem.predictor, count: rows)
    }
    let eta = (0..<rows).map { unsafe problem.predictor[$0] }
    let parts = risk.derivatives(at: eta)
    deviance = risk.deviance(at: eta)
    for row in 0..<rows {
      unsafe problem.residual[row] = parts.gradient[row]
      unsafe problem.working[row] = parts.curvature[row]
    }
  }

  /// At the current coefficients, weights adding up to 1.
  private var deviance = 0.0

  /// Updates the gradient of every column that is no candidate, and makes candidates of those above the threshold.
  private mutating func admitViolators(threshold: Double) -> Bool {
    var found = false
    for column in gradient.indices where !isCandidate[column] {
      gradient[column] = unsafe abs(
        kernels.dot(problem.x + column * problem.stride, problem.residual, problem.stride))
      if gradient[column] > threshold {
        admit(column)
        found = true
      }
    }
    return found
  }

  private func solution(lambda: Double) -> CoxNetPath.Solution {
    let chosen = active.filter { coefficients[$0] != 0 }.sorted()
    return CoxNetPath.Solution(
      lambda: lambda, columns: chosen, coefficients: chosen.map { coefficients[$0] / problem.scales[$0] },
      devianceRatio: risk.nullDeviance > 0 ? 1 - deviance / risk.nullDeviance : 0)
  }
}

/// Breslow's partial likelihood of rows with weights, as a function of their linear predictors.
struct RiskSets {
  private let groups: [TimeGroups.Group]
  private let weights: [Double]
  /// Of predictors of 0.
  private(set) var nullDeviance = 0.0
  /// Log-likelihood of a model in which each time's events have all the hazard: 0 without ties and weights.
  private let saturated: Double

  init(_ survival: SurvivalTimes, weights: [Double]) {
    groups = TimeGroups(survival).groups
    self.weights = weights
    saturated = groups.reduce(0) { total, group in
      let weight = group.events.reduce(0) { $0 + weights[$1] }
      return weight > 0 ? total - weight * Elementary.log(weight) : total
    }
    nullDeviance = deviance(at: [Double](repeating: 0, count: weights.count))
  }

  /// Twice the distance from the saturated model.
  func deviance(at eta: [Double]) -> Double {
    let largest = eta.max() ?? 0
    var (atRisk, logLikelihood) = (0.0, 0.0)
    for group in groups.reversed() {
      for row in group.events + group.censored {
        atRisk += weights[row] * Elementary.exp(eta[row] - largest)
      }
      guard !group.events.isEmpty else { continue }
      let logarithm = Elementary.log(atRisk)
      for row in group.events { logLikelihood += weights[row] * (eta[row] - largest - logarithm) }
    }
    return 2 * (saturated - logLikelihood)
  }

  /// Of the log-likelihood by each predictor, and the diagonal of its negative Hessian.
  func derivatives(at eta: [Double]) -> (gradient: [Double], curvature: [Double]) {
    let largest = eta.max() ?? 0
    let risks = eta.indices.map { weights[$0] * Elementary.exp(eta[$0] - largest) }
    var totals = [Double](repeating: 0, count: groups.count)
    var atRisk = 0.0
    for (place, group) in groups.enumerated().reversed() {
      for row in group.events + group.censored { atRisk += risks[row] }
      totals[place] = atRisk
    }
    var gradient = [Double](repeating: 0, count: eta.count)
    var curvature = [Double](repeating: 0, count: eta.count)
    // Σ d/R and Σ d/R² over the times until a row's own.
    var (first, second) = (0.0, 0.0)
    for (place, group) in groups.enumerated() {
      let events = group.events.reduce(0) { $0 + weights[$1] }
      if events > 0 {
        first += events / totals[place]
        second += events / (totals[place] * totals[place])
      }
      for row in group.events + group.censored {
        let expected = risks[row] * first
        gradient[row] = -expected
        curvature[row] = max(0, expected - risks[row] * risks[row] * second)
      }
      for row in group.events { gradient[row] += weights[row] }
    }
    return (gradient, curvature)
  }
}
