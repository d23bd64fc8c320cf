import COpenBLAS
import NeuralNet

/// A network of volumes the plain way: patches copied to a matrix, OpenBLAS, normalisation as a step of its own.
///
/// Channels of planes of rows of voxels. Shares no code with the network it checks.
struct PlainVolumeNetwork {
  struct Image {
    var size: [Int]
    var channels: Int
    var values: [Float]

    var voxels: Int { size.reduce(1, *) }
  }

  let weights: NetworkWeights
  /// Blocks of the four stages.
  let blocks: [Int]
  /// Whether a block is 1 x 1 x 1, 3 x 3 x 3 and 1 x 1 x 1 instead of two of 3 x 3 x 3.
  var hasBottlenecks = false
  /// Whether shortcuts are without weights.
  var padsShortcuts = false

  /// Activations after the first pool and after every block, and the features.
  /// - Parameter size: planes, rows and columns.
  func run(_ volume: [Float], size: [Int]) -> (layers: [(name: String, image: Image)], features: [Double]) {
    var image = convolved(Image(size: size, channels: 1, values: volume), "conv1", "bn1", side: 7, stride: 2)
    rectify(&image)
    image = pooled(image)
    var layers = [(name: "maxpool", image: image)]
    for stage in 0..<4 {
      for block in 0..<blocks[stage] {
        let prefix = "layer\(stage + 1).\(block)."
        let (stride, dilation) = (stage == 1 && block == 0 ? 2 : 1, [1, 1, 2, 4][stage])
        let outputs = (64 << stage) * (hasBottlenecks ? 4 : 1)
        var shortcut = image
        if image.channels != outputs || stride == 2 {
          shortcut =
            padsShortcuts
            ? padded(image, to: outputs, stride: stride)
            : convolved(image, prefix + "downsample.0", prefix + "downsample.1", side: 1, stride: stride)
        }
        let steps = hasBottlenecks ? [(1, 1), (3, stride), (1, 1)] : [(3, stride), (3, 1)]
        for (number, (side, stride)) in steps.enumerated() {
          if number > 0 { rectify(&image) }
          image = convolved(
            image, "\(prefix)conv\(number + 1)", "\(prefix)bn\(number + 1)", side: side, stride: stride,
            dilation: dilation)
        }
        for i in image.values.indices { image.values[i] += shortcut.values[i] }
        rectify(&image)
        layers.append((name: "layer\(stage + 1).\(block)", image: image))
      }
    }
    let features = (0..<image.channels).map { channel in
      image.values[channel * image.voxels..<(channel + 1) * image.voxels].reduce(0) { $0 + Double($1) }
        / Double(image.voxels)
    }
    return (layers, features)
  }

  private func rectify(_ image: inout Image) {
    for i in image.values.indices where image.values[i] < 0 { image.values[i] = 0 }
  }

  private func convolved(
    _ image: Image, _ name: String, _ norm: String, side: Int, stride: Int, dilation: Int = 1
  ) -> Image {
    let filters = weights.values(of: "\(name).weight")
    let outputs = weights.values(of: "\(norm).weight").count
    let size = image.size.map { ($0 - 1) / stride + 1 }
    let (voxels, depth) = (size.reduce(1, *), image.channels * side * side * side)
    let patches = patches(image, side: side, stride: stride, dilation: dilation, size: size)
    var values = [Float](repeating: 0, count: outputs * voxels)
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(outputs), Int32(voxels), Int32(depth), 1, filters,
      Int32(depth), patches, Int32(voxels), 0, &values, Int32(voxels))
    let parts = ["weight", "bias", "running_mean", "running_var"].map { weights.values(of: "\(norm).\($0)") }
    for channel in 0..<outputs {
      let scale = parts[0][channel] / (parts[3][channel] + 1e-5).squareRoot()
      for i in channel * voxels..<(channel + 1) * voxels {
        values[i] = (values[i] - parts[2][channel]) * scale + parts[1][channel]
      }
    }
    return Image(size: size, channels: outputs, values: values)
  }

  /// One row for each channel and kernel voxel, one column for each voxel of the result.
  private func patches(_ image: Image, side: Int, stride: Int, dilation: Int, size: [Int]) -> [Float] {
    var patches = [Float](repeating: 0, count: image.channels * side * side * side * size.reduce(1, *))
    var place = 0
    for channel in 0..<image.channels {
      for tap in 0..<side * side * side {
        let shift = [tap / side / side, tap / side % side, tap % side].map { ($0 - side / 2) * dilation }
        for z in 0..<size[0] {
          for y in 0..<size[1] {
            for x in 0..<size[2] {
              let (w, v, u) = (z * stride + shift[0], y * stride + shift[1], x * stride + shift[2])
              if w >= 0, v >= 0, u >= 0, w < image.size[0], v < image.size[1], u < image.size[2] {
                patches[place] =
                  image.values[((channel * image.size[0] + w) * image.size[1] + v) * image.size[2] + u]
              }
              place += 1
            }
          }
        }
      }
    }
    return patches
  }

  private func padded(_ image: Image, to channels: Int, stride: Int) -> Image {
    let size = image.size.map { ($0 - 1) / stride + 1 }
    var result = Image(size: size, channels: channels, values: [])
    for channel in 0..<channels {
      for z in 0..<size[0] {
        for y in 0..<size[1] {
          for x in 0..<size[2] {
            let from =
              ((channel * image.size[0] + z * stride) * image.size[1] + y * stride) * image.size[2] + x
              * stride
            result.values.append(channel < image.channels ? image.values[from] : 0)
          }
        }
      }
    }
    return result
  }

  private func pooled(_ image: Image) -> Image {
    let size = image.size.map { ($0 - 1) / 2 + 1 }
    func range(_ place: Int, _ axis: Int) -> ClosedRange<Int> {
      max(0, 2 * place - 1)...min(2 * place + 1, image.size[axis] - 1)
    }
    var result = Image(size: size, channels: image.channels, values: [])
    for channel in 0..<image.channels {
      for z in 0..<size[0] {
        for y in 0..<size[1] {
          for x in 0..<size[2] {
            var largest = -Float.infinity
            for w in range(z, 0) {
              for v in range(y, 1) {
                for u in range(x, 2) {
                  largest = max(
                    largest,
                    image.values[((channel * image.size[0] + w) * image.size[1] + v) * image.size[2] + u])
                }
              }
            }
            result.values.append(largest)
          }
        }
      }
    }
    return result
  }
}
