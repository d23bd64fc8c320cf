import StudyPlan
import StudyStore

/// A group (those who share folds, resamples and parts) belongs to one site, because sites are strata, are harmonised, and are left out
/// one by one. Refuses, before anything is computed, a `Group` of two sites, and copies at two sites where the study asks for groups.
/// - Throws: `StudyError` that names them, and what to do.
func requireGroupsOfOneSite(_ study: Study, _ cases: [SubmittedCase]) throws(StudyError) {
  guard !study.models.isEmpty else { return }
  let own = cases.filter { $0.row.split != .external }
  let named = Dictionary(grouping: own.filter { $0.row.group != nil }) { $0.row.group ?? "" }
  let wide = named.filter { Set($0.value.map(\.row.site)).count > 1 }.keys.sorted()
  guard wide.isEmpty else {
    throw StudyError(
      .badManifest,
      "Column Group: \(listed(wide.map { "'\($0)'" })) stands at several sites. A group belongs to one site, because sites are strata, "
        + "are harmonised and left out one by one. If the group is one person, keep the images of one site; else give each site's people "
        + "a group of their own.")
  }
  guard study.duplicates == .group else { return }
  let copies = copiesAtSeveralSites(study, own)
  guard copies.isEmpty else {
    throw StudyError(
      .badManifest,
      "duplicates: group, but \(copies.count == 1 ? "1 image stands" : "\(copies.count) images stand") under subjects of several sites ("
        + "\(listed(copies))). A group belongs to one site, because sites are strata, are harmonised and left out one by one. Leave all "
        + "copies but one out of the table; or write duplicates: report, and the leakage audit tells of them."
    )
  }
}

/// `A/P1 = B/Q7` for each image that is known to stand at two sites.
private func copiesAtSeveralSites(_ study: Study, _ cases: [SubmittedCase]) -> [String] {
  let column = study.table?.digestColumn
  let keyed = cases.compactMap { item -> (key: String, row: Manifest.Row)? in
    guard study.table == nil else {
      guard let digest = column.flatMap({ item.row.extra[$0] }), !digest.isEmpty else { return nil }
      return (digest.lowercased(), item.row)
    }
    return item.imageSHA256.map { ("\($0)", item.row) }
  }
  return Dictionary(grouping: keyed, by: \.key).values.map { $0.map(\.row) }
    .filter { Set($0.map(\.site)).count > 1 }
    .map { rows in Set(rows.map { "\($0.site)/\($0.subject)" }).sorted().joined(separator: " = ") }.sorted()
}

private func listed(_ names: [String]) -> String {
  names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
}
