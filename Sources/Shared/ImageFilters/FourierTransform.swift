import ElementaryFunctions

/// Discrete Fourier transforms of one length, a power of two, without scaling (Cooley and Tukey, Math Comput 1965).
///
/// Its sines come from `ElementaryFunctions`, and nothing of it is chosen at run time: the same bits on every machine.
struct FourierTransform {
  let count: Int
  /// `exp(-2πi k / count)` for the first half of the circle.
  private let cosines: [Double]
  private let sines: [Double]

  init(count: Int) {
    precondition(count > 1 && count & (count - 1) == 0, "a power of two")
    self.count = count
    let angles = (0..<count / 2).map { -2 * Double.pi * Double($0) / Double(count) }
    cosines = angles.map(Elementary.cos)
    sines = angles.map(Elementary.sin)
  }

  /// `Σₙ xₙ exp(-2πi nk / count)`.
  func forward(_ x: ComplexNumbers) -> ComplexNumbers {
    var y = x
    reverseBits(of: &y)
    var half = 1
    while half < count {
      let step = count / (2 * half)
      for block in stride(from: 0, to: count, by: 2 * half) {
        for k in 0..<half {
          let (upper, lower) = (block + k, block + k + half)
          let (c, s) = (cosines[k * step], sines[k * step])
          let real = y.real[lower] * c - y.imaginary[lower] * s
          let imaginary = y.real[lower] * s + y.imaginary[lower] * c
          (y.real[lower], y.imaginary[lower]) = (y.real[upper] - real, y.imaginary[upper] - imaginary)
          (y.real[upper], y.imaginary[upper]) = (y.real[upper] + real, y.imaginary[upper] + imaginary)
        }
      }
      half *= 2
    }
    return y
  }

  /// `Σₖ xₖ exp(+2πi nk / count)`.
  func backward(_ x: ComplexNumbers) -> ComplexNumbers {
    let conjugate = forward(ComplexNumbers(real: x.real, imaginary: x.imaginary.map { -$0 }))
    return ComplexNumbers(real: conjugate.real, imaginary: conjugate.imaginary.map { -$0 })
  }

  private func reverseBits(of x: inout ComplexNumbers) {
    var reversed = 0
    for n in 1..<count {
      var bit = count / 2
      while reversed & bit != 0 {
        reversed ^= bit
        bit /= 2
      }
      reversed |= bit
      guard n < reversed else { continue }
      x.real.swapAt(n, reversed)
      x.imaginary.swapAt(n, reversed)
    }
  }
}

/// Complex numbers by their parts.
struct ComplexNumbers {
  var real: [Double]
  var imaginary: [Double]

  init(real: [Double], imaginary: [Double]) { (self.real, self.imaginary) = (real, imaginary) }

  init(_ real: [Double]) { self.init(real: real, imaginary: [Double](repeating: 0, count: real.count)) }

  /// Each times a real number.
  func scaled(by factors: [Double]) -> ComplexNumbers {
    ComplexNumbers(
      real: zip(real, factors).map { $0 * $1 }, imaginary: zip(imaginary, factors).map { $0 * $1 })
  }
}
