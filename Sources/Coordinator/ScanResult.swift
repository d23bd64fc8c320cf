import CohortScan

/// What a scan came to, for people and as JSON. It names no patient; places are left out where pseudonyms are given.
struct ScanResult: Encodable {
  struct Finding: Encodable {
    var site: String
    var path: String
    var kind: String
    var leftOut: Bool
    var reason: String
  }

  let manifest: String
  let rows: Int
  let subjects: Int
  let sites: [CohortScan.SiteCounts]
  /// Patients with a row of the clinical table; nil without one.
  let joined: Int?
  /// Those of them whose identifier is written in another way there.
  let joinedBySpelling: Int?
  let leftOut: Int
  /// Findings for which patients of the manifest have no clinical values.
  let withoutValues: Int
  private let told: [Finding]
  /// With all places.
  let findings: [ScanFinding]
  private let hidesPlaces: Bool
  private let columnsWithCommas: [String]

  private enum CodingKeys: String, CodingKey {
    case manifest, rows, subjects, sites, joined, joinedBySpelling, leftOut, withoutValues
    case told = "findings"
  }

  init(_ scan: CohortScan, _ table: (ClinicalTable, TableJoin)?, manifest: String, hidesPlaces: Bool) {
    let join = table?.1
    columnsWithCommas = table?.0.columnsWithCommas ?? []
    self.manifest = manifest
    rows = scan.rows.count
    subjects = Set(scan.rows.map { [$0.site, $0.subject] }).count
    sites = scan.sites
    joined = join?.rows.count
    joinedBySpelling = join?.bySpelling
    findings = (scan.findings + (join?.findings ?? [])).sorted {
      ($0.site, $0.kind.rawValue, $0.place) < ($1.site, $1.kind.rawValue, $1.place)
    }
    leftOut = findings.count { $0.effect == .leftOut }
    withoutValues = findings.count { $0.effect == .withoutValues }
    self.hidesPlaces = hidesPlaces
    told = findings.map {
      Finding(
        site: $0.site, path: hidesPlaces ? "" : $0.place, kind: $0.kind.rawValue,
        leftOut: $0.effect == .leftOut,
        reason: $0.reason)
    }
  }

  var summary: String {
    let perSite = sites.map { "  \($0.site): \($0.images) images, \($0.masks) masks, \($0.rows) rows" }
    let head = "\(manifest): \(rows) rows of \(subjects) patients; \(leftOut) left out."
    let table =
      joined.map {
        ["  \($0) of \(subjects) patients have a row of the table; the others stand in the manifest without."]
      } ?? []
    return ([head] + perSite + table).joined(separator: "\n")
  }

  /// Lines that are shown; the rest stands in the file of --unpaired.
  private static let mostLines = 200

  /// What was left out and what should be known, for standard error.
  var notes: String {
    var lines = hidesPlaces ? countedLines : findings.map(Self.line)
    if lines.count > Self.mostLines {
      lines =
        lines.prefix(Self.mostLines) + ["and \(lines.count - Self.mostLines) more; --unpaired FILE lists all"]
    }
    if let joinedBySpelling, joinedBySpelling > 0 {
      lines.append(
        "Note: \(joinedBySpelling) patients were found in the table by identifiers that differ in letter case, zeros or signs"
      )
    }
    if !columnsWithCommas.isEmpty {
      lines.append("Note: decimal commas became points in \(columnsWithCommas.joined(separator: ", "))")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func line(_ finding: ScanFinding) -> String {
    let place = [finding.site, printable(finding.place)].filter { !$0.isEmpty }.joined(separator: ": ")
    return "\(finding.heading): \(place): \(finding.reason)"
  }

  /// By site, kind and reason: paths often name patients.
  private var countedLines: [String] {
    let groups = Dictionary(grouping: findings) { [$0.site, $0.kind.rawValue, $0.reason] }
    return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, all in
      "\(all[0].heading): \(key[0].isEmpty ? "" : key[0] + ": ")\(all.count) × \(key[2])"
    }
  }

  /// A path fit for one line of a terminal.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}

extension ScanFinding {
  /// What a line about it begins with.
  fileprivate var heading: String {
    switch effect {
    case .leftOut: "Left out"
    case .withoutValues: "Without clinical values"
    case .none: "Note"
    }
  }
}
