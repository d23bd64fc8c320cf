import Foundation
import ImageFiles
import NeuralNet
import TestSupport
import Testing
import Volumes

@Suite struct `The residual network` {
  @Test(arguments: 0..<3)
  func `agrees with PyTorch layer by layer`(number: Int) throws {
    let expected = DeepReference.shared.pictures[number]
    var seen: [String: [Float]] = [:]
    let features = try Sample.network.get().features(of: [Sample.picture(expected.name)]) { seen[$0] = $2 }
    for layer in expected.layers {
      let values = try #require(seen[layer.name]).map { Double($0) }
      let mean = values.reduce(0, +) / Double(values.count)
      let magnitude = values.reduce(0) { $0 + abs($1) } / Double(values.count)
      #expect(abs(mean - layer.mean) < 1e-5 * layer.largest, "\(layer.name)")
      #expect(abs(magnitude - layer.magnitude) < 1e-5 * layer.largest, "\(layer.name)")
      for (place, value) in zip(layer.places, layer.values) {
        #expect(abs(values[place] - value) < 1e-4 * layer.largest, "\(layer.name)[\(place)]")
      }
    }
    #expect(relativeDifference(features[0], expected.features) < 1e-5)
  }

  @Test(arguments: [
    (NetworkArchitecture.resnet18, [2, 2, 2, 2], false), (.resnet34, [3, 4, 6, 3], false),
    (.resnet50, [3, 4, 6, 3], true),
  ])
  func `agrees with patches and OpenBLAS in every value of every layer`(
    architecture: NetworkArchitecture, blocks: [Int], hasBottlenecks: Bool
  ) throws {
    let picture = Sample.picture("texture")
    let weights = try Sample.weights(architecture).get()
    let plain = PlainNetwork(weights: weights, blocks: blocks, hasBottlenecks: hasBottlenecks).run(picture)
    var seen: [String: [Float]] = [:]
    let features = try Sample.network(architecture).get().features(of: [picture]) { seen[$0] = $2 }
    #expect(plain.layers.count == 1 + blocks.reduce(0, +))
    for (name, image) in plain.layers {
      let ours = try #require(seen[name])
      let pixels = image.side * image.side
      let largest = image.values.max() ?? 0
      var worst: Float = 0
      for pixel in 0..<pixels {
        for channel in 0..<image.channels {
          let difference = ours[pixel * image.channels + channel] - image.values[channel * pixels + pixel]
          worst = max(worst, abs(difference))
        }
      }
      #expect(worst < 2e-5 * largest, "\(name)")
    }
    #expect(relativeDifference(features[0], plain.features) < 1e-5)
  }

  @Test(arguments: DeepSettings.Normalisation.allCases, [DeepSettings.Channels.same, .neighbours])
  func `agrees with patches and OpenBLAS for three planes and other means`(
    normalisation: DeepSettings.Normalisation, channels: DeepSettings.Channels
  ) throws {
    var settings = DeepSettings()
    (settings.normalisation, settings.channels) = (normalisation, channels)
    let texture = Sample.picture("texture")
    // Rows in reverse, so that no two planes are alike.
    let picture =
      channels == .same ? texture : Array(texture.reversed()) + texture + Sample.picture("ramp")
    var plain = PlainNetwork(weights: try Sample.weights.get())
    if normalisation == .symmetric { plain.normalisation = [(0.5, 0.5), (0.5, 0.5), (0.5, 0.5)] }
    let network = try Sample.network.get()
    // After a picture of the other kind, in the same memory.
    _ = try network.features(of: [texture])
    let features = try network.features(of: [picture, picture], settings: settings)
    #expect(relativeDifference(features[0], plain.run(picture).features) < 1e-5)
    #expect(features[0] == features[1])
  }

  @Test func `gives one slice in three planes what it gives the slice, but for rounding`() throws {
    var settings = DeepSettings()
    settings.channels = .neighbours
    let texture = Sample.picture("texture")
    let network = try Sample.network.get()
    let alone = try network.features(of: [texture])[0]
    #expect(
      relativeDifference(
        try network.features(of: [texture + texture + texture], settings: settings)[0], alone) < 1e-5)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `agrees with PyTorch and torchvision on 28 real regions, read from their files`() throws {
    for region in DeepReference.real {
      let image = try readVolume(at: ReferenceData.file(region.image))
      let mask = try readLabelMap(at: ReferenceData.file(region.mask)).mask(of: region.label)
      let prepared = try RegionImages(of: image, mask: mask, settings: DeepSettings())
      var means: [Double] = []
      let features = try Sample.network.get().features(of: [prepared.picture(ofSlice: prepared.slices[0])]) {
        means.append($2.reduce(0) { $0 + Double($1) } / Double($2.count))
      }
      #expect(relativeDifference(means, region.means) < 1e-5, "\(region.image)")
      #expect(relativeDifference(features[0], region.features) < 1e-5, "\(region.image)")
    }
    #expect(DeepReference.real.count == 28)
  }

  @Test(arguments: [NetworkArchitecture.resnet18, .resnet50])
  func `gives the same bits for any batch`(architecture: NetworkArchitecture) throws {
    let network = try Sample.network(architecture).get()
    let pictures = (0..<19).map { Sample.picture(["texture", "ramp", "black"][$0 % 3]) }
    let alone = try ["texture", "ramp", "black"].map { try network.features(of: [Sample.picture($0)])[0] }
    for count in architecture == .resnet18 ? [2, 8, 19] : [3, 10] {
      let together = try network.features(of: Array(pictures[..<count]))
      #expect(together == (0..<count).map { alone[$0 % 3] })
    }
    #expect(try network.features(of: []) == [])
  }

  @Test(arguments: InstructionSet.allCases.filter { $0 < .best }, [NetworkArchitecture.resnet18, .resnet50])
  func `gives the same bits on every instruction set`(set: InstructionSet, architecture: NetworkArchitecture)
    throws
  {
    let picture = [Sample.picture("texture")]
    let network = try ResidualNetwork(Sample.weights(architecture).get(), instructionSet: set)
    #expect(try network.features(of: picture) == Sample.network(architecture).get().features(of: picture))
  }

  @Test func `gives the same bits to concurrent calls`() async throws {
    let network = try Sample.network.get()
    let picture = Sample.picture("ramp")
    let expected = try network.features(of: [picture])
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for count in 1...4 {
        group.addTask {
          try network.features(of: Array(repeating: picture, count: count)).allSatisfy { $0 == expected[0] }
        }
      }
      for try await same in group { #expect(same) }
    }
  }
}
