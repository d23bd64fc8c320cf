import CNeuralKernels
import Volumes

/// What a network does with a volume of one size, step by step, and the memory for it.
///
/// Sendable by agreement: it belongs to one call at a time.
final class VolumeProgram: Sendable {
  private enum Step: Sendable {
    case convolution(VolumeFilters, RowPlan, from: VolumeBuffer, to: VolumeBuffer, adds: Bool, rectify: Bool)
    /// Every voxel, or every second one, with zeros for the channels that the source does not have.
    case pad(from: VolumeBuffer, to: VolumeBuffer, stride: Int)
    case observe(String, VolumeBuffer)
  }

  let size: GridSize
  let stem: VolumeStem.Space
  /// What the last stage leaves.
  let result: VolumeBuffer
  private let steps: [Step]

  init(_ stages: [[VolumeBlock]], size: GridSize) throws(NeuralNetError) {
    self.size = size
    stem = try VolumeStem.Space(size: size, border: Self.border(after: -1, stages))
    var compiler = Compiler(last: stem.pooled)
    for (index, blocks) in stages.enumerated() {
      try compiler.add(blocks, border: Self.border(after: index, stages))
    }
    (steps, result) = (compiler.steps, compiler.last)
  }

  /// Zeros that what a stage leaves needs around it: its own blocks read it, and the first of the next stage.
  private static func border(after stage: Int, _ stages: [[VolumeBlock]]) -> Int {
    [stage, stage + 1].filter(stages.indices.contains).map {
      let block = stages[$0][0]
      return block.hasBottleneck ? 0 : block.reach
    }.max() ?? 0
  }

  func run(_ kernels: neural_kernels, _ observe: ((String, [Float]) -> Void)?) {
    for step in steps {
      switch step {
      case .convolution(let filters, let rows, let source, let target, let adds, let rectify):
        unsafe filters.apply(
          kernels, rows, count: target.layout.size.voxelCount, from: source.values.start, source.layout,
          to: target.values.start, adds: adds, rectify: rectify)
      case .pad(let source, let target, let stride): Self.pad(source, target, stride: stride)
      case .observe(let name, let buffer): if let observe { observe(name, buffer.inside) }
      }
    }
  }

  private static func pad(_ source: VolumeBuffer, _ target: VolumeBuffer, stride: Int) {
    let (size, shared) = (target.layout.size, source.layout.channels)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let from =
            unsafe source.values.start + source.layout.offset(x: stride * x, y: stride * y, z: stride * z)
          let to = unsafe target.values.start + target.layout.offset(x: x, y: y, z: z)
          for channel in 0..<target.layout.channels {
            unsafe to[channel] = channel < shared ? from[channel] : 0
          }
        }
      }
    }
  }

  /// Lays out the buffers of the stages one after the other.
  private struct Compiler {
    private(set) var steps: [Step] = []
    /// What the stage before left.
    private(set) var last: VolumeBuffer
    private var plans: [PlanKey: RowPlan] = [:]

    private struct PlanKey: Hashable {
      let input: VolumeLayout
      let output: VolumeLayout
      let stride: Int
    }

    init(last: VolumeBuffer) { self.last = last }

    mutating func add(_ blocks: [VolumeBlock], border: Int) throws(NeuralNetError) {
      let first = blocks[0]
      let input = last
      let size = first.stride == 2 ? input.layout.size.halved : input.layout.size
      let values = first.changes ? try VolumeBuffer(size, channels: first.outputs, border: border) : input
      let before = try VolumeBuffer(size, channels: first.width, border: first.reach)
      let after = first.hasBottleneck ? try VolumeBuffer(size, channels: first.width, border: 0) : before
      for (number, block) in blocks.enumerated() {
        let source = number == 0 ? input : values
        try addShortcut(of: block, from: source, to: values)
        let filters = block.convolutions
        if block.hasBottleneck {
          let reduced =
            block.stride == 2
            ? try VolumeBuffer(source.layout.size, channels: block.width, border: block.reach) : before
          try convolve(filters[0], from: source, to: reduced)
          try convolve(filters[1], from: reduced, to: after, stride: block.stride)
        } else {
          try convolve(filters[0], from: source, to: before, stride: block.stride)
        }
        try convolve(filters[filters.count - 1], from: after, to: values, adds: true)
        steps.append(.observe(block.name, values))
      }
      last = values
    }

    private mutating func addShortcut(
      of block: VolumeBlock, from source: VolumeBuffer, to values: VolumeBuffer
    ) throws(NeuralNetError) {
      guard block.changes else { return }
      guard let shortcut = block.shortcut else {
        steps.append(.pad(from: source, to: values, stride: block.stride))
        return
      }
      try convolve(shortcut, from: source, to: values, stride: block.stride, rectify: false)
    }

    private mutating func convolve(
      _ filters: VolumeFilters, from source: VolumeBuffer, to target: VolumeBuffer, stride: Int = 1,
      adds: Bool = false,
      rectify: Bool = true
    ) throws(NeuralNetError) {
      let key = PlanKey(input: source.layout, output: target.layout, stride: stride)
      let rows: RowPlan
      if let known = plans[key] { rows = known } else { rows = try self.rows(key) }
      plans[key] = rows
      steps.append(.convolution(filters, rows, from: source, to: target, adds: adds, rectify: rectify))
    }

    private func rows(_ key: PlanKey) throws(NeuralNetError) -> RowPlan {
      let size = key.output.size
      var (inputs, outputs): ([Int], [Int]) = ([], [])
      for z in 0..<size.z {
        for y in 0..<size.y {
          for x in 0..<size.x {
            inputs.append(key.input.offset(x: key.stride * x, y: key.stride * y, z: key.stride * z))
            outputs.append(key.output.offset(x: x, y: y, z: z))
          }
        }
      }
      return try RowPlan(inputs: inputs, outputs: outputs)
    }
  }
}
