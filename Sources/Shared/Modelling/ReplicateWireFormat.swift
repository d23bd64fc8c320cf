import Foundation
import Statistics

/// The wire format of a replicate, as it is stored: sets of features and rows as bitsets, numbers as their bits, both in base64.
///
/// Bit `i` of a bitset is bit `i mod 8` of byte `i / 8`, without zero bytes at the end; numbers are IEEE 754 doubles,
/// little-endian, in the order of the set bits. Equal replicates give equal bytes.
struct ReplicateWireFormat: Codable {
  struct Model: Codable {
    var name: String
    var features: Data
    var coefficients: Data
    var intercept: Double
    var lambda: Double?
    var cutoff: Double
    var warnings: [FittedModel.Warning]
    var bag: Performance
    var training: Performance
    var outOfBag: Performance?
    var outOfBagRows: Data
    var outOfBagProbabilities: Data
    var failure: StatisticsError.Code?
  }

  var number: Int
  var models: [Model]
  /// What the models are held against; absent in a study without controls.
  var controls: [ControlArea]?
  /// Other learners on the models' predictors; absent in a study without any.
  var learners: [LearnerReplicate]?

  init(
    _ replicate: BootstrapReplicate, controls: [ControlArea]? = nil, learners: [LearnerReplicate]? = nil
  ) {
    self.controls = controls
    self.learners = learners
    number = replicate.number
    models = replicate.models.map { model in
      Model(
        name: model.name, features: Data(bitset: model.features),
        coefficients: Data(littleEndian: model.coefficients), intercept: model.intercept,
        lambda: model.lambda,
        cutoff: model.cutoff, warnings: model.warnings, bag: model.bag, training: model.training,
        outOfBag: model.outOfBag, outOfBagRows: Data(bitset: model.outOfBagRows),
        outOfBagProbabilities: Data(littleEndian: model.outOfBagProbabilities), failure: model.failure)
    }
  }

  /// - Throws: `DecodingError` where a set and its numbers differ in size, or where the numbers are none that a fit gives.
  func replicate() throws -> BootstrapReplicate {
    BootstrapReplicate(
      number: number,
      models: try models.map { model in
        let (features, coefficients) = (model.features.bits, model.coefficients.littleEndianDoubles)
        let (rows, probabilities) = (model.outOfBagRows.bits, model.outOfBagProbabilities.littleEndianDoubles)
        guard features.count == coefficients.count, rows.count == probabilities.count else {
          throw DecodingError.dataCorrupted(
            .init(
              codingPath: [], debugDescription: "replicate \(number): a set and its numbers differ in size"))
        }
        guard !coefficients.contains(where: \.isInfinite),
          !probabilities.contains(where: { $0 < 0 || $0 > 1 })
        else {
          throw DecodingError.dataCorrupted(
            .init(
              codingPath: [], debugDescription: "replicate \(number): a coefficient or a probability is none")
          )
        }
        return BootstrapReplicate.ModelReplicate(
          name: model.name, features: features, coefficients: coefficients, intercept: model.intercept,
          lambda: model.lambda, cutoff: model.cutoff, warnings: model.warnings, bag: model.bag,
          training: model.training, outOfBag: model.outOfBag, outOfBagRows: rows,
          outOfBagProbabilities: probabilities, failure: model.failure)
      })
  }
}

extension Data {
  /// - Parameter members: ascending, each once.
  init(bitset members: [Int]) {
    self.init(count: members.last.map { $0 / 8 + 1 } ?? 0)
    for member in members { self[member / 8] |= 1 << UInt8(member % 8) }
  }

  var bits: [Int] {
    enumerated().flatMap { byte, value in (0..<8).filter { value >> UInt8($0) & 1 == 1 }.map { byte * 8 + $0 }
    }
  }

  init(littleEndian values: [Double]) {
    self.init(
      values.flatMap { value in
        (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
      })
  }

  var littleEndianDoubles: [Double] {
    let bytes = Array(self)
    return stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
      Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) })
    }
  }
}
