import NeuralNet
import Testing
import Volumes

@Suite struct `Deep features` {
  @Test func `have names in order, as many as the last stage has channels`() {
    let names = NetworkArchitecture.resnet18.featureNames
    #expect(names.count == 512)
    #expect(
      [0, 7, 42, 511].map { names[$0] }.joined(separator: " ")
        == "deep_resnet18_000 deep_resnet18_007 deep_resnet18_042 deep_resnet18_511")
    let more = NetworkArchitecture.resnet50.featureNames
    #expect(more.count == 2048 && more[7] == "deep_resnet50_0007" && more[2047] == "deep_resnet50_2047")
    #expect(Set(NetworkArchitecture.allCases.flatMap(\.featureNames)).count == 5 * 512 + 4 * 2048)
  }

  @Test(arguments: DeepReference.shared.preparations)
  func `of a volume are those of PyTorch, pooled over slices`(expected: DeepReference.Preparation) throws {
    let features = try Sample.extractor.get().features(
      image: Sample.volume, mask: Sample.mask, settings: expected.settings)
    #expect(relativeDifference(features, expected.features) < 1e-5)
  }

  @Test func `of several regions are those of each, and a bad region leaves the others alone`() throws {
    let extractor = try Sample.extractor.get()
    var settings = DeepSettings()
    settings.slices = .all(pooling: .mean)
    var empty = Sample.mask
    empty.voxels = empty.voxels.map { _ in 0 }
    let good = DeepExtractor.Region(image: Sample.volume, mask: Sample.mask)
    let bad = DeepExtractor.Region(image: Sample.volume, mask: empty)
    let alone = try extractor.features(image: Sample.volume, mask: Sample.mask, settings: settings)
    let results = extractor.features(of: [good, bad, good, good], settings: settings)
    for number in [0, 2, 3] { #expect(try results[number].get() == alone) }
    #expect(#expect(throws: NeuralNetError.self) { try results[1].get() }?.code == .emptyRegion)
    #expect(extractor.features(of: []).isEmpty)
  }

  @Test func `do not depend on voxels far from the region`() throws {
    let extractor = try Sample.extractor.get()
    var other = Sample.volume
    other.voxels[0] = .nan
    #expect(
      try extractor.features(image: other, mask: Sample.mask)
        == extractor.features(image: Sample.volume, mask: Sample.mask))
  }
}
