import Digests
import Foundation
import Postgres
import StudyPlan

/// Rows of a feature table as feature rows: a study that begins from a table extracts nothing.
package struct FeatureTableRows {
  private let source: FeatureTableSource
  private let names: [String]

  package init(source: FeatureTableSource, names: [String]) {
    self.source = source
    self.names = names
  }

  /// Feature sets of tables have this in place of an extractor's version.
  private static let extractor = "feature table"
  /// Numbers in one statement: 8 MB.
  private static let valuesInStatement = 1_000_000

  private var setDigest: [UInt8] {
    sha256([Data("feature-set".utf8), Data(Self.extractor.utf8)] + names.map { Data($0.utf8) })
  }

  /// Equal values under equal names are one row.
  package func key(of submitted: SubmittedCase) -> [UInt8]? {
    submitted.imageSHA256.map { digest in
      sha256([Data("feature-row".utf8), Data(Self.extractor.utf8), Data(setDigest), Data(digest)])
    }
  }

  /// Writes the rows that are not there yet.
  package func store(_ cases: [SubmittedCase], in session: PostgresSession) throws(PostgresError) {
    let set = try session.query(
      "SELECT trabecula.feature_set_of($1, $2, $3, $4, $5)",
      setDigest, FeatureSource.handcrafted.rawValue, Self.extractor, "{}", names
    ).scalar(as: Int32.self)
    let chunk = max(1, Self.valuesInStatement / max(1, names.count))
    for start in stride(from: 0, to: cases.count, by: chunk) {
      try store(Array(cases[start..<min(start + chunk, cases.count)]), set: set, in: session)
    }
  }

  private func store(_ cases: [SubmittedCase], set: Int32, in session: PostgresSession) throws(PostgresError)
  {
    let rows = cases.compactMap { submitted in
      key(of: submitted).map { (key: $0, digest: submitted.imageSHA256, values: submitted.values ?? []) }
    }
    try session.execute(
      """
      INSERT INTO trabecula.feature_row (feature_key, feature_set_id, image_sha256, mask_sha256, label, feature_values)
        SELECT key, $1, digest, digest, 1, ($4::float8[])[(n - 1) * $5 + 1 : n * $5]
          FROM unnest($2::bytea[], $3::bytea[]) WITH ORDINALITY AS given(key, digest, n)
        ON CONFLICT (feature_key) DO NOTHING
      """, set, rows.map(\.key), rows.map(\.digest), rows.flatMap(\.values), Int64(names.count))
  }
}

/// Digest of one case's features, which stands for its image: equal values are one image listed twice.
package func featureDigest(of values: [Double]) -> [UInt8] {
  var bytes = Data(capacity: values.count * 8)
  for value in values {
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
    }
  }
  return sha256([Data("features".utf8), bytes])
}
