import NeuralNet

/// The section `deep` of a study: which network sees which pictures of each region.
package struct DeepPlan: Codable, Equatable, Sendable {
  /// Which task of the queue computes the deep features of a case.
  package enum TaskChoice: String, Codable, Equatable, Sendable, CaseIterable {
    /// The one that computes the hand-crafted features too, so that each image is read once.
    case shared
    /// One of its own, so that machines without the weights can do all the rest.
    case own
  }

  package var weights: DeepWeights
  package var settings: DeepSettings
  package var task: TaskChoice

  package init(weights: DeepWeights, settings: DeepSettings = .init(), task: TaskChoice = .shared) {
    self.weights = weights
    self.settings = settings
    self.task = task
  }
}

extension DeepPlan {
  /// - Throws: `StudyError` for settings that mean nothing to the network.
  package func checkSettings(for architecture: NetworkArchitecture) throws(StudyError) {
    do throws(NeuralNetError) {
      try settings.validate(for: architecture)
    } catch {
      throw StudyError(.badValue, "deep: \(error)")
    }
  }
}

/// The weights of a network, by name and by content.
package struct DeepWeights: Codable, Equatable, Sendable {
  /// Path of a safetensors file below a worker's root, or `random-seed-N`, `random-resnet50-seed-N` and so on.
  package var name: String
  /// SHA-256 of the file, hexadecimal; nil in a study file that leaves it to the submission. Workers compare.
  package var sha256: String?
  /// Which network they are of, where the name does not say it; nil for a ResNet18, and in a study file that leaves it to the
  /// submission.
  package var network: NetworkArchitecture?

  package init(name: String, sha256: String? = nil, network: NetworkArchitecture? = nil) {
    self.name = name
    self.sha256 = sha256
    self.network = network
  }

  /// Which network the features are of, and with it their names. Of weights that were submitted.
  package var architecture: NetworkArchitecture { randomNetwork?.architecture ?? network ?? .resnet18 }

  /// A random network, which is not trained and needs no file; nil for a file.
  package var randomNetwork: (architecture: NetworkArchitecture, seed: UInt64)? {
    guard let seed = name.split(separator: "-").last.flatMap({ UInt64($0) }) else { return nil }
    return NetworkArchitecture.allCases.first { name == NetworkWeights.randomLabel($0, seed: seed) }.map {
      ($0, seed)
    }
  }

  /// The seed of a random network; nil for a file.
  package var randomSeed: UInt64? { randomNetwork?.seed }

  /// What reports and tables call the weights: of a random network, that it is not trained.
  package var label: String {
    randomSeed == nil ? name : "\(name) (random weights, not a trained network)"
  }

  /// - Throws: `StudyError` for a path that would not mean the same on every worker.
  func checked(at place: String) throws(StudyError) -> DeepWeights {
    let isRandom = name.hasPrefix("random-seed-") || name.hasPrefix("random-") && name.contains("-seed-")
    guard !isRandom || randomSeed != nil || name.hasSuffix(".safetensors") else {
      let networks = NetworkArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
      throw StudyError(
        .badValue,
        "\(place) is '\(name)'; the N of random-seed-N is a whole number, and the NETWORK of random-NETWORK-seed-N one of \(networks)."
      )
    }
    if let found = randomNetwork?.architecture, let network, network != found {
      throw StudyError(
        .badValue,
        "\(place) is '\(name)', a \(found.title), but network says \(network.rawValue). Leave network out.")
    }
    guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      throw StudyError(
        .badValue,
        "\(place) must be a path below the folder of the images, or random-seed-N, but is '\(name)'. Where the file"
          + " lies elsewhere, name it there with --weights.")
    }
    return self
  }
}
