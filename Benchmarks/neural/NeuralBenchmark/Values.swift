import Foundation
import ImageFiles
import NeuralNet
import Volumes

func printFeatures(weights path: String, settings json: String) throws {
  let settings = try JSONDecoder().decode(DeepSettings.self, from: Data(json.utf8))
  let extractor = try DeepExtractor(weights: loadWeights(path))
  while let line = readLine() {
    let fields = line.split(separator: "\t").map { String($0) }
    guard fields.count == 3, let label = UInt32(fields[2]) else {
      fatalError("IMAGE<tab>MASK<tab>LABEL expected")
    }
    let image = try readVolume(at: URL(fileURLWithPath: fields[0]))
    let mask = try readLabelMap(at: URL(fileURLWithPath: fields[1])).mask(of: label)
    let features = try extractor.features(image: image, mask: mask, settings: settings)
    print(features.map { "\($0)" }.joined(separator: " "))
  }
}

/// Layers of each picture in the order of the network, then its features, without separators.
func writeLayers(weights path: String, pictures: String, channels: DeepSettings.Channels?) throws {
  var settings = DeepSettings()
  settings.channels = channels
  let network = try ResidualNetwork(loadWeights(path))
  let values = try floats(at: pictures)
  let size = (channels == .neighbours ? 3 : 1) * 224 * 224
  for start in stride(from: 0, to: values.count, by: size) {
    let picture = Array(values[start..<start + size])
    let features = try network.features(of: [picture], settings: settings) { _, _, layer in write(layer) }
    write(features[0].map { Float($0) })
  }
}

/// Layers of a volume in the order of the network, then its features; the time goes to standard error.
func writeVolumeLayers(weights path: String, volume: String, size: GridSize) throws {
  let network = try VolumeNetwork(loadWeights(path))
  let values = try floats(at: volume)
  write(try network.features(of: values, size: size) { _, layer in write(layer) }.map { Float($0) })
  let times = try (0..<3).map { _ in
    try milliseconds { _ = try network.features(of: values, size: size) }
  }
  let best = times.min() ?? 0
  FileHandle.standardError.write(
    Data("best of three \(best) ms, \(try residentMemory("VmHWM") ?? "")\n".utf8))
}

private func floats(at path: String) throws -> [Float] {
  let raw = try Data(contentsOf: URL(fileURLWithPath: path))
  return unsafe raw.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
}

private func write(_ floats: [Float]) {
  FileHandle.standardOutput.write(unsafe floats.withUnsafeBytes { unsafe Data($0) })
}
