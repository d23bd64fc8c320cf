/// Elementary functions whose bits do not depend on the processor or the C library.
///
/// glibc chooses another `exp`, `log` or `pow` where FMA or AVX2 is absent, and their last bits differ. These are
/// written in plain IEEE 754 double operations, which every processor rounds alike and Swift never contracts.
/// Errors are below 1 ulp everywhere and close to half an ulp for most (see the tests). NaN, infinities, zeros and
/// subnormal numbers are treated as IEEE 754-2019 section 9.2 recommends.
public enum Elementary {}

/// An unevaluated sum of two doubles, `|tail| ≤ ulp(head)` after normalisation: about 106 bits.
struct DoubleDouble {
  var head: Double
  var tail: Double

  @inline(__always)
  init(head: Double, tail: Double) {
    self.head = head
    self.tail = tail
  }

  /// Exact sum (Knuth 1969, TwoSum), without an assumption on the order of magnitude.
  @inline(__always)
  init(sumOf a: Double, _ b: Double) {
    head = a + b
    let second = head - a
    tail = (a - (head - second)) + (b - second)
  }

  /// Exact sum where `|a| ≥ |b|` or `a = 0` (Dekker 1971, Fast2Sum).
  @inline(__always)
  init(larger a: Double, smaller b: Double) {
    head = a + b
    tail = b - (head - a)
  }

  /// Exact product (Dekker 1971, with Veltkamp's splitting); factors below 2⁹⁹⁰.
  @inline(__always)
  init(productOf a: Double, _ b: Double) {
    let (upperA, lowerA) = DoubleDouble.halves(of: a)
    let (upperB, lowerB) = DoubleDouble.halves(of: b)
    head = a * b
    tail = ((upperA * upperB - head) + upperA * lowerB + lowerA * upperB) + lowerA * lowerB
  }

  /// Upper 26 bits and the rest, both with products that fit a double.
  @inline(__always)
  private static func halves(of a: Double) -> (Double, Double) {
    let scaled = 0x1p27 * a + a
    let upper = scaled - (scaled - a)
    return (upper, a - upper)
  }

  /// Product with another sum, error about 2⁻¹⁰² of the result.
  @inline(__always)
  func multiplied(by other: DoubleDouble) -> DoubleDouble {
    let product = DoubleDouble(productOf: head, other.head)
    return DoubleDouble(
      larger: product.head, smaller: product.tail + (head * other.tail + tail * other.head))
  }

  /// Quotient by another sum, error about 2⁻¹⁰² of the result; divisors below 2⁹⁹⁰.
  @inline(__always)
  func divided(by other: DoubleDouble) -> DoubleDouble {
    let quotient = head / other.head
    let product = DoubleDouble(productOf: quotient, other.head)
    let rest = (head - product.head) - product.tail + (tail - quotient * other.tail)
    return DoubleDouble(larger: quotient, smaller: rest / other.head)
  }

  /// Sum with another, error about 2⁻¹⁰⁴ of the larger of the two.
  @inline(__always)
  static func + (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble {
    let heads = DoubleDouble(sumOf: left.head, right.head)
    return DoubleDouble(larger: heads.head, smaller: heads.tail + (left.tail + right.tail))
  }

  @inline(__always)
  static prefix func - (sum: DoubleDouble) -> DoubleDouble {
    DoubleDouble(head: -sum.head, tail: -sum.tail)
  }

  /// This sum and `larger` as one double, where `|larger| ≥ |head|`.
  @inline(__always)
  func added(toLarger larger: Double) -> Double {
    let total = DoubleDouble(larger: larger, smaller: head)
    return total.head + (total.tail + tail)
  }

  @inline(__always) var rounded: Double { head + tail }
}
