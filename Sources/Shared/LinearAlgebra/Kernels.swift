// Sums in one fixed order on every processor: lane i of eight takes the elements i, i + 8, …; then halves are
// folded onto each other, and the up to seven elements left over are added last, one by one. Written with SIMD8, so
// that the compiler uses whatever vectors there are; no fused multiply-add, no reassociation, hence the same bits.

/// `Σ aᵢ bᵢ` in the fixed order. The two spans must be equally long.
@inlinable
public func dot(_ a: Span<Double>, _ b: Span<Double>) -> Double {
  precondition(a.count == b.count, "one factor for each factor")
  return unsafe a.withUnsafeBufferPointer { left in
    unsafe b.withUnsafeBufferPointer { right in
      guard let x = left.baseAddress, let y = right.baseAddress else { return 0 }
      return unsafe dot(x, y, count: left.count)
    }
  }
}

/// `Σ aᵢ bᵢ` of two arrays in the fixed order.
@inlinable
public func dot(_ a: [Double], _ b: [Double]) -> Double {
  dot(a.span, b.span)
}

/// `Σ aᵢ` in the fixed order.
@inlinable
public func sum(_ a: Span<Double>) -> Double {
  unsafe a.withUnsafeBufferPointer { values in
    guard let x = values.baseAddress else { return 0 }
    return unsafe sum(x, count: values.count)
  }
}

/// Mean in the fixed order; NaN when there is no element.
@inlinable
public func mean(_ a: Span<Double>) -> Double {
  sum(a) / Double(a.count)
}

/// Sum of the squared distances from `center`, in the fixed order.
@inlinable
public func sumOfSquares(_ a: Span<Double>, around center: Double) -> Double {
  unsafe a.withUnsafeBufferPointer { values in
    guard let x = values.baseAddress else { return 0 }
    var lanes = SIMD8<Double>.zero
    let whole = values.count & ~7
    for i in stride(from: 0, to: whole, by: 8) {
      let distance = unsafe lane(x + i) - center
      lanes += distance * distance
    }
    var total = folded(lanes)
    for i in whole..<values.count { unsafe total += (x[i] - center) * (x[i] - center) }
    return total
  }
}

/// `Σ xᵢ yᵢ` in the fixed order.
@inlinable @inline(__always)
package func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int) -> Double {
  var lanes = SIMD8<Double>.zero
  let whole = count & ~7
  for i in stride(from: 0, to: whole, by: 8) {
    unsafe lanes += lane(x + i) * lane(y + i)
  }
  var total = folded(lanes)
  for i in whole..<count { unsafe total += x[i] * y[i] }
  return total
}

/// `Σ wᵢ xᵢ²` in the fixed order.
@inlinable @inline(__always)
package func weightedSquares(
  _ x: UnsafePointer<Double>, weights: UnsafePointer<Double>, count: Int
) -> Double {
  var lanes = SIMD8<Double>.zero
  let whole = count & ~7
  for i in stride(from: 0, to: whole, by: 8) {
    let values = unsafe lane(x + i)
    unsafe lanes += lane(weights + i) * values * values
  }
  var total = folded(lanes)
  for i in whole..<count { unsafe total += weights[i] * x[i] * x[i] }
  return total
}

/// `Σ xᵢ` in the fixed order.
@inlinable @inline(__always)
package func sum(_ x: UnsafePointer<Double>, count: Int) -> Double {
  var lanes = SIMD8<Double>.zero
  let whole = count & ~7
  for i in stride(from: 0, to: whole, by: 8) { unsafe lanes += lane(x + i) }
  var total = folded(lanes)
  for i in whole..<count { unsafe total += x[i] }
  return total
}

/// `y += factor · x`.
@inlinable @inline(__always)
package func addScaled(
  _ x: UnsafePointer<Double>, by factor: Double, to y: UnsafeMutablePointer<Double>, count: Int
) {
  for i in 0..<count { unsafe y[i] += factor * x[i] }
}

/// Eight doubles from memory of any alignment.
@inlinable @inline(__always)
package func lane(_ x: UnsafePointer<Double>) -> SIMD8<Double> {
  unsafe UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Double>.self)
}

/// Sum of the lanes: halves are added until two are left.
@inlinable @inline(__always)
package func folded(_ lanes: SIMD8<Double>) -> Double {
  let four = lanes.lowHalf + lanes.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}
