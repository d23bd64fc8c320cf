extension Verification {
  /// The whole table for a terminal, and below it what failed, what could not fail, and what was not looked at.
  package var lines: [String] {
    [installation.line, ""] + table
      + section("Not told by this machine", installation.notTold.map { "\($0.what): \($0.why)" })
      + section("Failed", failures)
      + section("Listed, without an agreed value", listed)
      + section("Not looked at", notLookedAt.map { "\($0.what): \($0.why)" }) + ["", summary]
  }

  /// What was looked at, in one line.
  package var summary: String {
    let counts = counts
    return
      "\(passed ? "Passed" : "FAILED"): \(counts.checked) checked, \(counts.met) met, \(counts.failed) failed; "
      + "\(counts.listed) listed without an agreed value; not looked at: "
      + (notLookedAt.isEmpty ? "nothing" : notLookedAt.map(\.what).joined(separator: "; ")) + "."
  }

  private static let heads = ["part", "checked", "met", "by tolerance alone", "failed", "listed"]

  private var table: [String] {
    let rows =
      [Self.heads]
      + parts.map { part in
        let counts = part.counts
        return [
          part.title, "\(counts.checked)", "\(counts.met)",
          part.kind == .bits ? "-" : "\(counts.withinTolerance)", "\(counts.failed)", "\(counts.listed)",
        ]
      }
    let widths = Self.heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let fields = row.indices.map { column in
        let blanks = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + blanks : blanks + row[column]
      }
      return fields.joined(separator: "  ")
    }
  }

  /// Why parts failed, and each value that did.
  package var failures: [String] {
    parts.flatMap { part in
      (part.failure.map { ["\(part.title): \($0)"] } ?? [])
        + part.checks.filter { $0.outcome == .failed }.map {
          "\(part.title): \($0.comparison(in: part.kind))"
        }
    }
  }

  private var listed: [String] {
    parts.flatMap { part in
      part.checks.filter { $0.outcome == .listed }.map {
        "\(part.title): \($0.name) is \($0.found.map { "\($0)" } ?? "not computed")"
      }
    }
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", "\(title):"] + lines.map { "  \($0)" }
  }
}

extension Verification.Check {
  /// What was found beside what was expected.
  fileprivate func comparison(in kind: Verification.Part.Kind) -> String {
    let value = found.map { "\($0)" } ?? "not a number"
    let (wanted, by) = (reference.map { "\($0)" } ?? "none", tolerance.map { "\($0)" } ?? "0")
    return switch kind {
    case .values: "\(name) is \(value), the reference \(wanted) ± \(by)"
    case .maps where found == nil:
      "\(name) cannot be compared: the reference or the map has another grid, one value alone, or what is no number"
    case .maps: "\(name) differs by up to \(value) % of the range, and may by \(by) %"
    case .bits:
      "\(name) has SHA-256 \(foundSHA256 ?? "none, because it was not computed"), the known one is "
        + "\(referenceSHA256 ?? "none")"
    }
  }
}
