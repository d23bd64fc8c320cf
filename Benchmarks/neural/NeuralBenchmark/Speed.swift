import Foundation
import NeuralNet

func loadWeights(_ path: String) throws -> NetworkWeights {
  let url = URL(fileURLWithPath: path)
  return try NetworkWeights(bytes: readWeightsFile(at: url), label: url.lastPathComponent)
}

/// A picture without structure that a network could exploit.
let picture = (0..<224 * 224).map { Float(($0 * 7919) % 1000) / 1000 }

func milliseconds(_ work: () throws -> Void) rethrows -> Double {
  let time = try ContinuousClock().measure(work)
  return Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) * 1e-15
}

/// One line of JSON: time from file to network and of the first image, best and median of 20 calls, peak memory.
func printTimes(weights path: String, set name: String?) throws {
  let set = InstructionSet.allCases.first { "\($0)" == name } ?? .best
  var loaded: ResidualNetwork?
  var report: [String: Any] = ["set": "\(set)"]
  report["load_ms"] = try milliseconds {
    loaded = try ResidualNetwork(loadWeights(path), instructionSet: set)
  }
  guard let network = loaded else { return }
  report["first_image_ms"] = try milliseconds { _ = try network.features(of: [picture]) }
  for batch in [1, 8] {
    let pictures = [[Float]](repeating: picture, count: batch)
    var processor: [Double] = []
    let times = try (0..<20).map { _ in
      let before = clock()
      let time = try milliseconds { _ = try network.features(of: pictures) } / Double(batch)
      processor.append(Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1e3 / Double(batch))
      return time
    }.sorted()
    // On a machine that others use too, the time of the processor is the fairer one.
    report["batch_\(batch)"] = [
      "best_ms": times[0], "median_ms": times[10], "processor_ms": processor.sorted()[10],
    ]
  }
  report["peak_memory"] = try residentMemory("VmHWM")
  print(
    String(decoding: try JSONSerialization.data(withJSONObject: report, options: .sortedKeys), as: UTF8.self))
}

/// A line of the kernel's account of this process: `VmRSS`, now, or `VmHWM`, at most.
func residentMemory(_ name: String) throws -> String? {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  return status.split(separator: "\n").first { $0.hasPrefix(name) }.map { String($0) }
}

/// Images a second, and milliseconds of processor time an image, of one thread and of several that share one network.
///
/// The two take turns, each thread after a first call of its own, which makes its workspace; the last line has the
/// medians of the ratios. On a machine that others use too, the ratio of the processor times is the better one: it
/// says what the threads cost each other, where each has a core.
func printScaling(weights path: String, slots: Int) throws {
  let network = try ResidualNetwork(loadWeights(path))
  _ = measure(network, threads: slots)
  var ratios: [(rate: Double, processor: Double)] = []
  for round in 1...9 {
    let one = measure(network, threads: 1)
    let many = measure(network, threads: slots)
    ratios.append((many.rate / one.rate, Double(slots) * one.processor / many.processor))
    print(
      "round \(round): 1 slot \(one.rate) images/s, \(slots) slots \(many.rate), \(many.rate / one.rate) times; "
        + "processor time an image \(one.processor) ms, \(many.processor) ms")
  }
  print("resident \(try residentMemory("VmRSS") ?? "unknown")")
  print(
    "median of 9 rounds: \(ratios.map(\.rate).sorted()[4]) times the images a second; by processor time "
      + "\(ratios.map(\.processor).sorted()[4]) times")
}

private func measure(_ network: ResidualNetwork, threads: Int) -> (rate: Double, processor: Double) {
  let rounds = 30
  let group = DispatchGroup()
  let before = clock()
  let time = milliseconds {
    for _ in 0..<threads {
      group.enter()
      Thread {
        for _ in 0..<rounds {
          let pictures = [[Float]](repeating: picture, count: 8)
          guard (try? network.features(of: pictures)) != nil else { fatalError("no memory for the network") }
        }
        group.leave()
      }.start()
    }
    group.wait()
  }
  let images = Double(threads * rounds * 8)
  return (images / time * 1e3, Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1e3 / images)
}
