import CNeuralKernels
import Synchronization
import Volumes

/// A residual network of volumes as MedicalNet has them (Chen, Ma and Zheng, arXiv:1904.00625), up to the mean of the last
/// stage's channels, on one thread a call.
///
/// It differs from networks of pictures in more than an axis: one input channel, stages 3 and 4 keep the size of stage 2 and
/// dilate their kernels by 2 and 4, and a shortcut that changes size or channels may be without weights (type A): every
/// second voxel, and zeros for the channels that are not there.
///
/// Weights are held once; each concurrent call works in memory of its own, about 30 times that of its volume.
package final class VolumeNetwork: Sendable {
  /// Which network it is.
  package let architecture: NetworkArchitecture
  private let kernels: neural_kernels
  private let stem: VolumeStem
  private let stages: [[VolumeBlock]]
  private let idle = Mutex<[VolumeProgram]>([])

  /// - Parameter instructionSet: at most `InstructionSet.best`; the results do not depend on it.
  /// - Throws: `NeuralNetError`, `outOfMemory`.
  package init(_ weights: NetworkWeights, instructionSet: InstructionSet = .best) throws(NeuralNetError) {
    architecture = weights.architecture
    kernels = instructionSet.kernels
    stem = try VolumeStem(FoldedConvolution(weights.layout.stem, of: weights))
    var stages: [[VolumeBlock]] = []
    for (index, blocks) in weights.layout.stages.enumerated() {
      var own: [VolumeBlock] = []
      for block in blocks { own.append(try VolumeBlock(block, dilation: [1, 1, 2, 4][index], of: weights)) }
      stages.append(own)
    }
    self.stages = stages
  }

  /// Features of a volume.
  /// - Parameters:
  ///   - volume: intensities as the network was trained with them, the first axis varying fastest.
  ///   - size: voxels along each axis, within `DeepSettings.largestVolume`.
  ///   - observe: called with the name of each layer that MedicalNet has a module for and its values, voxels of channels.
  ///     For tests: it costs a copy.
  /// - Returns: `architecture.featureCount` values, the same on any processor.
  /// - Throws: `NeuralNetError`, `outOfMemory`.
  package func features(
    of volume: [Float], size: GridSize, observe: ((String, [Float]) -> Void)? = nil
  ) throws(NeuralNetError) -> [Double] {
    let program = try takeProgram(size)
    defer {
      // Of another size than the one just used, none is kept: settings seldom change.
      idle.withLock { waiting in
        waiting.removeAll { $0.size != size }
        waiting.append(program)
      }
    }
    stem.apply(kernels, to: volume, program.stem)
    if let observe { observe("maxpool", program.stem.pooled.inside) }
    program.run(kernels, observe)
    let inside = program.result.inside
    let channels = program.result.layout.channels
    var sums = [Double](repeating: 0, count: channels)
    for start in stride(from: 0, to: inside.count, by: channels) {
      for channel in 0..<channels { sums[channel] += Double(inside[start + channel]) }
    }
    let count = Double(inside.count / channels)
    return sums.map { $0 / count }
  }
}

extension VolumeNetwork {
  private func takeProgram(_ size: GridSize) throws(NeuralNetError) -> VolumeProgram {
    let waiting = idle.withLock { waiting -> VolumeProgram? in
      waiting.firstIndex { $0.size == size }.map { waiting.remove(at: $0) }
    }
    if let waiting { return waiting }
    return try VolumeProgram(stages, size: size)
  }
}

/// A residual block of volumes, its weights ready for use.
struct VolumeBlock {
  let name: String
  let convolutions: [VolumeFilters]
  let shortcut: VolumeFilters?
  /// Whether voxels and channels change, with weights or without.
  let changes: Bool
  /// 2 where the block halves the volume.
  let stride: Int

  init(_ block: NetworkLayout.Block, dilation: Int, of weights: NetworkWeights) throws(NeuralNetError) {
    name = block.name
    var convolutions: [VolumeFilters] = []
    for convolution in block.convolutions {
      convolutions.append(
        try VolumeFilters(
          FoldedConvolution(convolution, of: weights), dilation: convolution.side == 1 ? 1 : dilation))
    }
    self.convolutions = convolutions
    shortcut = try block.shortcut.map { convolution throws(NeuralNetError) in
      try VolumeFilters(FoldedConvolution(convolution, of: weights))
    }
    changes = block.changes
    stride = block.stride
  }

  var hasBottleneck: Bool { convolutions.count == 3 }
  var inputs: Int { convolutions[0].inputs }
  var width: Int { convolutions[0].outputs }
  var outputs: Int { convolutions[convolutions.count - 1].outputs }
  /// Zeros that the convolutions of more than one tap need around what they read.
  var reach: Int { convolutions.map { $0.dilation * ($0.side / 2) }.max() ?? 0 }
}
