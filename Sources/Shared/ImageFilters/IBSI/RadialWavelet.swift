import ElementaryFunctions

/// Wavelets that depend on the magnitude of a frequency alone (IBSI reference manual, part 2, section 4.6).
public enum RadialWavelet: String, Codable, CaseIterable, Sendable {
  /// A cosine of the logarithm of the frequency, over two octaves (Simoncelli and Freeman 1995; filter PRT7).
  case simoncelli
  /// One octave, cut off sharply (Shannon; Unser and Chenouard 2013).
  case shannon

  /// The factor of a frequency, of which 1 is Nyquist's, at the first level.
  func factor(_ frequency: Double) -> Double {
    switch self {
    case .simoncelli:
      guard frequency > 0.25, frequency <= 1 else { return 0 }
      return Elementary.cos(Double.pi / 2 * Elementary.log2(2 * frequency))
    case .shannon: return frequency > 0.5 && frequency <= 1 ? 1 : 0
    }
  }
}

/// A level of such a wavelet: `ψ̂(2ʲ⁻¹ |ν|)`.
struct RadialBand: SpectralFilter {
  let wavelet: RadialWavelet
  let level: Int
  var riesz: RieszTransform?

  /// Levels reach twice as far each.
  func margin(along axis: Int) -> Int { 16 << (level - 1) }

  func transfer(_ counts: [Int]) -> (SIMD3<Int>) -> (real: Double, imaginary: Double) {
    let frequencies = counts.map(symmetricFrequencies)
    let scale = Double(1 << (level - 1))
    return { index in
      let (x, y, z) = (frequencies[0][index.x], frequencies[1][index.y], frequencies[2][index.z])
      let factor = wavelet.factor((x * x + y * y + z * z).squareRoot() * scale)
      guard let riesz else { return (factor, 0) }
      return riesz.turned(factor * riesz.magnitude([x, y, z]))
    }
  }
}
