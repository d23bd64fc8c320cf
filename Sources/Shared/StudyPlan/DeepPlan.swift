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

/// The weights of a network, by name and by content.
package struct DeepWeights: Codable, Equatable, Sendable {
  /// Path of a safetensors file below a worker's root, or `random-seed-N`.
  package var name: String
  /// SHA-256 of the file, hexadecimal; nil in a study file that leaves it to the submission. Workers compare.
  package var sha256: String?

  package init(name: String, sha256: String? = nil) {
    self.name = name
    self.sha256 = sha256
  }

  private static let randomPrefix = "random-seed-"

  /// The seed of a random network, which is not trained and needs no file; nil for a file.
  package var randomSeed: UInt64? {
    guard name.hasPrefix(Self.randomPrefix), let seed = UInt64(name.dropFirst(Self.randomPrefix.count)),
      name == Self.randomPrefix + String(seed)
    else { return nil }
    return seed
  }

  /// What reports and tables call the weights: of a random network, that it is not trained.
  package var label: String {
    randomSeed == nil ? name : "\(name) (random weights, not a trained network)"
  }

  /// - Throws: `StudyError` for a path that would not mean the same on every worker.
  func checked(at place: String) throws(StudyError) -> DeepWeights {
    let mistyped = name.hasPrefix(Self.randomPrefix) && randomSeed == nil && !name.hasSuffix(".safetensors")
    guard !mistyped else {
      throw StudyError(.badValue, "\(place) is '\(name)'; the N of random-seed-N is a whole number.")
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
