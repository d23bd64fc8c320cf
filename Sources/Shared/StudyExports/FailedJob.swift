import Foundation
import Reporting
import StudyStore

/// What there is to tell of a job that failed, or is held, and has no report: why, which cases are lost, and what is to be done.
package struct FailedJob: Sendable {
  /// Cases that are lost for one cause.
  package struct Cause: Equatable, Sendable {
    package let code: String
    package let cases: Int
    /// With how many of the cases each has, most first.
    package let sites: [(name: String, cases: Int)]
    /// Of one of the cases.
    package let sentence: String
    package let remedy: String

    package static func == (a: Cause, b: Cause) -> Bool {
      (a.code, a.cases, a.sentence, a.remedy) == (b.code, b.cases, b.sentence, b.remedy)
        && a.sites.elementsEqual(b.sites, by: ==)
    }
  }

  package let job: Int64
  package let study: String
  /// `failed` or `is held`.
  package let fate: String
  package let reason: String
  /// Cases that are not lost.
  package let left: Int
  /// As `failures.csv` has them.
  package let losses: [[String]]
  package let causes: [Cause]

  package init(
    job: Int64, study: String, isHeld: Bool = false, reason: String, cases: Int, losses: [[String]]
  ) {
    (self.job, self.study, self.reason, self.losses) = (job, study, reason, losses)
    fate = isHeld ? "is held" : "failed"
    left = cases - losses.count
    causes = Dictionary(grouping: losses) { $0[4] }.map { code, rows in
      let sites = Dictionary(grouping: rows) { $0[2] }.map { (name: $0, cases: $1.count) }
        .sorted { ($1.cases, $0.name) < ($0.cases, $1.name) }
      return Cause(code: code, cases: rows.count, sites: sites, sentence: rows[0][5], remedy: rows[0][6])
    }.sorted { ($1.cases, $0.code) < ($0.cases, $1.code) }
  }

  /// For a terminal; names no case.
  package var text: String {
    let lines = causes.map { cause in
      "  \(cause.cases) \(cause.code) (\(cause.places)): \(cause.sentence) \(cause.remedy)"
    }
    let head =
      causes.isEmpty
      ? []
      : [
        "\(losses.count) of \(losses.count + left) cases failed or are left out, by cause with what the first of them says:"
      ]
    return (["Job \(job) \(fate): \(reason)"] + head + lines).joined(separator: "\n")
  }

  /// Writes `failures.csv` and `failed.html`, which says who failed, why, and what to do.
  /// - Throws: `ReportError`.
  package func write(to folder: URL) throws {
    try createPrivateFolder(at: folder)
    let hasOther = FileManager.default.fileExists(atPath: folder.appendingPathComponent("index.html").path)
    try TableFile.write(
      losses, under: FailureTable.columns, to: folder.appendingPathComponent("failures.csv"))
    try writePrivateFile(
      Data(page(besideOther: hasOther).utf8), to: folder.appendingPathComponent(Self.pageName))
  }

  package static let pageName = "failed.html"

  /// Takes away the page of an earlier run, which a report has made untrue.
  static func removePage(in folder: URL) throws {
    let page = folder.appendingPathComponent(pageName)
    guard FileManager.default.fileExists(atPath: page.path) else { return }
    do {
      try FileManager.default.removeItem(at: page)
    } catch {
      throw ReportError(
        .fileNotWritten,
        "\(page.path): the page of an earlier failure could not be removed (\(error.localizedDescription)); remove it"
      )
    }
  }
}

extension FailedJob.Cause {
  fileprivate var places: String { sites.map { "\($0.name) \($0.cases)" }.joined(separator: ", ") }
}

extension FailedJob {
  /// - Parameter besideOther: whether a report of an earlier run lies in the same folder.
  private func page(besideOther hasOther: Bool) -> String {
    func escaped(_ text: String) -> String { HTMLEscaping().escapeText(text) }
    func table(_ caption: String, _ head: [String], _ rows: [[String]]) -> String {
      let body = rows.map { "<tr>" + $0.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>" }
      return """
        <table><caption>\(caption)</caption>
        <thead><tr>\(head.map { "<th scope=\"col\">\($0)</th>" }.joined())</tr></thead>
        <tbody>
        \(body.joined(separator: "\n"))
        </tbody></table>
        """
    }
    let shown = losses.prefix(1000)
    let more =
      losses.count > shown.count ? "<p>And \(losses.count - shown.count) more, in failures.csv.</p>" : ""
    let advice =
      causes.isEmpty
      ? "No case is lost. Mend the cause, and run the study again: what is done is kept."
      : "\(losses.count) of \(losses.count + left) cases failed or are left out. Mend the causes, most frequent first, and run the study "
        + "again: what is done is kept."
    let tables =
      causes.isEmpty
      ? ""
      : table(
        "Causes", ["Code", "Cases", "Sites", "What one of them says", "What to do"],
        causes.map { [$0.code, "\($0.cases)", $0.places, $0.sentence, $0.remedy] })
        + table(
          "Cases", ["Case", "Site", "Kind", "Code", "What was found"],
          shown.map { [$0[0], $0[2], $0[3], $0[4], $0[5]] })
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(study)): no result</title>
      <style>
      body { max-width: 60em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
      table { border-collapse: collapse; margin: 1em 0; width: 100%; } caption { text-align: left; font-weight: 600; }
      th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
      </style>
      </head>
      <body>
      <h1>\(escaped(study)): no result</h1>
      <p>Job \(job) \(fate), and there is no report: \(escaped(reason))</p>
      <p>\(advice)\(hasOther ? " index.html beside this page, with all that belongs to it, is of an earlier run." : "")</p>
      \(tables)
      \(more)
      </body>
      </html>

      """
  }
}

extension StudyStore {
  /// What there is to tell of a job that failed or is held; `nil` for a job in another state.
  package func failedJob(_ job: Int64) async throws -> FailedJob? {
    guard let record = try await self.job(job) else { return nil }
    let hold = record.isHeld && record.state == .running ? try await self.hold(of: job)?.sentence : nil
    guard record.state == .failed || hold != nil else { return nil }
    return FailedJob(
      job: job, study: record.name, isHeld: hold != nil,
      reason: hold ?? record.failure ?? "no reason is given.",
      cases: try await cases(of: job).count, losses: try await contents(of: .failures, job: job).rows)
  }
}

extension JobHold {
  /// How much failed, and how much may.
  package var sentence: String {
    let cause = code.map { ", most of them as \($0)" } ?? ""
    return "\(failed) of \(total) \(kind) tasks failed\(cause); failure_budget allows \(allowed)."
  }
}
