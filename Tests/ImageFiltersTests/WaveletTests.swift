import ImageFilters
import Testing
import Volumes

@Suite struct `A wavelet` {
  @Test(arguments: Wavelet.names)
  func `has taps that sum to √2 and to 0`(name: String) throws {
    let wavelet = try Wavelet(named: name)
    // The taps of dmey are an approximation, as published.
    let tolerance = name == "dmey" ? 2e-3 : 1e-9
    #expect(abs(wavelet.lowPass.reduce(0, +) - 2.0.squareRoot()) < tolerance)
    #expect(abs(wavelet.highPass.reduce(0, +)) < tolerance)
    #expect(wavelet.lowPass.count == wavelet.highPass.count)
  }

  @Test func `has PyWavelets' taps for coif1`() throws {
    let wavelet = try Wavelet(named: "coif1")
    #expect(
      wavelet.lowPass == [
        -0.015655728135791993, -0.07273261951252645, 0.3848648468648578, 0.8525720202116004,
        0.3378976624574818, -0.07273261951252645,
      ])
    #expect(
      wavelet.highPass == [
        0.07273261951252645, 0.3378976624574818, -0.8525720202116004, 0.3848648468648578,
        0.07273261951252645, -0.015655728135791993,
      ])
  }

  @Test(arguments: ["", "db0", "db21", "db01", "db+1", "sym1", "coif6", "bior1.2", "rbio", "morl", "Haar"])
  func `that is not known is refused by name`(name: String) {
    #expect {
      try Wavelet(named: name)
    } throws: {
      ($0 as? ImageFilterError)?.code == .unknownWavelet && "\($0)".contains(name)
    }
  }
}

@Suite struct `The wavelet transform` {
  private func bands(
    _ image: Volume, _ filter: WaveletFilter, planes: FilterPlanes = .init(), _ box: VoxelBox? = nil
  ) throws -> [(String, Volume)] {
    var bands: [(String, Volume)] = []
    try image.forEachWaveletBand(of: filter, planes: planes, within: box ?? image.wholeBox) {
      bands.append(($0, $1))
    }
    return bands
  }

  private func filter(_ wavelet: String, level: Int = 1) -> WaveletFilter {
    var filter = WaveletFilter()
    filter.wavelet = wavelet
    filter.level = level
    return filter
  }

  /// Adjoint of the transform along one axis of length `n`, an even number.
  private func adjoint(_ line: [Double], _ taps: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: line.count)
    for (place, value) in line.enumerated() {
      for (tap, weight) in taps.enumerated() {
        let target = ((place + taps.count / 2 - tap) % line.count + line.count) % line.count
        result[target] += weight * value
      }
    }
    return result
  }

  private func adjoint(_ band: Volume, axis: Int, _ taps: [Double]) -> Volume {
    let size = band.geometry.size
    let extents = [size.x, size.y, size.z]
    let strides = [1, size.x, size.x * size.y]
    var result = band
    for start in band.voxels.indices where start / strides[axis] % extents[axis] == 0 {
      let places = (0..<extents[axis]).map { start + $0 * strides[axis] }
      for (place, value) in zip(places, adjoint(places.map { band.voxels[$0] }, taps)) {
        result.voxels[place] = value
      }
    }
    return result
  }

  @Test(arguments: [("coif1", "coif1"), ("db5", "db5"), ("haar", "haar"), ("bior2.4", "rbio2.4")])
  func `loses nothing: the image is an eighth of the sum of its transposed bands`(
    forward: String, backward: String
  ) throws {
    let image = image(8, 6, 4, noise)
    let dual = try Wavelet(named: backward)
    var sum = [Double](repeating: 0, count: image.voxels.count)
    for (name, band) in try bands(image, filter(forward)) {
      var back = band
      for (axis, letter) in name.dropFirst("wavelet-".count).enumerated() {
        back = adjoint(back, axis: axis, letter == "L" ? dual.lowPass : dual.highPass)
      }
      for place in sum.indices { sum[place] += back.voxels[place] / 8 }
    }
    #expect(largestDifference(sum, image.voxels) < 1e-9)
  }

  /// Of several levels only what the box needs is computed, which may reach over either end of the image.
  @Test(arguments: [
    ("coif1", 1), ("db7", 1), ("coif2", 2), ("dmey", 1), ("haar", 3), ("coif1", 5), ("haar", 20), ("db4", 20),
  ])
  func `of a box is the box of the transform, wherever it lies`(wavelet: String, level: Int) throws {
    let image = image(31, 24, 26, noise)
    let whole = try bands(image, filter(wavelet, level: level))
    for box in [
      VoxelBox(x: 6..<11, y: 0..<4, z: 2..<5), VoxelBox(x: 27..<31, y: 20..<24, z: 21..<26),
      VoxelBox(x: 0..<3, y: 0..<2, z: 0..<1), VoxelBox(x: 12..<15, y: 20..<23, z: 1..<9),
    ] {
      let part = try bands(image, filter(wavelet, level: level), box)
      #expect(part.count == whole.count)
      for ((name, partial), (wholeName, complete)) in zip(part, whole) {
        #expect(name == wholeName)
        #expect(partial.voxels == complete.cropped(to: box).voxels, "\(name) \(box)")
      }
    }
  }

  @Test func `of a constant is the constant times √8 in LLL and 0 elsewhere`() throws {
    for (name, band) in try bands(image(5, 4, 3) { _, _, _ in 10 }, filter("db3")) {
      let expected = name == "wavelet-LLL" ? 10 * 8.0.squareRoot() : 0
      #expect(band.voxels.allSatisfy { abs($0 - expected) < 1e-9 }, "\(name)")
    }
  }

  @Test func `names its bands as PyRadiomics does`() throws {
    let image = image(4, 4, 4, noise)
    let details = ["LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"]
    #expect(try bands(image, filter("haar")).map(\.0) == (details + ["LLL"]).map { "wavelet-" + $0 })
    #expect(
      try bands(image, filter("haar", level: 2)).map(\.0)
        == details.map { "wavelet-" + $0 } + (details + ["LLL"]).map { "wavelet2-" + $0 })
    var flat = FilterPlanes()
    flat.force2D = true
    #expect(
      try bands(image, filter("haar"), planes: flat).map(\.0) == [
        "wavelet-LH", "wavelet-HL", "wavelet-HH", "wavelet-LL",
      ])
  }

  @Test func `of a single voxel exists`() throws {
    let result = try bands(image(1, 1, 1) { _, _, _ in 3 }, filter("coif1"))
    #expect(result.count == 8)
    #expect(result.allSatisfy { $0.1.voxels.count == 1 })
  }

  @Test func `across an axis that a 2D image lacks is refused`() throws {
    var flat = FilterPlanes()
    flat.force2D = true
    flat.force2Ddimension = 2
    #expect {
      try bands(image(4, 4, 1, dimension: 2, noise), filter("haar"), planes: flat)
    } throws: {
      ($0 as? ImageFilterError)?.code == .invalidSetting
    }
  }
}
