import Volumes

/// Computes deep features of regions: one for the process, used by any number of threads at once.
///
/// The weights are held once, ready for use (160 MB of a ResNet18, 200 MB of a ResNet50); each concurrent call works in
/// memory of its own (35 and 70 MB).
public final class DeepExtractor: Sendable {
  /// One region of one image.
  public struct Region: Sendable {
    /// The image that the slices are taken of.
    public var image: Volume
    /// The region, on the grid of the image.
    public var mask: Mask

    /// A region in an image.
    public init(image: Volume, mask: Mask) {
      self.image = image
      self.mask = mask
    }
  }

  /// What reports call the weights.
  public let weightsLabel: String
  /// Which network it is, and with it names and number of the features.
  public let architecture: NetworkArchitecture
  private let network: Network

  private enum Network: Sendable {
    case ofPictures(ResidualNetwork)
    case ofVolumes(VolumeNetwork)
  }

  /// - Throws: `NeuralNetError`, `outOfMemory`.
  public init(weights: NetworkWeights) throws(NeuralNetError) {
    weightsLabel = weights.label
    architecture = weights.architecture
    network =
      architecture.isOfVolumes
      ? .ofVolumes(try VolumeNetwork(weights)) : .ofPictures(try ResidualNetwork(weights))
  }

  /// The features of one region, in the order of `architecture.featureNames`.
  /// - Throws: `NeuralNetError`.
  public func features(
    image: Volume, mask: Mask, settings: DeepSettings = DeepSettings()
  ) throws(NeuralNetError) -> [Double] {
    try features(of: [Region(image: image, mask: mask)], settings: settings)[0].get()
  }

  /// The features of several regions, slices of which share one pass through the network.
  ///
  /// A region that cannot be used leaves the others alone. The values are those of each region by itself.
  public func features(
    of regions: [Region], settings: DeepSettings = DeepSettings()
  ) -> [Result<[Double], NeuralNetError>] {
    switch network {
    case .ofPictures(let network): Self.features(of: regions, by: network, settings)
    case .ofVolumes(let network):
      regions.map { region in
        Result { () throws(NeuralNetError) in try Self.features(of: region, by: network, settings) }
      }
    }
  }

  /// Throws what the features of a region would throw, without the network.
  public static func check(
    _ region: Region, for architecture: NetworkArchitecture, settings: DeepSettings
  ) throws(NeuralNetError) {
    try settings.validate(for: architecture)
    if architecture.isOfVolumes {
      try RegionVolume(of: region.image, mask: region.mask, settings: settings).check()
    } else {
      try RegionImages(of: region.image, mask: region.mask, settings: settings).check()
    }
  }

  private static func features(
    of region: Region, by network: VolumeNetwork, _ settings: DeepSettings
  ) throws(NeuralNetError) -> [Double] {
    try settings.validate(for: network.architecture)
    let volume = try RegionVolume(of: region.image, mask: region.mask, settings: settings)
    var pool = FeaturePool(.mean)
    pool.add(try network.features(of: volume.intensities(), size: volume.size))
    return try pool.result().get()
  }

  private static func features(
    of regions: [Region], by network: ResidualNetwork, _ settings: DeepSettings
  ) -> [Result<[Double], NeuralNetError>] {
    var pools = regions.map { _ in FeaturePool(settings.slices.pooling) }
    var waiting: [(region: Int, picture: [Float])] = []
    for (number, region) in regions.enumerated() {
      do throws(NeuralNetError) {
        try settings.validate(for: network.architecture)
        let images = try RegionImages(of: region.image, mask: region.mask, settings: settings)
        for slice in images.slices {
          waiting.append((number, try images.picture(ofSlice: slice)))
          if waiting.count == ResidualNetwork.largestBatch {
            run(&waiting, by: network, settings, into: &pools)
          }
        }
      } catch {
        pools[number].fail(error)
      }
    }
    run(&waiting, by: network, settings, into: &pools)
    return pools.map { $0.result() }
  }

  private static func run(
    _ waiting: inout [(region: Int, picture: [Float])], by network: ResidualNetwork, _ settings: DeepSettings,
    into pools: inout [FeaturePool]
  ) {
    do throws(NeuralNetError) {
      let features = try network.features(of: waiting.map(\.picture), settings: settings)
      for (item, values) in zip(waiting, features) { pools[item.region].add(values) }
    } catch {
      for item in waiting { pools[item.region].fail(error) }
    }
    waiting = []
  }
}
