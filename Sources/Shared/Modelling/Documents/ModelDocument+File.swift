import Digests
import Foundation
import Statistics
import StudyPlan

extension ModelDocument {
  /// The file: keys sorted, two spaces of indentation, numbers in the fewest digits that read back as the same `Double`, with the
  /// SHA-256 of all the rest.
  package func json() throws -> Data {
    var document = self
    document.sha256 = try sealed()
    return try Self.encoded(document)
  }

  /// The SHA-256 that the file carries.
  package func sealed() throws -> String {
    var document = self
    document.sha256 = nil
    return try Self.digest(of: Self.encoded(document))
  }

  private static func encoded(_ document: ModelDocument) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(document) + Data("\n".utf8)
  }

  /// SHA-256, hexadecimal, of the JSON of a file without its field `sha256`: keys sorted, no spaces, UTF-8 as it is.
  private static func digest(of json: Data) throws -> String {
    var fields = try JSONDecoder().decode([String: AnyJSON].self, from: json)
    fields["sha256"] = nil
    return Digests.sha256(of: try CanonicalJSON.encode(AnyJSON.object(fields))).hexadecimal
  }

  /// More than any model takes.
  private static let largestFile = 64 << 20

  /// Reads a model's file, and checks that it is whole.
  /// - Throws: `StudyTaskError`: `unreadable`, `not-a-model`, `other-schema` for one of another version, `damaged` where its digest is
  ///   another one or its numbers are none.
  package init(at url: URL) throws(StudyTaskError) {
    let text: String
    do throws(StudyError) {
      text = try readText(of: url, as: "The file", limit: Self.largestFile)
    } catch {
      throw StudyTaskError(
        code: "unreadable", sentence: error.message,
        remedy: "coordinator export model JOB -o FILE.json writes a model.")
    }
    try self.init(json: Data(text.utf8))
  }

  /// - Throws: as `init(at:)`.
  package init(json: Data) throws(StudyTaskError) {
    let version: Int
    do {
      version = try JSONDecoder().decode(SchemaVersion.self, from: json).value
    } catch {
      throw StudyTaskError(
        code: "not-a-model", sentence: "This is not a model that coordinator export wrote.",
        remedy: "Export the model again: coordinator export model JOB --model NAME -o FILE.json.")
    }
    guard version == Self.currentSchemaVersion else {
      throw StudyTaskError(
        code: "other-schema",
        sentence:
          "The model's file has schema version \(version), and this program reads \(Self.currentSchemaVersion).",
        remedy: "Export the model again with this program, or predict with the one that wrote the file.")
    }
    do {
      self = try JSONDecoder().decode(ModelDocument.self, from: json)
      guard sha256 == (try Self.digest(of: json)) else {
        throw StudyTaskError(
          code: "damaged",
          sentence:
            "The model's file is not as it was written: its contents do not have the SHA-256 that it names.",
          remedy: "Take an undamaged copy, or export the model again.")
      }
      try check()
    } catch let error as StudyTaskError {
      throw error
    } catch {
      throw StudyTaskError(
        code: "damaged", sentence: "The model's file lacks what a model has, or has it in another form.",
        remedy: "Take an undamaged copy, or export the model again.")
    }
  }

  /// Numbers that a fitted model has.
  private func check() throws(StudyTaskError) {
    let numbers = features.flatMap { [$0.mean, $0.standardDeviation, $0.median, $0.coefficient] }
    let scales = harmonisation?.features.compactMap(\.self).flatMap {
      [$0.deviation] + $0.effects.map(\.scale)
    }
    let isSound =
      (numbers + [intercept, cutoff, update?.intercept ?? 0, update?.slope ?? 1]).allSatisfy(\.isFinite)
      && features.allSatisfy { $0.standardDeviation > 0 } && (scales ?? []).allSatisfy { $0 > 0 }
      && Set(features.map { [$0.kind?.rawValue ?? "", $0.name] }).count == features.count
      && (0...1).contains(cutoff)
      && (harmonisation?.features.count ?? features.count) == features.count
      && extraction?.deep.map { $0.weights.sha256 != nil } ?? true
      && extraction.map { !$0.sources.contains(.deep) || $0.deep != nil } ?? true
      && hasSoundParts
      && survival.map { $0.isSound && update == nil && intercept == 0 } ?? true
    guard isSound else {
      throw StudyTaskError(
        code: "damaged", sentence: "The model's file has numbers that no fitted model has.",
        remedy: "Take an undamaged copy, or export the model again.")
    }
    let unexplained = unexplained
    guard unexplained.isEmpty else {
      throw StudyTaskError(
        code: "incomplete",
        sentence:
          "The file of model \(name) does not hold how to compute \(unexplained.count) of its predictors: "
          + "\(unexplained.prefix(10).joined(separator: ", "))\(unexplained.count > 10 ? ", …" : "").",
        remedy: "Export the model again, from the study that fitted it.")
    }
    for model in scores ?? [] { try model.check() }
  }
}

/// The one key that is read before the others.
private struct SchemaVersion: Decodable {
  let value: Int

  private enum CodingKeys: String, CodingKey {
    case value = "schema_version"
    case equation
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    value = try values.decode(Int.self, forKey: .value)
    _ = try values.decode(String.self, forKey: .equation)
  }
}

/// Any JSON, to be written again in one form.
private enum AnyJSON: Codable {
  case object([String: AnyJSON])
  case array([AnyJSON])
  case text(String)
  case truth(Bool)
  case whole(Int)
  case number(Double)
  case null

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let truth = try? value.decode(Bool.self) {
      self = .truth(truth)
    } else if let whole = try? value.decode(Int.self) {
      self = .whole(whole)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let items = try? value.decode([AnyJSON].self) {
      self = .array(items)
    } else {
      self = .object(try value.decode([String: AnyJSON].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .object(let fields): try value.encode(fields)
    case .array(let items): try value.encode(items)
    case .text(let text): try value.encode(text)
    case .truth(let truth): try value.encode(truth)
    case .whole(let number): try value.encode(number)
    case .number(let number): try value.encode(number)
    case .null: try value.encodeNil()
    }
  }
}
