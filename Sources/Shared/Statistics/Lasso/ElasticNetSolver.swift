// Friedman, Hastie and Tibshirani (2010), J Stat Softw 33(1), "Regularization Paths for Generalized Linear Models via
// Coordinate Descent", doi:10.18637/jss.v033.i01, with the sequential strong rules of Tibshirani et al. (2012), J R
// Stat Soc B 74(2), doi:10.1111/j.1467-9868.2011.01004.x.
//
// For each λ: reweight (outer loop), then descend over the columns that passed the strong rule, mostly over those
// that ever had a coefficient, until nothing moves; at the end the gradient of all columns is checked, and a column
// that the rule wrongly left out is added. Nearly all time goes into dot products of one column with the residual and
// into taking a column from it: those loops are CDescentKernels, for the vectors that the processor has, the same bits
// from each.

import CDescentKernels
import ElementaryFunctions
import LinearAlgebra

/// Coordinate descent along a path of λ, warm-started.
@safe struct ElasticNetSolver: ~Copyable {
  let problem: ElasticNetProblem
  let settings: ElasticNetSettings
  let kernels: descent_kernels
  /// Mean negative log-likelihood without columns.
  private let nullDeviance: Double
  private let smallestChange: Double
  var intercept: Double
  var coefficients: [Double]
  /// Absolute gradient at the solution before.
  private var gradient: [Double]
  /// `Σ v x²` of each column that is a candidate.
  private var curvature: [Double]
  private var isCandidate: [Bool]
  private var candidates: [Int] = []
  private var isActive: [Bool]
  var active: [Int] = []
  var workingSum = 0.0
  private var passes = 0

  /// Probabilities nearer to 0 or 1 than this are taken as 0 or 1 (glmnet's `pmin`).
  private static let probabilityMargin = 1e-9

  init(_ problem: consuming ElasticNetProblem, settings: ElasticNetSettings) {
    let q = problem.prevalence
    precondition(q > 0 && q < 1, "both outcomes present")
    intercept = Elementary.log(q / (1 - q))
    nullDeviance = -(q * Elementary.log(q) + (1 - q) * Elementary.log(1 - q))
    smallestChange = settings.tolerance * nullDeviance
    let columns = problem.columns
    coefficients = [Double](repeating: 0, count: columns)
    gradient = [Double](repeating: 0, count: columns)
    curvature = [Double](repeating: 0, count: columns)
    isCandidate = [Bool](repeating: false, count: columns)
    isActive = [Bool](repeating: false, count: columns)
    self.problem = problem
    self.settings = settings
    kernels = unsafe descent_kernels_of(descent_best_path()).pointee
    reweight()
    _ = admitViolators(threshold: .infinity)
  }

  /// The path over the given λ (falling), or over glmnet's own sequence, which also ends early by its rules.
  mutating func path(lambdas given: [Double]? = nil) -> ElasticNetPath {
    let lambdas = given ?? sequence()
    var solutions: [ElasticNetPath.Solution] = []
    var previousLambda = lambdas.first ?? 0
    for (index, lambda) in lambdas.enumerated() {
      let converged = solve(
        lambda: lambda, previous: index == 0 ? max(lambda, largestLambda()) : previousLambda)
      previousLambda = lambda
      guard converged else { break }
      solutions.append(solution(lambda: lambda))
      if given == nil, index >= 4, isExhausted(solutions) { break }
      if isSaturated { break }
    }
    return ElasticNetPath(solutions: solutions, nullDeviance: 2 * problem.totalWeight * nullDeviance)
  }

  /// The smallest λ at which every coefficient is zero.
  private func largestLambda() -> Double {
    (gradient.max() ?? 0) / max(settings.alpha, 1e-3)
  }

  private func sequence() -> [Double] {
    let fewRows = problem.totalWeight < Double(problem.columns)
    let ratio = settings.lambdaMinimumRatio ?? (fewRows ? 0.01 : 1e-4)
    let factor = Elementary.pow(ratio, 1 / Double(settings.lambdaCount - 1))
    let largest = largestLambda()
    guard largest > 0 else { return [] }
    var lambdas = [largest]
    while lambdas.count < settings.lambdaCount { lambdas.append(lambdas[lambdas.count - 1] * factor) }
    return lambdas
  }

  private func isExhausted(_ solutions: [ElasticNetPath.Solution]) -> Bool {
    let (last, before) = (solutions[solutions.count - 1], solutions[solutions.count - 2])
    return last.devianceRatio > settings.maximumDevianceRatio
      || last.devianceRatio - before.devianceRatio < settings.minimumDevianceGain
  }

  /// All fitted probabilities are numerically 0 or 1.
  private var isSaturated: Bool {
    let margin = Self.probabilityMargin
    return workingSum <= (1 + margin) * margin * (1 - margin)
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
        let before = coefficients
        let interceptBefore = intercept
        guard descend(l1: l1, l2: l2) else { return false }
        hasSettled = isUnchanged(since: before, interceptBefore)
        reweight()
        if isSaturated { break }
      }
    } while admitViolators(threshold: l1) && !isSaturated
    return true
  }

  private mutating func admit(_ column: Int) {
    isCandidate[column] = true
    candidates.insert(column, at: candidates.firstIndex { $0 > column } ?? candidates.count)
  }

  private func isUnchanged(since before: [Double], _ interceptBefore: Double) -> Bool {
    let shift = intercept - interceptBefore
    if workingSum * shift * shift > smallestChange { return false }
    return active.allSatisfy { column in
      let change = coefficients[column] - before[column]
      return curvature[column] * change * change <= smallestChange
    }
  }

  /// Weighted least squares at the current working weights.
  private mutating func descend(l1: Double, l2: Double) -> Bool {
    for column in candidates {
      curvature[column] = unsafe kernels.weighted_squares(
        problem.x + column * problem.stride, problem.working, problem.stride)
    }
    while pass(over: candidates, l1: l1, l2: l2) > smallestChange {
      var round = 0
      repeat {
        passes += 1
        round += 1
        if passes > settings.maximumPasses { return false }
        if settings.usesDirectSteps, round % max(10, active.count) == 0 { leap(l1: l1, l2: l2) }
      } while pass(over: active, l1: l1, l2: l2) > smallestChange
    }
    return true
  }

  /// One update of each column and of the intercept.
  /// - Returns: the largest weighted squared change.
  private mutating func pass(over columns: [Int], l1: Double, l2: Double) -> Double {
    let largest = update(columns, l1: l1, l2: l2)
    for column in columns where coefficients[column] != 0 && !isActive[column] {
      isActive[column] = true
      active.append(column)
    }
    let stride = problem.stride
    let shift = unsafe sum(problem.residual, count: stride) / workingSum
    guard shift != 0 else { return largest }
    intercept += shift
    unsafe addScaled(problem.working, by: -shift, to: problem.residual, count: stride)
    return max(largest, workingSum * shift * shift)
  }

  private mutating func update(_ columns: [Int], l1: Double, l2: Double) -> Double {
    unsafe coefficients.withUnsafeMutableBufferPointer { beta in
      unsafe curvature.withUnsafeBufferPointer { curvature in
        unsafe columns.withUnsafeBufferPointer { columns in
          var part = unsafe descent_problem(
            stride: problem.stride, x: problem.x, weights: problem.working, residual: problem.residual,
            curvature: curvature.baseAddress, coefficients: beta.baseAddress, l1: l1, l2: l2)
          return unsafe kernels.pass(&part, columns.baseAddress, columns.count)
        }
      }
    }
  }

  /// `residual -= change · v · x`.
  @inline(__always)
  static func subtract(
    _ change: Double, _ v: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    from residual: UnsafeMutablePointer<Double>, count: Int
  ) {
    for i in stride(from: 0, to: count, by: 8) {
      let product = unsafe lane(v + i) * lane(x + i)
      let left = unsafe lane(residual + i) - change * product
      unsafe UnsafeMutableRawPointer(residual + i).storeBytes(of: left, as: SIMD8<Double>.self)
    }
  }

  /// Working weights and residual at the current coefficients.
  private mutating func reweight() {
    let (rows, stride) = (problem.rows, problem.stride)
    for row in 0..<rows { unsafe problem.predictor[row] = intercept }
    for column in active where coefficients[column] != 0 {
      unsafe addScaled(
        problem.x + column * stride, by: coefficients[column], to: problem.predictor, count: rows)
    }
    let margin = Self.probabilityMargin
    let edge = Elementary.log(1 / margin - 1)
    for row in 0..<rows {
      let eta = unsafe problem.predictor[row]
      let q = eta < -edge ? 0 : (eta > edge ? 1 : 1 / (1 + Elementary.exp(-eta)))
      unsafe problem.working[row] = unsafe problem.weights[row] * q * (1 - q)
      unsafe problem.residual[row] = unsafe problem.weights[row] * (problem.y[row] - q)
    }
    workingSum = unsafe sum(problem.working, count: stride)
  }

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

  // MARK: Result

  private func solution(lambda: Double) -> ElasticNetPath.Solution {
    let chosen = active.filter { coefficients[$0] != 0 }.sorted()
    let scaled = chosen.map { coefficients[$0] / problem.scales[$0] }
    let offset = zip(chosen, scaled).reduce(0) { $0 + $1.1 * problem.means[$1.0] }
    return ElasticNetPath.Solution(
      lambda: lambda, intercept: intercept - offset, columns: chosen, coefficients: scaled,
      devianceRatio: 1 - deviance() / nullDeviance)
  }

  /// Mean negative log-likelihood, probabilities kept within the margin.
  private func deviance() -> Double {
    let margin = Self.probabilityMargin
    var total = 0.0
    for row in 0..<problem.rows {
      let eta = unsafe problem.predictor[row]
      let q = min(1 - margin, max(margin, 1 / (1 + Elementary.exp(-eta))))
      let isPositive = unsafe problem.y[row] == 1
      unsafe total -= problem.weights[row] * Elementary.log(isPositive ? q : 1 - q)
    }
    return total
  }
}
