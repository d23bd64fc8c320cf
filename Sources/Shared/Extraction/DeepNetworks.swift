import Cancellation
import Foundation
import NeuralNet
import StudyPlan

/// The network of deep features: read and transformed once a process (160 MB), shared by all its tasks.
package actor DeepNetworks {
  private let root: URL
  private let given: [URL]
  /// Studies with other weights replace it.
  private var current: (weights: DeepWeights, network: Task<DeepExtractor, any Error>)?

  /// - Parameters:
  ///   - root: folder that the names of weights count from.
  ///   - given: files that the worker was started with.
  package init(root: URL, given: [URL]) {
    self.root = root
    self.given = given
  }

  /// - Throws: `WeightsUnavailable` where this machine does not have them, `StudyTaskError` where they are unusable.
  package func extractor(_ weights: DeepWeights) async throws -> DeepExtractor {
    if let current, current.weights == weights { return try await current.network.value }
    let (root, given) = (root, given)
    // Shared by all slots that need the network, so the cancellation of one of them must not reach it.
    let network = Task {
      try await Computation.unlimited.run { _ in try weights.extractor(below: root, given: given) }
    }
    current = (weights, network)
    do {
      return try await network.value
    } catch {
      if current?.weights == weights { current = nil }
      throw error
    }
  }

  /// Why this machine does not have a file with the digest of these weights; nil where it has. Reads files: for a thread that
  /// may wait.
  package nonisolated func lack(of weights: DeepWeights) -> String? {
    do {
      _ = try weights.found(below: root, given: given)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
