/// One double, or several at once: what sums of two parts are made of.
public protocol DoubleLanes {
  /// The same number in each.
  init(repeating value: Double)
  static func + (left: Self, right: Self) -> Self
  static func - (left: Self, right: Self) -> Self
  static func * (left: Self, right: Self) -> Self
  static func / (left: Self, right: Self) -> Self
  static prefix func - (number: Self) -> Self
}

extension Double: DoubleLanes {
  /// The number itself.
  @inlinable @inline(__always) public init(repeating value: Double) { self = value }
}

extension SIMD4: DoubleLanes where Scalar == Double {}

/// An unevaluated sum of two doubles, `|tail| ≤ ulp(head)` after normalisation: about 106 bits.
public typealias DoubleDouble = SumOfTwo<Double>

/// An unevaluated sum of two doubles in each lane, `|tail| ≤ ulp(head)` after normalisation: about 106 bits.
@frozen public struct SumOfTwo<Number: DoubleLanes> {
  /// The sum rounded, once normalised.
  public var head: Number
  /// What rounding left over.
  public var tail: Number

  /// The sum of two parts as they are.
  @inlinable @inline(__always)
  public init(head: Number, tail: Number) {
    self.head = head
    self.tail = tail
  }

  /// The same sum in each lane.
  @inlinable @inline(__always)
  public init(repeating sum: DoubleDouble) {
    self.init(head: Number(repeating: sum.head), tail: Number(repeating: sum.tail))
  }

  /// Exact sum (Knuth 1969, TwoSum), without an assumption on the order of magnitude.
  @inlinable @inline(__always)
  public init(sumOf a: Number, _ b: Number) {
    head = a + b
    let second = head - a
    tail = (a - (head - second)) + (b - second)
  }

  /// Exact sum where `|a| ≥ |b|` or `a = 0` (Dekker 1971, Fast2Sum).
  @inlinable @inline(__always)
  public init(larger a: Number, smaller b: Number) {
    head = a + b
    tail = b - (head - a)
  }

  /// Exact product (Dekker 1971, with Veltkamp's splitting); factors below 2⁹⁹⁰.
  @inlinable @inline(__always)
  public init(productOf a: Number, _ b: Number) {
    let (upperA, lowerA) = SumOfTwo.halves(of: a)
    let (upperB, lowerB) = SumOfTwo.halves(of: b)
    head = a * b
    tail = ((upperA * upperB - head) + upperA * lowerB + lowerA * upperB) + lowerA * lowerB
  }

  /// Upper 26 bits and the rest, both with products that fit a double.
  @inlinable @inline(__always)
  static func halves(of a: Number) -> (Number, Number) {
    let scaled = Number(repeating: 0x1p27) * a + a
    let upper = scaled - (scaled - a)
    return (upper, a - upper)
  }

  /// Product with another sum, error about 2⁻¹⁰² of the result.
  @inlinable @inline(__always)
  public func multiplied(by other: SumOfTwo) -> SumOfTwo {
    let product = SumOfTwo(productOf: head, other.head)
    return SumOfTwo(
      larger: product.head, smaller: product.tail + (head * other.tail + tail * other.head))
  }

  /// Quotient by another sum, error about 2⁻¹⁰² of the result; divisors below 2⁹⁹⁰.
  @inlinable @inline(__always)
  public func divided(by other: SumOfTwo) -> SumOfTwo {
    let quotient = head / other.head
    let product = SumOfTwo(productOf: quotient, other.head)
    let rest = (head - product.head) - product.tail + (tail - quotient * other.tail)
    return SumOfTwo(larger: quotient, smaller: rest / other.head)
  }

  /// Sum with another, error about 2⁻¹⁰⁴ of the larger of the two.
  @inlinable @inline(__always)
  public static func + (left: SumOfTwo, right: SumOfTwo) -> SumOfTwo {
    let heads = SumOfTwo(sumOf: left.head, right.head)
    return SumOfTwo(larger: heads.head, smaller: heads.tail + (left.tail + right.tail))
  }

  /// The sum with the other sign.
  @inlinable @inline(__always)
  public static prefix func - (sum: SumOfTwo) -> SumOfTwo {
    SumOfTwo(head: -sum.head, tail: -sum.tail)
  }

  /// This sum and `larger` as one double, where `|larger| ≥ |head|`.
  @inlinable @inline(__always)
  public func added(toLarger larger: Number) -> Number {
    let total = SumOfTwo(larger: larger, smaller: head)
    return total.head + (total.tail + tail)
  }

  /// The sum as one double.
  @inlinable @inline(__always) public var rounded: Number { head + tail }

  /// The same sum with the rest below half an ulp of the head, where `|head| ≥ |tail|` or `head = 0`.
  @inlinable @inline(__always) public var normalised: SumOfTwo { SumOfTwo(larger: head, smaller: tail) }
}
