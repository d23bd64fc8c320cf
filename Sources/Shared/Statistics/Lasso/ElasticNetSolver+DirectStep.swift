import CDescentKernels
import LinearAlgebra

// An active-set step as in Osborne, Presnell and Turlach (2000), doi:10.1093/imanum/20.3.389, section 3: solve with the
// signs fixed, and stop where the first of them would change.

extension ElasticNetSolver {
  /// Goes to the minimum over the coefficients that are not zero, as long as their signs hold, by one direct solution:
  /// descent alone needs thousands of passes where columns are nearly collinear. Does nothing where they are exactly
  /// so.
  mutating func leap(l1: Double, l2: Double) {
    let chosen = active.filter { coefficients[$0] != 0 }
    let size = chosen.count
    guard size > 0, let factor = Cholesky(hessian(of: chosen, l2: l2), tolerance: 1e-13) else { return }
    let stride = problem.stride
    var slope = chosen.map { column in
      let old = coefficients[column]
      let gradient = unsafe kernels.dot(problem.x + column * stride, problem.residual, stride)
      return gradient - l2 * old - (old > 0 ? l1 : -l1)
    }
    slope.append(unsafe sum(problem.residual, count: stride))
    let step = factor.solve(slope)
    guard step.allSatisfy({ $0.isFinite }) else { return }
    // The first coefficient to reach zero ends the leap.
    var share = 1.0
    for (place, column) in chosen.enumerated()
    where coefficients[column] * (coefficients[column] + step[place]) < 0 {
      share = min(share, -coefficients[column] / step[place])
    }
    for (place, column) in chosen.enumerated() {
      let old = coefficients[column]
      var new = old + share * step[place]
      if new * old < 0 { new = 0 }
      coefficients[column] = new
      unsafe Self.subtract(
        new - old, problem.working, problem.x + column * stride, from: problem.residual, count: stride)
    }
    intercept += share * step[size]
    unsafe addScaled(problem.working, by: -share * step[size], to: problem.residual, count: stride)
  }

  /// `Xᵀ V X + λ₂ I` of some columns, bordered by the intercept's.
  private func hessian(of chosen: [Int], l2: Double) -> Matrix {
    let (rows, stride, size) = (problem.rows, problem.stride, chosen.count)
    var hessian = Matrix(rows: size + 1, columns: size + 1)
    var scaled = [Double](repeating: 0, count: stride)
    for (place, column) in chosen.enumerated() {
      let x = unsafe problem.x + column * stride
      for row in 0..<rows { unsafe scaled[row] = problem.working[row] * x[row] }
      unsafe scaled.withUnsafeBufferPointer { weighted in
        guard let base = weighted.baseAddress else { return }
        for other in place..<size {
          let value = unsafe kernels.dot(base, problem.x + chosen[other] * stride, stride)
          (hessian[place, other], hessian[other, place]) = (value, value)
        }
      }
      hessian[place, place] += l2
      let border = LinearAlgebra.sum(scaled.span)
      (hessian[place, size], hessian[size, place]) = (border, border)
    }
    hessian[size, size] = workingSum
    return hessian
  }
}
