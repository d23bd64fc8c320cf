import NeuralNet
import Testing
import Volumes

@Suite struct `Deep features` {
  @Test func `have 512 names in order`() {
    #expect(deepFeatureNames.count == 512)
    #expect(
      [0, 7, 42, 511].map { deepFeatureNames[$0] }.joined(separator: " ")
        == "deep_resnet18_000 deep_resnet18_007 deep_resnet18_042 deep_resnet18_511")
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
