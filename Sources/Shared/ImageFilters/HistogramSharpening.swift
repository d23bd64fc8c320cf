import ElementaryFunctions

/// What an intensity would be without the blur that a smooth field lays over the histogram (Sled, Zijdenbos and Evans, IEEE
/// Trans Med Imaging 1998; steps and padding as in ITK's N4).
///
/// The histogram of logarithms is freed by a Wiener filter of a Gaussian, which leaves the histogram U of the true ones; the
/// expectation of the true value given the observed one is then `E(v) = (F * (u U))(v) / (F * U)(v)`.
struct HistogramSharpening {
  private let settings: BiasFieldSettings
  private let transform: FourierTransform
  /// Bins of zeros before the histogram; it fills between a quarter and half of the transform.
  private let padding: Int

  init(_ settings: BiasFieldSettings) {
    self.settings = settings
    var length = 1
    while length < settings.numberOfHistogramBins { length *= 2 }
    transform = FourierTransform(count: 2 * length)
    padding = (2 * length - settings.numberOfHistogramBins) / 2
  }

  /// The expectation for observed values, by bins.
  /// - Parameter values: logarithms of intensities; not empty.
  /// - Returns: `nil` where all values are equal.
  func mapping(of values: [Double]) -> IntensityMapping? {
    var (lowest, highest) = (Double.infinity, -Double.infinity)
    for value in values { (lowest, highest) = (min(lowest, value), max(highest, value)) }
    let width = (highest - lowest) / Double(settings.numberOfHistogramBins - 1)
    guard width > 0, width.isFinite else { return nil }
    let observed = histogram(of: values, from: lowest, width: width)
    let blur = spectrumOfBlur(binWidth: width)
    let restored = transform.backward(
      transform.forward(ComplexNumbers(observed)).scaled(
        by: blur.map { $0 / ($0 * $0 + settings.wienerFilterNoise) })
    ).real.map { max($0, 0) }
    let weighted = restored.indices.map { (lowest + Double($0 - padding) * width) * restored[$0] }
    let numerator = blurred(weighted, blur)
    let denominator = blurred(restored, blur)
    let bins = padding..<padding + settings.numberOfHistogramBins
    return IntensityMapping(
      lowest: lowest, width: width,
      expected: bins.map { denominator[$0] == 0 ? 0 : numerator[$0] / denominator[$0] })
  }

  /// Each value shared between the two nearest bin centres (a triangular Parzen window), padded.
  private func histogram(of values: [Double], from lowest: Double, width: Double) -> [Double] {
    let last = settings.numberOfHistogramBins - 1
    var bins = [Double](repeating: 0, count: transform.count)
    unsafe bins.withUnsafeMutableBufferPointer { bins in
      for value in values {
        let position = (value - lowest) / width
        let bin = min(Int(position), last)
        let offset = position - Double(bin)
        unsafe bins[padding + bin] += 1 - offset
        unsafe bins[padding + min(bin + 1, last)] += offset
      }
    }
    return bins
  }

  /// Spectrum of a Gaussian of the wanted width around bin 0; real, because it is symmetric.
  private func spectrumOfBlur(binWidth: Double) -> [Double] {
    let width = settings.biasFieldFullWidthAtHalfMaximum / binWidth
    let scale = 2 * (Elementary.log(2) / Double.pi).squareRoot() / width
    let factor = 4 * Elementary.log(2) / (width * width)
    var blur = [Double](repeating: 0, count: transform.count)
    for n in 0...transform.count / 2 {
      let value = scale * Elementary.exp(-Double(n * n) * factor)
      blur[n] = value
      blur[(transform.count - n) % transform.count] = value
    }
    return transform.forward(ComplexNumbers(blur)).real
  }

  private func blurred(_ values: [Double], _ blur: [Double]) -> [Double] {
    transform.backward(transform.forward(ComplexNumbers(values)).scaled(by: blur)).real
  }
}

/// A piecewise linear function of an intensity, given at equal steps.
struct IntensityMapping {
  let lowest: Double
  let width: Double
  let expected: [Double]

  /// Value of the function; beyond the last step the last one.
  func callAsFunction(_ value: Double) -> Double {
    let position = (value - lowest) / width
    let bin = Int(position)
    guard bin < expected.count - 1 else { return expected[expected.count - 1] }
    return expected[bin] + (expected[bin + 1] - expected[bin]) * (position - Double(bin))
  }
}
