import Cancellation
import FileSources
import Foundation
import NeuralNet
import StudyPlan

/// The network of deep features: read and transformed once a process (160 MB of a ResNet18), shared by all its tasks.
package actor DeepNetworks {
  private let source: any FileSource
  private let given: [URL]
  /// Studies with other weights replace it.
  private var current: (weights: DeepWeights, network: Task<DeepExtractor, any Error>)?

  /// - Parameters:
  ///   - source: where the names of weights count from.
  ///   - given: files that the worker was started with.
  package init(source: any FileSource, given: [URL]) {
    self.source = source
    self.given = given
  }

  /// - Throws: `WeightsUnavailable` where this machine does not have them, `StudyTaskError` where they are unusable.
  package func extractor(_ weights: DeepWeights) async throws -> DeepExtractor {
    if let current, current.weights == weights { return try await current.network.value }
    let (source, given) = (source, given)
    // Shared by all slots that need the network, so the cancellation of one of them must not reach it.
    let network = Task {
      let mustFetch = try await Computation.unlimited.run { _ in
        source.folder == nil && Self.lack(of: weights, below: nil, given) != nil
      }
      return try await source.withFiles(
        mustFetch ? [weights.name] : [], on: .unlimited, companion: { _ in nil }
      ) { root in
        try await Computation.unlimited.run { _ in try weights.extractor(below: root, given: given) }
      }
    }
    current = (weights, network)
    do {
      return try await network.value
    } catch {
      if current?.weights == weights { current = nil }
      throw error
    }
  }

  /// Why this machine does not have a file with the digest of these weights; nil where it has. Of a file that would have to be
  /// fetched it is looked only whether it is there.
  /// - Throws: `FileSourceError`, and what the computation throws.
  package nonisolated func lack(of weights: DeepWeights, on look: Computation) async throws -> String? {
    let (folder, given) = (source.folder, given)
    let lack = try await look.run { _ in Self.lack(of: weights, below: folder, given) }
    guard lack != nil, folder == nil else { return lack }
    return try await source.hasAny(of: [weights.name], on: look)
      ? nil
      : "the weights \(weights.name) are not in \(source.name): put them there, or name them with --weights"
  }

  private static func lack(of weights: DeepWeights, below folder: URL?, _ given: [URL]) -> String? {
    do {
      _ = try weights.found(below: folder, given: given)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
