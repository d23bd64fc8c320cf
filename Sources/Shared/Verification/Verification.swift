/// What was found of an installation: every value with its reference, as data.
package struct Verification: Encodable, Equatable, Sendable {
  /// One value, map or set of bits.
  package struct Check: Encodable, Equatable, Sendable {
    package enum Outcome: String, Encodable, Sendable { case met, failed, listed }

    /// The manual's tag of a feature, the name of a response map, or that of an image whose features' bits are known.
    package var name: String
    package var ibsiCode: String?
    package var consensus: String?
    /// The parameter file, where it is not that of the whole part.
    package var parameters: String?
    package var reference: Double?
    package var tolerance: Double?
    /// Nil where it is not finite, or was not computed.
    package var found: Double?
    /// Number of features, and the digest of their bits.
    package var features: Int?
    package var referenceSHA256: String?
    package var foundSHA256: String?
    /// Whether the tolerance alone is met, without rounding; nil where there is none.
    package var isWithinTolerance: Bool?
    package var outcome: Outcome

    package init(name: String, outcome: Outcome) {
      (self.name, self.outcome) = (name, outcome)
    }

    private enum CodingKeys: String, CodingKey {
      case name, ibsiCode, consensus, parameters, reference, tolerance, found, features, outcome
      case referenceSHA256 = "referenceSha256"
      case foundSHA256 = "foundSha256"
      case isWithinTolerance = "withinTolerance"
    }
  }

  /// What is compared with one table of references, under one parameter file.
  package struct Part: Encodable, Equatable, Sendable {
    package enum Kind: String, Encodable, Sendable {
      case values
      /// Largest differences, in per cent of the range of the reference.
      case maps
      /// Digests.
      case bits
    }

    package var title: String
    package var kind: Kind
    package var parameters: String?
    /// Features that were computed under the manual's tags.
    package var features: Int?
    /// Why nothing could be computed.
    package var failure: String?
    package var checks: [Check]
    package var counts: Counts { Counts(checks) }

    private enum CodingKeys: CodingKey { case title, kind, parameters, features, failure, counts, checks }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(title, forKey: .title)
      try container.encode(kind, forKey: .kind)
      try container.encodeIfPresent(parameters, forKey: .parameters)
      try container.encodeIfPresent(features, forKey: .features)
      try container.encodeIfPresent(failure, forKey: .failure)
      try container.encode(counts, forKey: .counts)
      try container.encode(checks, forKey: .checks)
    }
  }

  package struct Counts: Encodable, Equatable, Sendable {
    /// What could fail.
    package var checked = 0
    package var met = 0
    /// Met by the tolerance alone, of values and maps.
    package var withinTolerance = 0
    package var failed = 0
    /// Without an agreed value.
    package var listed = 0

    package init(_ checks: [Check]) {
      for check in checks {
        switch check.outcome {
        case .met: met += 1
        case .failed: failed += 1
        case .listed: listed += 1
        }
        if check.isWithinTolerance == true { withinTolerance += 1 }
      }
      checked = met + failed
    }
  }

  /// What was not looked at, and why.
  package struct Absence: Encodable, Equatable, Sendable {
    package var what: String
    package var why: String
  }

  /// A file of the reference data.
  package struct File: Encodable, Equatable, Sendable {
    package var path: String
    package var sha256: String
  }

  package var installation: Installation
  package var parts: [Part]
  package var notLookedAt: [Absence]
  package var files: [File]
  package var counts: Counts { Counts(parts.flatMap(\.checks)) }
  /// Whether nothing that was looked at failed.
  package var passed: Bool { parts.allSatisfy { $0.failure == nil && $0.counts.failed == 0 } }

  private enum CodingKeys: CodingKey { case installation, passed, counts, parts, notLookedAt, files }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(installation, forKey: .installation)
    try container.encode(passed, forKey: .passed)
    try container.encode(counts, forKey: .counts)
    try container.encode(parts, forKey: .parts)
    try container.encode(notLookedAt, forKey: .notLookedAt)
    try container.encode(files, forKey: .files)
  }
}
