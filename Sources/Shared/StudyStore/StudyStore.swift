import Foundation
import ImageFilters
import Postgres
import StudyPlan

/// Cohorts, feature rows, replicates, models and reports in the database: what the tasks of a study read and write.
package struct StudyStore: Sendable {
  package let connection: PostgresConnection
  /// The worker that reads, which may read what its running tasks need; nil for a coordinator, who reads everything.
  package let reader: Int64?

  package init(_ connection: PostgresConnection, reader: Int64? = nil) {
    self.connection = connection
    self.reader = reader
  }
}

extension StudyStore {
  /// The study of a job.
  package func study(of job: Int64) async throws -> Study {
    let text: String = try await connection.query(
      "SELECT study FROM trabecula.study_of($1, $2)", reader, job
    ).scalar(as: String.self)
    return try Study(canonicalJSON: text)
  }

  /// SHA-256 of what was submitted as a job.
  package func key(of job: Int64) async throws(PostgresError) -> [UInt8] {
    try await connection.query("SELECT key FROM trabecula.study_of($1, $2)", reader, job).scalar()
  }

  /// Raised each time a job is taken up again: what was kept of its cases and features is then out of date.
  package func revision(of job: Int64) async throws(PostgresError) -> Int32 {
    try await connection.query("SELECT revision FROM trabecula.study_of($1, $2)", reader, job).scalar()
  }

  /// The study of a job, its cases and the features that they have by now.
  /// - Parameter values: whether the values of the features are wanted, too; without them there are no features.
  package func cohort(of job: Int64, values: Bool = true) async throws -> StudyCohort {
    let (sets, strangers) = try await featureSets(of: job)
    var features: [FeatureBlock] = []
    if values {
      for set in sets {
        features.append(
          FeatureBlock(
            source: set.source, digest: set.digest, names: set.names,
            values: try await self.values(of: job, set: set.id)))
      }
    }
    let cases = try await cases(of: job).map { item in
      item.state == .done && strangers.contains(item.id) ? item.withOtherFeatures : item
    }
    var cohort = StudyCohort(study: try await study(of: job), cases: cases, features: features)
    guard values else { return cohort }
    for variant in cohort.study.variants {
      for set in sets where cohort.study.sources(of: variant).contains(set.source) {
        cohort.varied[variant, default: [:]][set.source] = try await self.values(
          of: job, set: set.id, variant: variant)
      }
    }
    return cohort
  }

  /// All cases of a job.
  package func cases(of job: Int64) async throws -> [StudyCase] {
    let rows = try await connection.query(
      "SELECT * FROM trabecula.cases_of($1, $2) ORDER BY case_id", reader, job)
    return try rows.map(Self.studyCase)
  }

  private static func studyCase(_ row: PostgresRow) throws -> StudyCase {
    let code: String? = try row.decode("failure_code")
    let extra: String = try row.decode("extra")
    return StudyCase(
      id: try row.decode("case_id"), subject: try row.decode("code"), site: try row.decode("site"),
      group: try row.decode("grouping"), outcome: try row.decode("outcome", as: Int?.self),
      split: try row.decode("split", as: String?.self).flatMap(Manifest.Part.init),
      image: try row.decode("image"),
      mask: try row.decode("mask"), label: UInt32(try row.decode("label", as: Int.self)),
      segment: try row.decode("segment", as: String?.self),
      ring: try row.decode("ring", as: String?.self).flatMap { RegionRing($0) },
      choice: try row.decode("choice", as: String?.self),
      state: try StudyCase.State(answered: row.decode("state")),
      loss: try code.map { code in
        StudyCase.Loss(
          code: code, sentence: try row.decode("failure_text", as: String?.self) ?? "",
          remedy: try row.decode("remedy", as: String?.self) ?? "")
      },
      imageSHA256: try row.decode("image_sha256"), maskSHA256: try row.decode("mask_sha256"),
      facts: try row.decode("facts", as: String?.self).map(ImageFacts.init) ?? ImageFacts(),
      extra: try JSONDecoder().decode([String: String].self, from: Data(extra.utf8)))
  }

  private struct StoredSet {
    var id: Int32
    var source: FeatureSource
    var digest: [UInt8]
    var names: [String]
    /// The cases that have features of it.
    var cases: Set<Int64>
  }

  /// The set of features of each source, and the cases that are left out of them.
  ///
  /// A source has one set of names, or two where the job has pictures and volumes: then the one that more cases have, first
  /// of all that of volumes. So whoever sends features under the other names harms cases of its own, and not the study.
  private func featureSets(of job: Int64) async throws -> (sets: [StoredSet], others: Set<Int64>) {
    let rows = try await connection.query(
      "SELECT * FROM trabecula.feature_sets_of($1, $2) ORDER BY source, feature_set_id", reader, job)
    var (sets, others): ([StoredSet], Set<Int64>) = ([], [])
    for row in rows {
      let name: String = try row.decode("source")
      guard let source = FeatureSource(rawValue: name) else {
        throw StudyError(
          .unsupported, "Job \(job) has features of the unknown source '\(name)'; update the program.")
      }
      let id: Int32 = try row.decode("feature_set_id")
      let set = StoredSet(
        id: id, source: source, digest: try row.decode("digest"), names: try row.decode("names"),
        cases: try await cases(of: job, set: id))
      guard let rival = sets.firstIndex(where: { $0.source == source }) else {
        sets.append(set)
        continue
      }
      let isMore = set.cases.count > sets[rival].cases.count
      others.formUnion((isMore ? sets[rival] : set).cases)
      if isMore { sets[rival] = set }
    }
    return (sets, others)
  }

  private func cases(of job: Int64, set: Int32) async throws(PostgresError) -> Set<Int64> {
    let rows = try await connection.query(
      "SELECT case_id FROM trabecula.feature_values_of($1, $2, $3, '')", reader, job, set)
    var cases: Set<Int64> = []
    for row in rows { cases.insert(try row.decode(at: 0)) }
    return cases
  }

  private func values(
    of job: Int64, set: Int32, variant: RegionVariant? = nil
  ) async throws(PostgresError) -> [Int64: [Double]] {
    let rows = try await connection.query(
      "SELECT case_id, feature_values FROM trabecula.feature_values_of($1, $2, $3, $4)", reader, job, set,
      variant?.description ?? "")
    var values: [Int64: [Double]] = [:]
    for row in rows {
      values[try row.decode(at: 0)] = try row.decode(at: 1, as: [Double].self)
    }
    return values
  }

  /// Replicates of a job in their order, as canonical JSON.
  package func replicates(of job: Int64) async throws(PostgresError) -> [[UInt8]] {
    let rows = try await connection.query(
      "SELECT body FROM trabecula.replicates_of($1, $2)", reader, job)
    var bodies: [[UInt8]] = []
    for row in rows { bodies.append(try row.decode(at: 0)) }
    return bodies
  }
}

extension StudyCase {
  /// The case as one whose features are not those that most cases of its study have.
  fileprivate var withOtherFeatures: StudyCase {
    var lost = self
    lost.state = .failed
    lost.loss = Loss(
      code: "other-dimensions",
      sentence:
        "Its features are those of a picture where most cases have those of a volume, or the other way round.",
      remedy: "Leave the case out, or submit pictures and volumes as studies of their own.")
    return lost
  }
}
