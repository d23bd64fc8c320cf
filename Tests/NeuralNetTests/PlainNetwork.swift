import COpenBLAS
import NeuralNet

/// A residual network the plain way: patches copied to a matrix, OpenBLAS, normalisation as a step of its own, three channels.
///
/// Planes of rows of pixels. Shares no code with the network it checks.
struct PlainNetwork {
  struct Image {
    var side: Int
    var channels: Int
    var values: [Float]
  }

  let weights: NetworkWeights
  /// Blocks of the four stages.
  var blocks = [2, 2, 2, 2]
  /// Whether a block is 1 x 1, 3 x 3 and 1 x 1 instead of two of 3 x 3.
  var hasBottlenecks = false
  /// Mean and deviation of the three channels.
  var normalisation = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]

  /// Activations after the first pool and after every block, and the features.
  /// - Parameter picture: one plane, or three.
  func run(_ picture: [Float]) -> (layers: [(name: String, image: Image)], features: [Double]) {
    var image = Image(side: 224, channels: 3, values: [])
    let plane = 224 * 224
    for (channel, (mean, deviation)) in normalisation.enumerated() {
      let first = picture.count == plane ? 0 : channel * plane
      image.values += picture[first..<first + plane].map { Float((Double($0) - mean) / deviation) }
    }
    image = convolved(image, "conv1", "bn1", side: 7, stride: 2)
    rectify(&image)
    image = pooled(image)
    var layers = [(name: "maxpool", image: image)]
    for stage in 1...4 {
      for block in 0..<blocks[stage - 1] {
        let prefix = "layer\(stage).\(block)."
        let stride = stage > 1 && block == 0 ? 2 : 1
        var shortcut = image
        if block == 0 && (stage > 1 || hasBottlenecks) {
          shortcut = convolved(
            image, prefix + "downsample.0", prefix + "downsample.1", side: 1, stride: stride)
        }
        let steps = hasBottlenecks ? [(1, 1), (3, stride), (1, 1)] : [(3, stride), (3, 1)]
        for (number, (side, stride)) in steps.enumerated() {
          if number > 0 { rectify(&image) }
          image = convolved(
            image, "\(prefix)conv\(number + 1)", "\(prefix)bn\(number + 1)", side: side, stride: stride)
        }
        for i in image.values.indices { image.values[i] += shortcut.values[i] }
        rectify(&image)
        layers.append((name: "layer\(stage).\(block)", image: image))
      }
    }
    let pixels = image.side * image.side
    let features = (0..<image.channels).map { channel in
      image.values[channel * pixels..<(channel + 1) * pixels].reduce(0) { $0 + Double($1) } / Double(pixels)
    }
    return (layers, features)
  }

  private func rectify(_ image: inout Image) {
    for i in image.values.indices where image.values[i] < 0 { image.values[i] = 0 }
  }

  private func convolved(_ image: Image, _ name: String, _ norm: String, side: Int, stride: Int) -> Image {
    let filters = weights.values(of: "\(name).weight")
    let outputs = weights.values(of: "\(norm).weight").count
    let result = (image.side + 2 * (side / 2) - side) / stride + 1
    let depth = image.channels * side * side
    let patches = patches(image, side: side, stride: stride, result: result)
    var values = [Float](repeating: 0, count: outputs * result * result)
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(outputs), Int32(result * result), Int32(depth), 1,
      filters,
      Int32(depth), patches, Int32(result * result), 0, &values, Int32(result * result))
    let parts = ["weight", "bias", "running_mean", "running_var"].map { weights.values(of: "\(norm).\($0)") }
    for channel in 0..<outputs {
      let scale = parts[0][channel] / (parts[3][channel] + 1e-5).squareRoot()
      for i in channel * result * result..<(channel + 1) * result * result {
        values[i] = (values[i] - parts[2][channel]) * scale + parts[1][channel]
      }
    }
    return Image(side: result, channels: outputs, values: values)
  }

  /// One row for each channel and kernel pixel, one column for each pixel of the result.
  private func patches(_ image: Image, side: Int, stride: Int, result: Int) -> [Float] {
    var patches = [Float](repeating: 0, count: image.channels * side * side * result * result)
    var row = 0
    for channel in 0..<image.channels {
      for tap in 0..<side * side {
        let (down, right) = (tap / side - side / 2, tap % side - side / 2)
        for y in 0..<result where (0..<image.side).contains(y * stride + down) {
          let source = (channel * image.side + y * stride + down) * image.side + right
          for x in 0..<result where (0..<image.side).contains(x * stride + right) {
            patches[(row * result + y) * result + x] = image.values[source + x * stride]
          }
        }
        row += 1
      }
    }
    return patches
  }

  private func pooled(_ image: Image) -> Image {
    let side = image.side / 2
    var result = Image(side: side, channels: image.channels, values: [])
    for channel in 0..<image.channels {
      for y in 0..<side {
        for x in 0..<side {
          var largest = -Float.infinity
          for v in max(0, 2 * y - 1)...2 * y + 1 {
            for u in max(0, 2 * x - 1)...2 * x + 1 {
              largest = max(largest, image.values[(channel * image.side + v) * image.side + u])
            }
          }
          result.values.append(largest)
        }
      }
    }
    return result
  }
}
