extension ManifestReader {
  /// Rows that contradict each other: a region listed twice, a subject with two outcomes or in two parts.
  static func contradictions(among rows: [Manifest.Row], lines: [Int], isFeatureTable: Bool) -> [String] {
    var faults: [String] = []
    var regions: [[String]: Int] = [:]
    var first: [[String]: Int] = [:]
    var groups: [String: Int] = [:]
    for (index, row) in rows.enumerated() {
      let region = [
        row.site, row.subject, row.image, row.mask, row.label.map(String.init) ?? "", row.segment ?? "",
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
          faults.append("line \(lines[index]): another Outcome for the subject of line \(lines[earlier]).")
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
    func image(_ row: Manifest.Row) -> [String] { [row.site, row.subject, row.image] }
    func rater(_ row: Manifest.Row) -> String { row.extra[Manifest.repeatColumn] ?? "" }
    let primaries = Dictionary(grouping: rows.filter { rater($0).isEmpty }, by: image)
    var seen: [[String]: Int] = [:]
    var faults: [String] = []
    for (index, row) in rows.enumerated() where !rater(row).isEmpty {
      let count = primaries[image(row)]?.count ?? 0
      if count != 1 {
        faults.append(
          "line \(lines[index]): Repeat is '\(rater(row))', but \(count) rows of the same image have no Repeat; one "
            + "must, the segmentation that is modelled.")
      }
      if let earlier = seen.updateValue(index, forKey: image(row) + [rater(row)]) {
        faults.append(
          "line \(lines[index]): the same image and Repeat as line \(lines[earlier]); name each segmentation once."
        )
      }
    }
    return faults
  }
}
