import Foundation
import Mustache
import Reporting
import StudyPlan

/// What was found of an installation as a page for its file: everything in it, nothing outside it.
///
/// The page has no date unless one is given: then the same program gives the same bytes on the same machine, so that an installation is
/// seen to be unchanged by the digest of its page alone.
package struct VerificationPage {
  struct Fact {
    var name: String
    var value: String
  }

  struct CountRow {
    var title: String
    var checked: Int
    var met: Int
    var byTolerance: String
    var failed: Int
    var listed: Int
    var style: String
  }

  struct ValueRow {
    var name: String
    var code: String
    var consensus: String
    var reference: String
    var tolerance: String
    var found: String
    var outcome: String
    var style: String
  }

  struct Part {
    var title: String
    var about: String
    var isOfBits: Bool
    var isOfMaps: Bool
    var isOfValues: Bool
    var rows: [ValueRow]
  }

  let verdict: String
  let summary: String
  let verdictStyle: String
  let facts: [Fact]
  let counts: [CountRow]
  let failures: [String]
  let absences: [Fact]
  let parts: [Part]
  let files: [Fact]
  let style = PageStyle.css

  /// - Parameters:
  ///   - date: when it was looked, as the page is to say it.
  ///   - note: what else the file is to say: which machine, who looked.
  package init(_ found: Verification, date: String?, note: String?) {
    verdict = found.passed ? "Passed" : "Failed"
    verdictStyle = found.passed ? "pass" : "fail"
    summary = found.summary
    let installation = found.installation
    var facts = [
      Fact(name: "Program", value: "Trabecula \(installation.version)"),
      Fact(name: "Extractor", value: installation.extractor),
    ]
    func fact(_ name: String, _ value: String?) -> Fact {
      let why = installation.notTold.first { $0.what == name }?.why
      return Fact(name: name, value: value ?? "not known: \(why ?? "it was not told")")
    }
    facts += [
      fact(Installation.Name.program, installation.programSHA256),
      Fact(name: "Architecture", value: installation.architecture),
      fact(Installation.Name.processor, installation.processor),
      fact(Installation.Name.kernel, installation.kernel),
    ]
    if let date { facts.append(.init(name: "Date", value: date)) }
    if let note { facts.append(.init(name: "Note", value: note)) }
    self.facts = facts
    counts =
      found.parts.map {
        CountRow($0.title, $0.counts, isOfBits: $0.kind == .bits, hasFailed: $0.failure != nil)
      }
      + [CountRow("All", found.counts, isOfBits: false, hasFailed: !found.passed)]
    failures = found.failures
    absences = found.notLookedAt.map { Fact(name: $0.what, value: $0.why) }
    parts = found.parts.map(Part.init)
    files = found.files.map { Fact(name: $0.path, value: $0.sha256) }
  }

  /// The whole HTML document.
  package func html() throws -> String {
    MustacheContentTypes.register(HTMLEscaping(), named: "ESCAPED_HTML")
    return try MustacheTemplate(string: "{{% CONTENT_TYPE: ESCAPED_HTML}}" + Self.document).render(self)
  }
}

extension VerificationPage.CountRow {
  fileprivate init(_ title: String, _ counts: Verification.Counts, isOfBits: Bool, hasFailed: Bool) {
    self.init(
      title: title, checked: counts.checked, met: counts.met,
      byTolerance: isOfBits ? "–" : "\(counts.withinTolerance)", failed: counts.failed, listed: counts.listed,
      style: counts.failed > 0 || hasFailed ? "fail" : "")
  }
}

extension VerificationPage.Part {
  fileprivate init(_ part: Verification.Part) {
    let about = [
      part.parameters.map { "Parameter file \($0)." },
      part.features.map { "\($0) features were computed." }, part.failure.map(\.sentence),
    ]
    self.init(
      title: part.title, about: about.compactMap(\.self).joined(separator: " "), isOfBits: part.kind == .bits,
      isOfMaps: part.kind == .maps, isOfValues: part.kind == .values,
      rows: part.checks.map(VerificationPage.ValueRow.init))
  }
}

extension VerificationPage.ValueRow {
  fileprivate init(_ check: Verification.Check) {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "–" }
    self.init(
      name: check.name, code: check.ibsiCode ?? check.parameters ?? check.features.map { "\($0)" } ?? "",
      consensus: check.consensus ?? "", reference: check.referenceSHA256 ?? text(check.reference),
      tolerance: text(check.tolerance), found: check.foundSHA256 ?? text(check.found),
      outcome: check.outcome == .met && check.isWithinTolerance == false
        ? "met by its digits" : check.outcome.rawValue,
      style: check.outcome == .failed ? "fail" : "")
  }
}
