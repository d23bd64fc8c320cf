/// A complex number; arithmetic as in C without `-ffast-math`.
struct Complex {
  var real: Double
  var imaginary: Double

  static func + (a: Complex, b: Complex) -> Complex {
    Complex(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
  }

  static func * (a: Complex, b: Complex) -> Complex {
    Complex(
      real: a.real * b.real - a.imaginary * b.imaginary,
      imaginary: a.real * b.imaginary + a.imaginary * b.real)
  }

  /// Real part of the square root with positive real part.
  var realPartOfSquareRoot: Double {
    let magnitude = (real * real + imaginary * imaginary).squareRoot()
    if magnitude == 0 { return 0 }
    if real >= 0 { return ((magnitude + real) / 2).squareRoot() }
    return abs(imaginary) / (2 * ((magnitude - real) / 2).squareRoot())
  }
}

/// Spherical harmonics at points of a sphere, in the form PyRadiomics uses them.
///
/// It hands SciPy's `sph_harm` the polar angle where that takes the azimuth, and the other way round; so does
/// this: `Y = N e^{i m θ} P(cos φ)` with `θ` from the z axis and `φ` around it.
struct SphericalHarmonics {
  /// One row a point: degree 0, then degree 1 with orders -1, 0, 1, and so on.
  let values: [Complex]
  private let points: Int
  private let columns: Int

  init(levels: Int, points: [SIMD3<Double>], radius: Double) {
    self.points = points.count
    columns = levels * levels
    values = points.flatMap { point in
      let cosine = point.z / radius
      let azimuthal = Complex(real: cosine, imaginary: max(0, 1 - cosine * cosine).squareRoot())
      let planar = (point.x * point.x + point.y * point.y).squareRoot()
      let argument = planar == 0 ? 1 : point.x / planar
      return (0..<levels).flatMap { degree in
        (-degree...degree).map { order in Self.value(degree, order, azimuthal, argument) }
      }
    }
  }

  /// Real part of `√Σᵥ (Σₘ cₘ Yₘᵥ)²` with `cₘ = Σᵥ Yₘᵥ` over the points where `isOne`.
  func norm(degree: Int, isOne: (Int) -> Bool) -> Double {
    let first = degree * degree
    let zero = Complex(real: 0, imaginary: 0)
    return unsafe withUnsafeTemporaryAllocation(of: Complex.self, capacity: 2 * degree + 1) { coefficients in
      unsafe coefficients.initialize(repeating: zero)
      for point in 0..<points where isOne(point) {
        for order in 0...2 * degree {
          unsafe coefficients[order] = coefficients[order] + values[point * columns + first + order]
        }
      }
      var sum = zero
      for point in 0..<points {
        var value = zero
        for order in 0...2 * degree {
          value = unsafe value + coefficients[order] * values[point * columns + first + order]
        }
        sum = sum + value * value
      }
      return sum.realPartOfSquareRoot
    }
  }

  private static func value(_ degree: Int, _ order: Int, _ azimuthal: Complex, _ x: Double) -> Complex {
    let size = abs(order)
    // (n - |m|)! / (n + |m|)!
    let ratio = (degree - size + 1..<degree + size + 1).reduce(1.0) { $0 / Double($1) }
    let norm = (Double(2 * degree + 1) / (4 * .pi) * ratio).squareRoot()
    let sign = order < 0 && !size.isMultiple(of: 2) ? -1.0 : 1.0
    var wave = Complex(real: 1, imaginary: 0)
    for _ in 0..<size { wave = wave * azimuthal }
    if order < 0 { wave.imaginary = -wave.imaginary }
    let factor = sign * norm * legendre(degree, size, x)
    return Complex(real: factor * wave.real, imaginary: factor * wave.imaginary)
  }

  /// Associated Legendre function with the Condon-Shortley phase (DLMF 14.10.3).
  private static func legendre(_ degree: Int, _ order: Int, _ x: Double) -> Double {
    let sine = max(0, 1 - x * x).squareRoot()
    var current = (0..<order).reduce(1.0) { value, k in value * -Double(2 * k + 1) * sine }
    var previous = 0.0
    for n in order..<degree {
      let next = (Double(2 * n + 1) * x * current - Double(n + order) * previous) / Double(n - order + 1)
      (previous, current) = (current, next)
    }
    return current
  }
}
