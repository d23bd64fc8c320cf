import DatabaseSchema
import Foundation
import Postgres
import SchemaMigration
import StudyPlan
import StudyStore
import StudyTasks

extension Bench {
  /// Seconds to submit a study of so many cases, to submit it again, and to copy the same rows into a plain table.
  func submit(_ count: Int) async throws -> (study: Double, again: Double, plain: Double) {
    let connection = try await PostgresConnection.connect(to: target)
    _ = try await SchemaMigrator(DatabaseSchema.files).migrate(connection)
    // Statistics of empty tables, the worst that autovacuum leaves behind.
    try await connection.execute(script: "ANALYZE")
    let study = try StudyFile(
      yaml: "study: bench\nmanifest: m.csv\n", besides: URL(fileURLWithPath: "/studies/bench.yaml")
    ).study
    let cases = Self.cases(count)
    var seconds: [Double] = []
    for _ in 0..<2 {
      let start = ContinuousClock.now
      _ = try await StudyStore(connection).submit(study, cohort: "bench", cases: cases)
      seconds.append((ContinuousClock.now - start) / .seconds(1))
    }
    try await connection.execute(
      script: "CREATE TABLE plain_case (subject text, site text, image text, mask text, body text)")
    let start = ContinuousClock.now
    let lines = cases.map {
      "\($0.row.subject)\t\($0.row.site)\t\($0.row.image)\t\($0.row.mask)\t{\"image\": \"\($0.row.image)\"}\n"
    }
    try await connection.transaction { session in
      _ = try session.copyIn("COPY plain_case FROM STDIN", text: lines)
    }
    let plain = (ContinuousClock.now - start) / .seconds(1)
    await connection.close()
    return (seconds[0], seconds[1], plain)
  }

  /// As a screening study lists them: ten sites, three cases a subject, none of whose files is here.
  private static func cases(_ count: Int) -> [SubmittedCase] {
    (0..<count).map { index in
      SubmittedCase(
        row: Manifest.Row(
          subject: "P\(index / 3)", site: "Site \(index / 3 % 10)",
          image: "images/P\(index / 3)/t\(index % 3).nii.gz",
          mask: "masks/P\(index / 3)/t\(index % 3).nii.gz", outcome: index / 3 % 2,
          extra: ["Age": "\(50 + index % 25)", "Sex": index % 2 == 0 ? "M" : "F"]),
        label: 1, imageSHA256: nil, maskSHA256: nil)
    }
  }
}
