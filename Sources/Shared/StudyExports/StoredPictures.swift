import Foundation
import Postgres
import RegionPictures
import Reporting
import StudyPlan
import StudyStore

/// The pictures of a job's regions, as far as its study keeps any.
struct StoredPictures {
  /// Pictures in one answer of the database: some megabytes.
  private static let inAnswer = 100

  private let store: StudyStore
  private let job: Int64

  init(of job: Int64, _ store: StudyStore) {
    self.store = store
    self.job = job
  }

  /// Writes all pictures into a folder, with page and table.
  /// - Throws: `ReportError` where a file cannot be written.
  func write(of cohort: StudyCohort, to folder: URL) async throws -> PicturesOfReport {
    guard cohort.study.table == nil else { return .none }
    guard try await keepsPictures() else { return .atSites }
    let places = Dictionary(uniqueKeysWithValues: cohort.cases.enumerated().map { ($1.id, $0) })
    let pictures = folder.appendingPathComponent("pictures", isDirectory: true)
    try createPrivateFolder(at: folder)
    try createPrivateFolder(at: pictures)
    var found: [Int: (file: String, measurements: RegionMeasurements)] = [:]
    var last: Int64 = 0
    while true {
      let rows = try await rows(after: last)
      for row in rows {
        let (id, png, measured) = try row.decode(Int64.self, [UInt8].self, String.self)
        last = id
        guard let place = places[id] else { continue }
        let name = Self.fileName(place)
        try writePrivateFile(Data(png), to: pictures.appendingPathComponent(name))
        found[place] = (
          "pictures/\(name)", try JSONDecoder().decode(RegionMeasurements.self, from: Data(measured.utf8))
        )
      }
      if rows.count < Self.inAnswer { break }
    }
    let shown = PicturedCohort(cohort)
    try writePictures(
      found.sorted { $0.key < $1.key }.map { shown.pictured($0.key, $0.value.file, $0.value.measurements) },
      title: cohort.study.title, to: folder)
    return .beside
  }

  /// A number, and nothing of the patient.
  private static func fileName(_ place: Int) -> String {
    let digits = String(place + 1)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".png"
  }

  private func keepsPictures() async throws(PostgresError) -> Bool {
    try await store.connection.query("SELECT keeps_pictures FROM trabecula.study WHERE job_id = $1", job)
      .scalar(as: Bool.self)
  }

  private func rows(after last: Int64) async throws(PostgresError) -> PostgresRows {
    try await store.connection.query(
      """
      SELECT DISTINCT ON (f.case_id) f.case_id, p.png, p.measurements::text
        FROM trabecula.case_feature f JOIN trabecula.region_picture p USING (feature_key)
        WHERE f.job_id = $1 AND f.case_id > $2 ORDER BY f.case_id, f.source DESC LIMIT \(Self.inAnswer)
      """, job, last)
  }
}

/// The cases of a study as their pictures name them.
private struct PicturedCohort {
  private let cases: [StudyCase]
  private let names: [Int64: String]
  /// How many cases a subject of a site has.
  private let counts: [[String]: Int]

  init(_ cohort: StudyCohort) {
    cases = cohort.cases
    names = cohort.caseNames
    counts = cohort.cases.reduce(into: [:]) { $0[[$1.site, $1.subject], default: 0] += 1 }
  }

  func pictured(_ place: Int, _ file: String, _ measurements: RegionMeasurements) -> PicturedCase {
    let item = cases[place]
    let parts = [Manifest.sequenceColumn, Manifest.regionColumn].compactMap { item.extra[$0] }
    return PicturedCase(
      caseID: item.subject, site: item.site, name: names[item.id] ?? item.subject,
      part: parts.filter { !$0.isEmpty }.joined(separator: ", "),
      image: (counts[[item.site, item.subject]] ?? 1) > 1 ? item.image : "", file: file,
      measurements: measurements, excluded: item.state == .excluded ? item.loss?.sentence : nil)
  }
}
