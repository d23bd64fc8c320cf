extension ManifestReader {
  /// Rows that contradict each other: a region listed twice, a subject with two outcomes or in two parts.
  func contradictions(among rows: [Manifest.Row], lines: [Int]) -> [String] {
    var faults: [String] = []
    var regions: [[String]: Int] = [:]
    var first: [[String]: Int] = [:]
    var groups: [String: Int] = [:]
    for (index, row) in rows.enumerated() {
      let region = [
        row.site, row.subject, row.image, row.mask, row.label.map(String.init) ?? "", row.segment ?? "",
        row.choice?.text ?? "",
        // A study may make a ring of the same region.
        row.part.region,
      ]
      if let earlier = regions.updateValue(index, forKey: region) {
        faults.append(
          "line \(lines[index]): the same \(isFeatureTable ? "ID" : "region") as line \(lines[earlier])"
            + (isFeatureTable
              ? "; where a subject has several images, tell them apart in a column Image." : "."))
      }
      let subject = [row.site, row.subject]
      if let earlier = first[subject] {
        if rows[earlier].outcome != row.outcome {
          faults.append(
            "line \(lines[index]): another \(outcomeName) for the subject of line \(lines[earlier]).")
        }
        if rows[earlier].split != row.split || rows[earlier].group != row.group {
          faults.append(
            "line \(lines[index]): another Split or Group for the subject of line \(lines[earlier]).")
        }
      } else {
        first[subject] = index
      }
      guard let group = row.group else { continue }
      if let earlier = groups[group] {
        if rows[earlier].split != row.split {
          faults.append(
            "line \(lines[index]): Group '\(group)' of line \(lines[earlier]) is in another Split.")
        }
      } else {
        groups[group] = index
      }
    }
    return faults
  }

  /// Repeat segmentations whose image is not segmented by one row without Repeat, or twice by one rater.
  static func strayRepeats(among rows: [Manifest.Row], lines: [Int]) -> [String] {
    func image(_ row: Manifest.Row) -> [String] {
      [row.site, row.subject, row.image, row.choice?.text ?? "", row.part.region]
    }
    func rater(_ row: Manifest.Row) -> String { row.extra[Manifest.repeatColumn] ?? "" }
    let primaries = Dictionary(grouping: rows.filter { rater($0).isEmpty }, by: image)
    var seen: [[String]: Int] = [:]
    var faults: [String] = []
    for (index, row) in rows.enumerated() where !rater(row).isEmpty {
      let count = primaries[image(row)]?.count ?? 0
      if count != 1 {
        faults.append(
          "line \(lines[index]): Repeat is '\(rater(row))', but \(counted(count, "row")) of the same image \(count == 1 ? "has" : "have") no "
            + "Repeat; one must, the segmentation that is modelled.")
      }
      if let earlier = seen.updateValue(index, forKey: image(row) + [rater(row)]) {
        faults.append(
          "line \(lines[index]): the same image and Repeat as line \(lines[earlier]); name each segmentation once."
        )
      }
    }
    return faults
  }

  /// Where images of a subject stand side by side: rows that do not say which sequence and region they are, and two of a subject
  /// that say the same.
  static func mixedParts(among rows: [Manifest.Row], lines: [Int]) -> [String] {
    let primaries = primaries(among: rows)
    guard areJoined(primaries, of: rows) else { return [] }
    let named = primaries.map { rows[$0].part }
    let (hasSequence, hasRegion) = (
      named.contains { !$0.sequence.isEmpty }, named.contains { !$0.region.isEmpty }
    )
    var seen: [[String]: Int] = [:]
    var faults: [String] = []
    for index in primaries {
      let part = rows[index].part
      for (isUsed, text, column) in [
        (hasSequence, part.sequence, Manifest.sequenceColumn),
        (hasRegion, part.region, Manifest.regionColumn),
      ] {
        if isUsed && text.isEmpty {
          faults.append("line \(lines[index]): \(column) is empty; other rows have one.")
        }
        if let reason = ImagePart.fault(of: text) {
          faults.append("line \(lines[index]): \(column) \(reason).")
        }
      }
      let key = [rows[index].site, rows[index].subject, part.sequence, part.region]
      if let earlier = seen.updateValue(index, forKey: key) {
        faults.append(
          "line \(lines[index]): the same subject, Sequence and Region as line \(lines[earlier]); a subject’s images stand side "
            + "by side in one row, so each is to be another one. Name sides or visits in Region, or give them IDs of their own with "
            + "one Group.")
      }
    }
    return faults
  }

  /// Rows whose segmentations are modelled.
  private static func primaries(among rows: [Manifest.Row]) -> [Int] {
    rows.indices.filter { (rows[$0].extra[Manifest.repeatColumn] ?? "").isEmpty }
  }

  /// Whether images of a subject stand side by side in one row of the models.
  private static func areJoined(_ primaries: [Int], of rows: [Manifest.Row]) -> Bool {
    let subjects = Dictionary(grouping: primaries) { [rows[$0].site, rows[$0].subject] }
    return subjects.values.contains { Set($0.map { rows[$0].part }).count > 1 }
  }

  /// Where images of a subject stand side by side: rows of a subject that have different values of a covariate, of which the row that
  /// they become has one. A row without a value contradicts none; subjects without an outcome are not modelled.
  static func differingCovariates(
    _ covariates: [String], among rows: [Manifest.Row], lines: [Int]
  ) -> [String] {
    let primaries = primaries(among: rows)
    guard !covariates.isEmpty, areJoined(primaries, of: rows) else { return [] }
    var faults: [String] = []
    var first: [[String]: Int] = [:]
    for index in primaries where rows[index].outcome != nil {
      for covariate in covariates {
        guard let value = rows[index].extra[covariate], !value.isEmpty else { continue }
        let key = [rows[index].site, rows[index].subject, covariate]
        guard let earlier = first[key] else {
          first[key] = index
          continue
        }
        if let other = rows[earlier].extra[covariate], other != value {
          faults.append(
            "line \(lines[index]): \(covariate) is '\(value)', but '\(other)' in line \(lines[earlier]) of the same subject, whose "
              + "images are one row of the models.")
        }
      }
    }
    return faults
  }
}
