extension Page {
  struct AuditRow {
    var rule: String
    var status: String
    var evidence: String
    /// `pass`, `fail` or `none`, for the style.
    var kind: String
  }
}

extension Page.AuditRow {
  init(_ line: StudyReport.AuditLine) {
    rule = line.rule
    evidence = line.evidence + (line.explained ?? []).map { " Explained: \($0.text)" }.joined()
    switch line.status {
    case .pass: (status, kind) = ("Passed", "pass")
    case .fail where line.isExplained: (status, kind) = ("Failed, explained", "none")
    case .fail: (status, kind) = ("FAILED", "fail")
    case .notApplicable: (status, kind) = ("Not applicable", "none")
    }
  }

  /// `18 lines: 15 passed, 1 failed, 2 not applicable`
  static func summary(of report: StudyReport) -> String {
    let counts = StudyReport.AuditLine.Status.allCases.map { status in
      report.audit.count { $0.status == status }
    }
    let explained = report.audit.count(where: \.isExplained)
    return "\(PageNumber.count(report.audit.count, "line")): \(counts[0]) passed, \(counts[1]) failed"
      + (explained > 0 ? " (\(explained) explained by the study file)" : "")
      + ", \(counts[2]) not applicable."
  }
}

extension PageTemplates {
  static let audit = """
    {{^empty(audit)}}
    <section aria-labelledby="audit">
    <h2 id="audit">Leakage audit</h2>
    <p>Each line is computed from this study: parts, hashes, replicates, and models fitted again with the test \
    part hidden. {{auditSummary}}</p>
    <details{{#auditFails}} open="open"{{/auditFails}}>
    <summary>Line by line</summary>
    <div class="scroll" role="region" aria-label="Leakage audit" tabindex="0">
    <table class="text stack audit">
    <caption>Leakage from test to training, line by line.</caption>
    <thead>
    <tr><th scope="col">Rule</th><th scope="col">Result</th><th scope="col">Evidence</th></tr>
    </thead>
    <tbody>
    {{#audit}}
    <tr class="{{kind}}"><th scope="row">{{rule}}</th><td data-label="Result" class="status">{{status}}</td>\
    <td data-label="Evidence">{{evidence}}</td></tr>
    {{/audit}}
    </tbody>
    </table>
    </div>
    </details>
    </section>
    {{/empty(audit)}}
    """
}
