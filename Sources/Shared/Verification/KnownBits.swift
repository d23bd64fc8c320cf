import DelimitedText
import Digests
import Extraction
import Foundation
import StudyPlan

/// The exact bits of features, as digests: what the program gives on one machine it has to give on every other.
///
/// The digests that the program carries are those of one version of the extractor, and are recorded anew with it by
/// `worker verify --record-known-bits`.
package struct KnownBits: Equatable, Sendable {
  /// Of the features of one image, as `wavelet-LLH`.
  package struct Digest: Equatable, Sendable {
    package var image: String
    package var features: Int
    package var sha256: String
  }

  static let columns = ["extractor", "part", "image", "features", "sha256"]

  /// The extractor that gave them; nil where none are stored.
  package let extractor: String?
  private let digests: [String: [Digest]]

  /// Reads a table.
  /// - Throws: `badTable`.
  init(_ text: String) throws(VerificationError) {
    let table: DelimitedTable
    do throws(DelimitedTextError) {
      table = try DelimitedTable(parsing: text, label: "known-bits.csv")
    } catch {
      throw VerificationError(.badTable, error.description)
    }
    guard table.header == Self.columns else {
      throw VerificationError(.badTable, "known-bits.csv has other columns than \(Self.columns)")
    }
    var digests: [String: [Digest]] = [:]
    for row in table.rows.map(\.fields) {
      guard let count = Int(row[3]), row[0] == table.rows[0].fields[0] else {
        throw VerificationError(.badTable, "known-bits.csv: \(row) is no row of it")
      }
      digests[row[1], default: []].append(Digest(image: row[2], features: count, sha256: row[4]))
    }
    extractor = table.rows.first?.fields[0]
    self.digests = digests
  }

  /// One digest for each image that the features are of, in the order of the features.
  ///
  /// A digest is SHA-256 over the name of each feature, a zero byte, and the eight bytes of its value (IEEE 754, least significant
  /// byte first; NaN is 0x7ff8000000000000).
  package static func digests(of features: ExtractedFeatures) -> [Digest] {
    var images: [String] = []
    var bytes: [String: [UInt8]] = [:]
    var counts: [String: Int] = [:]
    for (name, value) in zip(features.names, features.values) {
      let image = String(name.prefix { $0 != "_" })
      if bytes[image] == nil { images.append(image) }
      let pattern = value.isNaN ? 0x7ff8_0000_0000_0000 : value.bitPattern
      bytes[image, default: []] += Array(name.utf8) + [0]
      bytes[image, default: []] += (0..<8).map { UInt8(truncatingIfNeeded: pattern >> UInt64(8 * $0)) }
      counts[image, default: 0] += 1
    }
    return images.map { image in
      Digest(
        image: image, features: counts[image] ?? 0,
        sha256: Digests.sha256(of: bytes[image] ?? []).hexadecimal)
    }
  }

  /// Compares digests with those that are stored for a part.
  func checks(_ found: [Digest], of part: String) -> [Verification.Check] {
    let stored = digests[part] ?? []
    let known = Dictionary(stored.map { ($0.image, $0) }) { first, _ in first }
    let made = Set(found.map(\.image))
    return found.map { Self.check($0, known[$0.image]) }
      + stored.filter { !made.contains($0.image) }.map { Self.check(nil, $0) }
  }

  private static func check(_ found: Digest?, _ stored: Digest?) -> Verification.Check {
    var check = Verification.Check(
      name: found?.image ?? stored?.image ?? "", outcome: found != nil && found == stored ? .met : .failed)
    check.features = found?.features ?? stored?.features
    (check.referenceSHA256, check.foundSHA256) = (stored?.sha256, found?.sha256)
    return check
  }
}

extension Verification {
  /// What was found of known bits, as the table that the program carries.
  package var knownBitsTable: String {
    let rows = parts.filter { $0.kind == .bits }.flatMap { part in
      part.checks.map {
        [installation.extractor, part.title, $0.name, "\($0.features ?? 0)", $0.foundSHA256 ?? ""]
      }
    }
    return ([KnownBits.columns] + rows).map { DelimitedWriter().line($0) }.joined()
  }
}
