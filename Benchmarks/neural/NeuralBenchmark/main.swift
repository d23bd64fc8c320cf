// Speed of the network, and its values on given input for comparison with other programs.
import Foundation
import NeuralNet
import Volumes

let usage = """
  neural-benchmark weights SEED FILE [NETWORK] writes a random network, resnet18 unless said, as safetensors
  neural-benchmark time WEIGHTS [SET]         ms an image at batch 1 and 8 on one thread, load time, peak memory
  neural-benchmark slots WEIGHTS COUNT        images a second at batch 8 on one thread and on COUNT
  neural-benchmark features WEIGHTS SETTINGS  reads `IMAGE<tab>MASK<tab>LABEL` lines, prints a line of values each
  neural-benchmark volume WEIGHTS FILE X Y Z  reads a raw volume of floats, writes every layer as raw floats
  neural-benchmark layers WEIGHTS PICTURES [neighbours]
                                              reads raw 224 x 224 floats, or three such planes a picture, writes every
                                              layer as raw floats
  """
let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("weights", 3...4):
  guard let seed = UInt64(arguments[1]) else { fatalError("SEED is a whole number") }
  guard let network = NetworkArchitecture(rawValue: arguments.count > 3 ? arguments[3] : "resnet18") else {
    fatalError("NETWORK is one of \(NetworkArchitecture.allCases.map(\.rawValue))")
  }
  try Data(NetworkWeights.randomBytes(network, seed: seed)).write(to: URL(fileURLWithPath: arguments[2]))
case ("time", 2...3): try printTimes(weights: arguments[1], set: arguments.count > 2 ? arguments[2] : nil)
case ("slots", 3): try printScaling(weights: arguments[1], slots: Int(arguments[2]) ?? 2)
case ("features", 3): try printFeatures(weights: arguments[1], settings: arguments[2])
case ("volume", 6):
  guard let x = Int(arguments[3]), let y = Int(arguments[4]), let z = Int(arguments[5]) else {
    fatalError("X Y Z are whole numbers")
  }
  try writeVolumeLayers(weights: arguments[1], volume: arguments[2], size: GridSize(x: x, y: y, z: z))
case ("layers", 3...4):
  try writeLayers(
    weights: arguments[1], pictures: arguments[2],
    channels: arguments.count > 3 ? DeepSettings.Channels(rawValue: arguments[3]) : nil)
default:
  print(usage)
  exit(64)
}
