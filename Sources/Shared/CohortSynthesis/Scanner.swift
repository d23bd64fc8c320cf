import ElementaryFunctions
import LinearAlgebra
import Volumes

/// How one site's scanner turns signal into voxel values: the differences between sites that harmonisation is
/// for.
struct Scanner {
  /// In-plane and slice spacing, numbers that single precision holds exactly.
  let spacingInMillimetres: SIMD3<Double>
  /// Value of mean marrow.
  private let gain: Double
  /// Value of no signal.
  private let offset: Double
  /// Standard deviation of the noise of either channel.
  private let noise: Double
  /// Share of a voxel's signal that its in-plane neighbours get, each.
  private let blur: Double

  init(seed: UInt64, site: Int) {
    var stream = RandomTopic.scanner.stream(seed, site)
    let inPlane = [0.75, 0.8125, 0.875][stream.index(below: 3)]
    spacingInMillimetres = [inPlane, inPlane, [2.75, 3, 3.25][stream.index(below: 3)]]
    // Neighbouring sites alternate between weak and strong gain, so that any two differ.
    gain = 420 * (site % 2 == 0 ? 1 : 1.45) * Elementary.exp(0.12 * stream.normal())
    offset = stream.uniform(in: 0...40)
    noise = stream.uniform(in: 0.03...0.07) * gain
    blur = stream.uniform(in: 0.02...0.14)
  }

  /// The image of a signal: blurred in plane, shaded by the coil, amplified, with Rician noise, as whole
  /// numbers from 0 to 4095.
  func image(of signal: [Double], size: GridSize, stream: inout RandomStream) -> [Double] {
    let session = gain * Elementary.exp(0.06 * stream.normal())
    let shading = SIMD2(stream.normal(), stream.normal()) * 0.05
    let middle = SIMD2(Double(size.x - 1), Double(size.y - 1)) / 2
    var values = blurred(signal, size: size)
    for y in 0..<size.y {
      for x in 0..<size.x {
        let place = (SIMD2(Double(x), Double(y)) - middle) / middle
        let coil = session * (1 + shading.x * place.x + shading.y * place.y)
        for z in 0..<size.z { values[size.offset(x: x, y: y, z: z)] *= coil }
      }
    }
    for index in values.indices {
      let real = values[index] + noise * stream.normal()
      let imaginary = noise * stream.normal()
      let magnitude = (real * real + imaginary * imaginary).squareRoot() + offset
      values[index] = min(magnitude.rounded(), 4095)
    }
    return values
  }

  /// Each voxel mixed with its four neighbours in plane; the border keeps what has no neighbour to go to.
  private func blurred(_ signal: [Double], size: GridSize) -> [Double] {
    var result = signal
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let here = size.offset(x: x, y: y, z: z)
          let left = signal[x > 0 ? here - 1 : here]
          let right = signal[x < size.x - 1 ? here + 1 : here]
          let front = signal[y > 0 ? here - size.x : here]
          let back = signal[y < size.y - 1 ? here + size.x : here]
          result[here] = signal[here] * (1 - 4 * blur) + (left + right + front + back) * blur
        }
      }
    }
    return result
  }
}
