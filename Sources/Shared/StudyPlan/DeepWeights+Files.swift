import Digests
import Foundation
import NeuralNet

/// A machine does not have the weights that a study was submitted with; another may.
package struct WeightsUnavailable: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String
}

extension DeepWeights {
  /// Weights as a command line names them: `random-seed-N`, or a safetensors file on this machine.
  package init(onThisMachine name: String) {
    self.init(name: DeepWeights(name: name).randomSeed == nil ? (name as NSString).lastPathComponent : name)
  }

  /// Reads and checks the weights on the machine that submits a study, and records their SHA-256 and which network they are of.
  ///
  /// - Parameters:
  ///   - root: folder that the name counts from.
  ///   - given: where the file lies instead.
  /// - Throws: `StudyTaskError` where they are of no network that is known, or of another than the study says, do not have the digest that it asks for, or cannot be
  ///   read and the study gives no digest by which workers could tell that they have the right ones.
  package func submitted(below root: URL, given: URL?) throws(StudyTaskError) -> DeepWeights {
    let bytes: [UInt8]
    let found: NetworkArchitecture
    do throws(NeuralNetError) {
      bytes = try contents(at: given ?? root.appendingPathComponent(name))
      found = try NetworkWeights(bytes: bytes, label: name).architecture
    } catch {
      guard error.code == .notFound else { throw StudyTaskError(error) }
      if sha256 != nil, given == nil { return recorded(sha256, network ?? .resnet18) }
      throw StudyTaskError(
        code: "not-found", sentence: "Weights \(error)".sentence,
        remedy: "Put the file there, name it with --weights, or write its digest under deep.sha256.")
    }
    let digest = Digests.sha256(of: bytes).hexadecimal
    guard sha256 == nil || sha256 == digest else {
      throw StudyTaskError(
        code: "other-weights",
        sentence: "\(name) has SHA-256 \(digest), but the study file asks for \(sha256 ?? "").",
        remedy: "Take the right file, or correct deep.sha256.")
    }
    guard network == nil || network == found else {
      throw StudyTaskError(
        code: "other-network",
        sentence:
          "\(name) has the weights of a \(found.title), but the study file says network: \(network?.rawValue ?? "").",
        remedy: "Take the right file, or leave deep.network out.")
    }
    return recorded(digest, found)
  }

  /// As a submitted study has them: a ResNet18, and what the name says already, goes without saying.
  private func recorded(_ digest: String?, _ found: NetworkArchitecture) -> DeepWeights {
    DeepWeights(name: name, sha256: digest, network: found == .resnet18 || randomSeed != nil ? nil : found)
  }

  /// Loads the network of a submitted study on a worker, from the first file that has the recorded SHA-256.
  ///
  /// - Parameters:
  ///   - root: folder that the name counts from; nil where there is none.
  ///   - given: files that this worker was started with, tried before the one below the root.
  /// - Throws: `WeightsUnavailable` where no file has the digest, `StudyTaskError` where the weights are unusable.
  package func extractor(below root: URL?, given: [URL]) throws -> DeepExtractor {
    let bytes = try found(below: root, given: given)
    let weights: NetworkWeights
    do throws(NeuralNetError) {
      weights = try NetworkWeights(bytes: bytes, label: name)
    } catch {
      throw StudyTaskError(error)
    }
    let expected = try checked(weights)
    do throws(NeuralNetError) {
      return try DeepExtractor(weights: expected)
    } catch {
      throw StudyTaskError(error)
    }
  }

  /// - Throws: `StudyTaskError` where they are of another network than the submission, which had no file to look into, was told: the
  ///   names of the features followed from that.
  private func checked(_ weights: NetworkWeights) throws(StudyTaskError) -> NetworkWeights {
    guard weights.architecture == architecture else {
      throw StudyTaskError(
        code: "other-network",
        sentence:
          "\(name) has the weights of a \(weights.architecture.title), but the study was submitted for a \(architecture.title).",
        remedy:
          "Write network: \(weights.architecture.rawValue) in the section deep, and submit the study again.")
    }
    return weights
  }

  /// The contents of the first file that has the recorded SHA-256.
  /// - Throws: `WeightsUnavailable`, which says what was found instead.
  package func found(below root: URL?, given: [URL]) throws(WeightsUnavailable) -> [UInt8] {
    let places =
      randomSeed == nil
      ? given + (root.map { [$0.appendingPathComponent(name)] } ?? []) : [URL(fileURLWithPath: "/")]
    var others: [String] = []
    for place in places {
      do throws(NeuralNetError) {
        let bytes = try contents(at: place)
        if Digests.sha256(of: bytes).hexadecimal == sha256 { return bytes }
        others.append("a file with other weights")
      } catch {
        others.append(error.code == .notFound ? "no file" : "a file that cannot be read")
      }
    }
    throw WeightsUnavailable(
      description: "the weights \(name) with SHA-256 \(sha256 ?? "unknown") are not on this machine (found: "
        + "\(others.joined(separator: ", "))): put the file below --root, or name it with --weights")
  }

  /// Loads the network of a file on this machine, whatever its digest.
  package func extractor(at url: URL) throws(StudyTaskError) -> DeepExtractor {
    do throws(NeuralNetError) {
      return try DeepExtractor(weights: NetworkWeights(bytes: contents(at: url), label: name))
    } catch {
      throw StudyTaskError(error)
    }
  }

  /// The same weights with the digest of a file on this machine.
  package func hashed(at url: URL) throws(StudyTaskError) -> DeepWeights {
    do throws(NeuralNetError) {
      return DeepWeights(name: name, sha256: Digests.sha256(of: try contents(at: url)).hexadecimal)
    } catch {
      throw StudyTaskError(error)
    }
  }

  private func contents(at url: URL) throws(NeuralNetError) -> [UInt8] {
    if let randomNetwork {
      return NetworkWeights.randomBytes(randomNetwork.architecture, seed: randomNetwork.seed)
    }
    return try readWeightsFile(at: url)
  }
}

extension StudyTaskError {
  /// What a researcher reads of an error of network or weights.
  package init(_ error: NeuralNetError) {
    let remedy =
      switch error.code {
      case .notFound, .unreadable: "Check the path and the rights of the weights file."
      case .tooLarge, .truncated, .pickle, .notSafetensors, .badHeader, .tensorMismatch, .unusableWeight:
        "Export the weights of a residual network to safetensors again."
      case .invalidSetting: "Correct the settings of the deep features."
      case .sizeMismatch: "Export the mask on the image's grid."
      case .emptyRegion, .regionTooSmall, .sliceTooSmall, .cropTooLarge, .noContrast:
        "Check the mask and the image."
      case .nonFiniteVoxel: "Export the image again; NaN and infinite pixels have no features."
      case .nonFiniteFeature: "Check the weights: their values are far too large."
      case .outOfMemory: "Lower -j, or give the machine more memory."
      }
    // Messages about weights begin with the name of their file, which keeps its letters.
    let subject = error.isAboutWeights ? "Weights " : ""
    self.init(
      code: error.code.rawValue.kebabCase, sentence: (subject + error.description).sentence, remedy: remedy,
      isTransient: error.code == .outOfMemory)
  }
}

extension NeuralNetError {
  fileprivate var isAboutWeights: Bool {
    switch code {
    case .notFound, .unreadable, .tooLarge, .truncated, .pickle, .notSafetensors, .badHeader, .tensorMismatch,
      .unusableWeight:
      true
    case .invalidSetting, .sizeMismatch, .emptyRegion, .regionTooSmall, .sliceTooSmall, .cropTooLarge,
      .noContrast,
      .nonFiniteVoxel, .nonFiniteFeature, .outOfMemory:
      false
    }
  }
}
