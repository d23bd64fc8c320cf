import Foundation
import ImageFilters
import Testing
import Volumes

@Suite struct `Intensity standards` {
  private let phantom = MRIPhantom.image

  private func method(_ json: String) throws -> Standardisation {
    try JSONDecoder().decode(Standardisation.self, from: Data(json.utf8))
  }

  private func refusal(_ body: () throws -> Void) -> ImageFilterError? {
    do {
      try body()
      return nil
    } catch {
      return error as? ImageFilterError
    }
  }

  @Test func `z-score gives the reference tissue mean 0 and the wanted standard deviation`() throws {
    let scores = try phantom.standardised(
      by: method(#"{"method": "z-score", "referenceLabel": 2, "scale": 100}"#), reference: MRIPhantom.middle)
    let tissue = MRIPhantom.middle.voxels.indices.filter { MRIPhantom.middle.voxels[$0] == 1 }.map {
      scores.voxels[$0]
    }
    let mean = tissue.reduce(0, +) / Double(tissue.count)
    let variance = tissue.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(tissue.count - 1)
    #expect(abs(mean) < 1e-9)
    #expect(abs(variance - 10_000) < 1e-6)
  }

  @Test func `z-score of five voxels is as calculated by hand`() throws {
    let row = image(5, 1, 1) { x, _, _ in [2, 4, 6, 100, 0][x] }
    let scores = try row.standardised(
      by: method(#"{"method": "z-score", "referenceLabel": 3}"#),
      reference: region(of: row) { x, _, _ in x < 3 })
    // Mean 4, standard deviation 2.
    #expect(scores.voxels == [-1, 0, 1, 48, -2])
    #expect(scores.sampleType == .float64)
  }

  @Test(arguments: ["largest", "last"])
  func `white stripe lies around the peak that SciPy's exact density has`(peak: String) throws {
    let stripe = try #require(MRIReference.shared.stripes[peak])
    let found = try phantom.standardised(by: method(#"{"method": "white-stripe", "peak": "\#(peak)"}"#))
    // What is 0 and what is 1 afterwards: mean and standard deviation of the stripe.
    let slope =
      (found.voxels[40_000 / 2] - found.voxels[0]) / (phantom.voxels[40_000 / 2] - phantom.voxels[0])
    let mean = phantom.voxels[0] - found.voxels[0] / slope
    #expect(abs(mean - stripe[0]) < 0.01 * stripe[1])
    #expect(abs(1 / slope / stripe[1] - 1) < 0.01)
  }

  @Test func `peaks differ where the brightest tissue is not the most frequent`() throws {
    let mixture = image(60, 10, 10) { x, y, z in x < 15 ? 0 : (x < 45 ? 500 : 900) + noise(x, y, z) / 10 }
    let largest = try mixture.standardised(by: method(#"{"method": "white-stripe", "peak": "largest"}"#))
    let last = try mixture.standardised(by: method(#"{"method": "white-stripe", "peak": "last"}"#))
    func means(_ volume: Volume) -> (Double, Double) {
      let darker = (0..<100).reduce(0) { $0 + volume.voxels[$1 * 60 + 30] } / 100
      return (darker, (0..<100).reduce(0) { $0 + volume.voxels[$1 * 60 + 50] } / 100)
    }
    #expect(abs(means(largest).0) < abs(means(largest).1))
    #expect(abs(means(last).1) < abs(means(last).0))
  }

  @Test func `Nyúl's mapping onto given landmarks is that of intensity-normalization`() throws {
    let reference = MRIReference.shared
    let landmarks = reference.nyul.landmarks.map { "\($0)" }.joined(separator: ", ")
    let found = try phantom.standardised(by: method(#"{"method": "nyul", "landmarks": [\#(landmarks)]}"#))
    for (voxel, expected) in zip(reference.sample, reference.nyul.mapped) {
      #expect(abs(found.voxels[voxel] - expected) < 1e-9 * max(1, abs(expected)))
    }
  }

  @Test func `Nyúl without landmarks is refused, with the reason and what to take instead`() throws {
    let error = refusal { try method(#"{"method": "nyul"}"#).validate() }
    #expect(error?.code == .invalidSetting)
    for part in ["several images", "every fold", "landmarks", "z-score", "white-stripe"] {
      #expect(error?.message.contains(part) == true)
    }
  }

  @Test(arguments: [
    (#"{"method": "z-score"}"#, "referenceLabel"),
    (#"{"method": "z-score", "referenceLabel": 0}"#, "referenceLabel"),
    (#"{"method": "z-score", "referenceLabel": 2, "width": 0.1}"#, "width"),
    (#"{"method": "white-stripe"}"#, "peak"),
    (#"{"method": "white-stripe", "peak": "last", "width": 0}"#, "width"),
    (#"{"method": "white-stripe", "peak": "last", "width": 0.6}"#, "width"),
    (#"{"method": "white-stripe", "peak": "last", "scale": -1}"#, "scale"),
    (#"{"method": "nyul", "landmarks": [1, 2]}"#, "11 increasing"),
    (#"{"method": "nyul", "landmarks": [1, 1], "percentiles": [5, 95]}"#, "landmarks"),
    (#"{"method": "nyul", "landmarks": [1, 2], "percentiles": [95, 5]}"#, "percentiles"),
    (#"{"method": "nyul", "landmarks": [1, 2], "percentiles": [5, 101]}"#, "percentiles"),
    (#"{"method": "nyul", "landmarks": [1], "percentiles": [50]}"#, "percentiles"),
    (#"{"method": "nyul", "landmarks": [1, 2], "percentiles": [5, 95], "peak": "last"}"#, "peak"),
  ])
  func `refuse settings outside their range or of another method`(json: String, part: String) throws {
    let error = refusal { try method(json).validate() }
    #expect(error?.code == .invalidSetting)
    #expect(error?.message.contains(part) == true)
  }

  @Test func `say a default or nothing and are the same`() throws {
    #expect(
      try method(
        #"{"method": "white-stripe", "peak": "last", "width": 0.05, "foreground": "above-mean", "scale": 1}"#)
        == method(#"{"method": "white-stripe", "peak": "last"}"#))
  }

  @Test func `refuse images that have no scale`() throws {
    let flat = image(8, 8, 8) { _, _, _ in 5 }
    for json in [
      #"{"method": "white-stripe", "peak": "largest"}"#,
      #"{"method": "nyul", "landmarks": [1, 2], "percentiles": [5, 95], "foreground": "positive"}"#,
      #"{"method": "z-score", "referenceLabel": 2}"#,
    ] {
      #expect(
        refusal { _ = try flat.standardised(by: method(json), reference: region(of: flat)) }?.code
          == .constantImage)
    }
    let two = image(8, 8, 8) { x, _, _ in x < 2 ? 0 : x < 7 ? 5 : 6 }
    let stripe = refusal {
      _ = try two.standardised(by: method(#"{"method": "white-stripe", "peak": "largest"}"#))
    }
    #expect(stripe?.code == .constantImage)
    let landmarks = #"{"method": "nyul", "landmarks": [1, 2, 3], "percentiles": [5, 50, 99]}"#
    #expect(
      refusal { _ = try two.standardised(by: method(landmarks)) }?.message.contains("fewer percentiles")
        == true)
    for unit in [1e-200, 1e200] {
      let extreme = image(8, 8, 8) { x, y, z in noise(x, y, z) * unit }
      let error = refusal {
        _ = try extreme.standardised(by: method(#"{"method": "white-stripe", "peak": "last"}"#))
      }
      #expect(error?.message.contains("rescale") == true)
    }
    var holed = phantom
    holed.voxels[3] = .infinity
    #expect(refusal { _ = try holed.standardised(by: method(landmarks)) }?.code == .nonFiniteVoxel)
  }

  @Test func `refuse a reference tissue that is not there`() throws {
    let zScore = try method(#"{"method": "z-score", "referenceLabel": 2}"#)
    for reference in [nil, region(of: phantom) { _, _, _ in false }] {
      let error = refusal { _ = try phantom.standardised(by: zScore, reference: reference) }
      #expect(error?.code == .emptyRegion)
      #expect(error?.message.contains("label 2") == true)
    }
  }
}

@Suite struct `Intensities of a prepared image` {
  private func settings(_ json: String) throws -> PreprocessingSettings {
    try JSONDecoder().decode(PreprocessingSettings.self, from: Data(json.utf8))
  }

  @Test func `are corrected, then standardised, then normalised`() throws {
    let (image, body) = (MRIPhantom.image, MRIPhantom.body)
    let bias = #""n4": {"shrinkFactor": 2, "maximumNumberOfIterations": 3}"#
    let nyul = #""standardise": {"method": "nyul", "percentiles": [5, 50, 95], "landmarks": [0, 30, 100]}"#
    let prepared = try PreparedImage(
      image: image, mask: body, settings: settings("{\(bias), \(nyul), \"normalize\": true}"))
    var byHand = try image.biasFieldCorrected(settings("{\(bias)}").biasField ?? .init())
    byHand = try byHand.standardised(by: #require(settings("{\(nyul)}").standardisation)).normalised()
    #expect(prepared.image.voxels == byHand.voxels)
  }

  @Test func `do not depend on how the image is stored`() throws {
    let mirrored: [SIMD3<Double>] = [[-1, 0, 0], [0, 1, 0], [0, 0, -1]]
    func stored(_ geometry: GridGeometry, as directions: [SIMD3<Double>]) -> GridGeometry {
      var other = geometry
      other.directions = directions
      return other
    }
    let size = MRIPhantom.image.geometry.size
    let order = (0..<size.voxelCount).map { place in
      let (x, y, z) = (place % size.x, place / size.x % size.y, place / size.x / size.y)
      return size.offset(x: size.x - 1 - x, y: y, z: size.z - 1 - z)
    }
    let (image, body, tissue) = (MRIPhantom.image, MRIPhantom.body, MRIPhantom.middle)
    let geometry = stored(image.geometry, as: mirrored)
    let settings = try settings(
      #"{"orientation": "lps", "n4": {"shrinkFactor": 2, "maximumNumberOfIterations": 3}, "standardise": {"method": "z-score", "referenceLabel": 2}}"#
    )
    let one = try PreparedImage(image: image, mask: body, reference: tissue, settings: settings)
    let other = try PreparedImage(
      image: Volume(geometry: geometry, voxels: order.map { image.voxels[$0] }),
      mask: Mask(geometry: geometry, voxels: order.map { body.voxels[$0] }),
      reference: Mask(geometry: geometry, voxels: order.map { tissue.voxels[$0] }), settings: settings)
    #expect(one.image.voxels == other.image.voxels)
  }

  @Test func `are measured in a reference tissue on another grid where the mask may be resampled`() throws {
    let (image, body, tissue) = (MRIPhantom.image, MRIPhantom.body, MRIPhantom.middle)
    var geometry = image.geometry
    geometry.originInMillimetres.x += 0.3
    let moved = (
      Mask(geometry: geometry, voxels: body.voxels), Mask(geometry: geometry, voxels: tissue.voxels)
    )
    let json = #""standardise": {"method": "z-score", "referenceLabel": 2}"#
    let plain = try PreparedImage(
      image: image, mask: body, reference: tissue, settings: settings("{\(json)}"))
    let corrected = try PreparedImage(
      image: image, mask: moved.0, reference: moved.1, settings: settings("{\(json), \"correctMask\": true}"))
    #expect(corrected.image.voxels == plain.image.voxels)
    #expect(throws: ImageFilterError.self) {
      try PreparedImage(image: image, mask: moved.0, reference: moved.1, settings: settings("{\(json)}"))
    }
  }

  @Test func `are not centred twice`() throws {
    let both = try settings(
      #"{"normalize": true, "standardise": {"method": "z-score", "referenceLabel": 2}}"#)
    #expect {
      try both.validate()
    } throws: {
      ($0 as? ImageFilterError)?.message.contains("without effect") == true
    }
  }

  @Test func `that are left alone leave no trace in the settings' text`() throws {
    let text = String(decoding: try JSONEncoder().encode(PreprocessingSettings()), as: UTF8.self)
    #expect(!text.contains("n4") && !text.contains("standardise"))
  }
}
