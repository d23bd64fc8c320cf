import Foundation
import Statistics
import StudyPlan

extension PreparedStudy {
  /// One replicate of the whole-pipeline bootstrap of all models, as canonical JSON.
  package func replicate(_ number: Int) throws(StudyTaskError) -> [UInt8] {
    do {
      let replicate = try BootstrapReplicate(
        table, training: split.training, plans: plans,
        address: RandomAddress(seed: cohort.study.seed, replicate: number))
      return try ReplicateCoding.encode(replicate)
    } catch {
      throw StudyTaskError(ofStatistics: error)
    }
  }
}

/// Replicates and models as JSON. Keys are sorted and numbers in their shortest form, so equal values give equal bytes;
/// what is not finite is written as text.
enum ReplicateCoding {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return Array(try encoder.encode(value))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(bytes))
  }
}
