import ImageFilters
import LinearAlgebra
import Testing
import Volumes

private func image(_ x: Int, _ y: Int, _ z: Int, type: SampleType = .float64, _ value: (Int) -> Double)
  -> Volume
{
  let geometry = GridGeometry(size: GridSize(x: x, y: y, z: z), spacingInMillimetres: [1, 1, 1])
  return Volume(
    geometry: geometry, sampleType: type, voxels: (0..<geometry.size.voxelCount).map(value))
}

@Suite struct `The noise of an image` {
  /// `numpy.median(numpy.abs(HH)) / 0.6745`, HH by `scipy.ndimage.convolve1d` along y and x with the taps `dec_hi` of
  /// `pywt.Wavelet("coif1")`, as MIRP has it (scipy 1.17.1, PyWavelets 1.8.0).
  @Test(arguments: [
    (7_919, 400, 131.7258015438208), (104_729, 1_009, 349.50697076409347),
  ])
  func `is that of scipy and PyWavelets`(factor: Int, modulus: Int, expected: Double) throws {
    let found = try image(13, 11, 4) { Double($0 * factor % modulus) }.noiseLevel()
    #expect(abs(found - expected) < 1e-10 * expected)
  }

  @Test func `is found again where it was added`() throws {
    var stream = RandomStream(seed: 3, purpose: .synthesis)
    let smooth = image(60, 60, 6) { Double($0 % 60) }
    #expect(try smooth.noiseLevel() < 1e-9)
    let noisy = smooth.withNoise(level: 5) { stream.normal() }
    let found = try noisy.noiseLevel()
    #expect(abs(found - 5) < 0.3)
    let twice = try noisy.withNoise(level: 5) { stream.normal() }.noiseLevel()
    #expect(abs(twice - 50.0.squareRoot()) < 0.4)
  }

  @Test func `leaves whole numbers whole, and within their type`() {
    var signs = [1.0, -1.0, 0.4].makeIterator()
    let bytes = image(3, 1, 1, type: .uint8) { Double([255, 0, 7][$0]) }
    #expect(bytes.withNoise(level: 3) { signs.next() ?? 0 }.voxels == [255, 0, 8])
  }

  @Test func `is refused of voxels that are no numbers`() {
    #expect(throws: ImageFilterError.self) { try image(8, 8, 1) { $0 == 3 ? .nan : 1 }.noiseLevel() }
  }
}
