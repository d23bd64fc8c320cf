import ElementaryFunctions

/// Discrete Fourier transforms of one length, whichever: a power of two directly, another as a convolution of a power of two
/// (Bluestein, IEEE Trans Audio Electroacoust 1970).
struct LineTransform {
  let count: Int
  private let direct: FourierTransform?
  /// `exp(-πi n² / count)`, and the spectrum of its conjugate.
  private var chirp = ComplexNumbers([])
  private var response = ComplexNumbers([])

  init(count: Int) {
    precondition(count > 0, "a length")
    self.count = count
    guard count > 1 else {
      direct = nil
      return
    }
    guard count & (count - 1) != 0 else {
      direct = FourierTransform(count: count)
      return
    }
    let length = Self.powerOfTwo(from: 2 * count - 1)
    let transform = FourierTransform(count: length)
    direct = transform
    let angles = (0..<count).map { -Double.pi * Double($0 * $0 % (2 * count)) / Double(count) }
    chirp = ComplexNumbers(real: angles.map(Elementary.cos), imaginary: angles.map(Elementary.sin))
    var kernel = ComplexNumbers([Double](repeating: 0, count: length))
    for n in 0..<count {
      for place in [n, (length - n) % length] {
        (kernel.real[place], kernel.imaginary[place]) = (chirp.real[n], -chirp.imaginary[n])
      }
    }
    response = transform.forward(kernel)
  }

  /// The smallest power of two that is not below a number.
  static func powerOfTwo(from number: Int) -> Int {
    var power = 1
    while power < number { power *= 2 }
    return power
  }

  /// `Σₙ xₙ exp(-2πi nk / count)`.
  func forward(_ x: ComplexNumbers) -> ComplexNumbers {
    guard let direct else { return x }
    if direct.count == count { return direct.forward(x) }
    var padded = ComplexNumbers([Double](repeating: 0, count: direct.count))
    for n in 0..<count {
      padded.real[n] = x.real[n] * chirp.real[n] - x.imaginary[n] * chirp.imaginary[n]
      padded.imaginary[n] = x.real[n] * chirp.imaginary[n] + x.imaginary[n] * chirp.real[n]
    }
    let convolved = direct.backward(direct.forward(padded).multiplied(by: response))
    let scale = 1 / Double(direct.count)
    var y = x
    for n in 0..<count {
      let (real, imaginary) = (convolved.real[n] * scale, convolved.imaginary[n] * scale)
      y.real[n] = real * chirp.real[n] - imaginary * chirp.imaginary[n]
      y.imaginary[n] = real * chirp.imaginary[n] + imaginary * chirp.real[n]
    }
    return y
  }

  /// `Σₖ xₖ exp(+2πi nk / count)`.
  func backward(_ x: ComplexNumbers) -> ComplexNumbers {
    let conjugate = forward(ComplexNumbers(real: x.real, imaginary: x.imaginary.map { -$0 }))
    return ComplexNumbers(real: conjugate.real, imaginary: conjugate.imaginary.map { -$0 })
  }
}

extension ComplexNumbers {
  /// Each times another.
  func multiplied(by factors: ComplexNumbers) -> ComplexNumbers {
    var product = self
    for n in real.indices {
      product.real[n] = real[n] * factors.real[n] - imaginary[n] * factors.imaginary[n]
      product.imaginary[n] = real[n] * factors.imaginary[n] + imaginary[n] * factors.real[n]
    }
    return product
  }
}
