import Volumes

/// How a volume of channel vectors lies in memory: planes of rows of voxels of channels, with a border of zeros on every side.
///
/// Kernels write inside only, so the border stays zero and no convolution tests for edges.
struct VolumeLayout: Hashable {
  /// Voxels inside the border.
  let size: GridSize
  let channels: Int
  /// Voxels of zeros on each side of each axis.
  let border: Int

  /// Floats from one row to the next.
  var rowStride: Int { (size.x + 2 * border) * channels }
  /// Floats from one plane to the next.
  var planeStride: Int { (size.y + 2 * border) * rowStride }
  /// Floats of the whole.
  var count: Int { (size.z + 2 * border) * planeStride }

  /// Position of a voxel's first channel.
  func offset(x: Int, y: Int, z: Int) -> Int {
    (z + border) * planeStride + (y + border) * rowStride + (x + border) * channels
  }
}

extension GridSize {
  /// What a convolution or a maximum with stride 2 leaves of it.
  var halved: GridSize { GridSize(x: (x + 1) / 2, y: (y + 1) / 2, z: (z + 1) / 2) }
}

/// A volume that a call of the network works in.
struct VolumeBuffer: Sendable {
  let layout: VolumeLayout
  let values: FixedArray<Float>

  init(_ size: GridSize, channels: Int, border: Int) throws(NeuralNetError) {
    layout = VolumeLayout(size: size, channels: channels, border: border)
    values = try FixedArray(count: layout.count)
  }

  /// The voxels inside, in the order of the image, of channels.
  var inside: [Float] {
    var inside: [Float] = []
    inside.reserveCapacity(layout.size.voxelCount * layout.channels)
    for z in 0..<layout.size.z {
      for y in 0..<layout.size.y {
        let start = unsafe values.start + layout.offset(x: 0, y: y, z: z)
        unsafe inside.append(
          contentsOf: UnsafeBufferPointer(start: start, count: layout.size.x * layout.channels))
      }
    }
    return inside
  }
}
