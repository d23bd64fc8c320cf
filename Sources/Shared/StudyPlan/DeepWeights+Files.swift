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

  /// Reads and checks the weights on the machine that submits a study, and records their SHA-256.
  ///
  /// - Parameters:
  ///   - root: folder that the name counts from.
  ///   - given: where the file lies instead.
  /// - Throws: `StudyTaskError` where they are no ResNet18, do not have the digest that the study asks for, or cannot be
  ///   read and the study gives no digest by which workers could tell that they have the right ones.
  package func submitted(below root: URL, given: URL?) throws(StudyTaskError) -> DeepWeights {
    let bytes: [UInt8]
    do throws(NeuralNetError) {
      bytes = try contents(at: given ?? root.appendingPathComponent(name))
      _ = try ResNet18Weights(bytes: bytes, label: name)
    } catch {
      guard error.code == .notFound else { throw StudyTaskError(error) }
      if sha256 != nil, given == nil { return self }
      throw StudyTaskError(
        code: "not-found", sentence: "Weights \(error)".sentence,
        remedy: "Put the file there, name it with --weights, or write its digest under deep.sha256.")
    }
    let found = Digests.sha256(of: bytes).hexadecimal
    guard sha256 == nil || sha256 == found else {
      throw StudyTaskError(
        code: "other-weights",
        sentence: "\(name) has SHA-256 \(found), but the study file asks for \(sha256 ?? "").",
        remedy: "Take the right file, or correct deep.sha256.")
    }
    return DeepWeights(name: name, sha256: found)
  }

  /// Loads the network of a submitted study on a worker, from the first file that has the recorded SHA-256.
  ///
  /// - Parameters:
  ///   - root: folder that the name counts from; nil where there is none.
  ///   - given: files that this worker was started with, tried before the one below the root.
  /// - Throws: `WeightsUnavailable` where no file has the digest, `StudyTaskError` where the weights are unusable.
  package func extractor(below root: URL?, given: [URL]) throws -> DeepExtractor {
    let bytes = try found(below: root, given: given)
    do throws(NeuralNetError) {
      return try DeepExtractor(weights: ResNet18Weights(bytes: bytes, label: name))
    } catch {
      throw StudyTaskError(error)
    }
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
      return try DeepExtractor(weights: ResNet18Weights(bytes: contents(at: url), label: name))
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
    if let randomSeed { return ResNet18Weights.randomBytes(seed: randomSeed) }
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
        "Export the weights of a ResNet18 to safetensors again."
      case .invalidSetting: "Correct the settings of the deep features."
      case .sizeMismatch: "Export the mask on the image's grid."
      case .emptyRegion, .regionTooSmall, .sliceTooSmall, .cropTooLarge: "Check the mask and the image."
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
      .nonFiniteVoxel, .nonFiniteFeature, .outOfMemory:
      false
    }
  }
}
