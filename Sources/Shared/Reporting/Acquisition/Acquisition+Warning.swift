import StudyPlan

extension StudyReport.Warning {
  /// The images of the sites part in how they were acquired or stored.
  package static func acquisitionDiffers(_ differences: [String]) -> Self {
    Self(
      code: "acquisition_differs",
      message:
        "The images of the sites differ in \(differences.joined(separator: "; ")). Features depend on such things: a model may "
        + "have learnt the site. The table “Images by site” has all of them.")
  }
}

extension [StudyReport.Acquisition] {
  /// By what factor the medians of two sites' spacings may differ before they are said to part.
  private static var spacingAllowed: Double { 1.1 }

  /// What the sites part in, a phrase each; what only some sites' files tell is not compared, nor one sequence with another.
  /// - Parameter isOriented: whether the images were brought to one order of axes.
  func differences(isOriented: Bool) -> [String] {
    let groups = Dictionary(grouping: self) { $0.sequence ?? "" }
    return groups.sorted { $0.key < $1.key }.flatMap { sequence, sites in
      sites.differencesOfOneSequence(isOriented: isOriented).map {
        sequence.isEmpty ? $0 : "\(sequence): \($0)"
      }
    }
  }

  private func differencesOfOneSequence(isOriented: Bool) -> [String] {
    var found: [String?] = []
    if !isOriented {
      found.append(Self.phrase("the order of their axes", map { ($0.site, $0.orientations) }))
    }
    found.append(Self.phrase("spacing in the plane", map { ($0.site, $0.inPlaneSpacing) }))
    found.append(Self.phrase("spacing of slices", map { ($0.site, $0.sliceSpacing) }))
    for attribute in StudyReport.Acquisition.attributes {
      let told = map { site in (site.site, site.headers.first { $0.attribute == attribute }?.values ?? []) }
      found.append(Self.phrase(attribute, told))
    }
    return found.compactMap(\.self)
  }

  /// A phrase where the commonest values of the sites are not all the same.
  private static func phrase(_ what: String, _ told: [(site: String, values: [StudyReport.Tally])]) -> String?
  {
    let commonest = told.compactMap { site, values in values.first.map { (site: site, value: $0.value) } }
    guard Set(commonest.map(\.value)).count > 1 else { return nil }
    return "\(what) (\(commonest.map { "\($0.site) \($0.value)" }.joined(separator: ", ")))"
  }

  /// A phrase where the medians of the sites differ by more than is allowed.
  private static func phrase(_ what: String, _ told: [(site: String, spread: StudyReport.Spread?)]) -> String?
  {
    let medians = told.compactMap { site, spread in spread.map { (site: site, median: $0.median) } }
    guard let least = medians.map(\.median).min(), let most = medians.map(\.median).max(),
      most > least * spacingAllowed
    else { return nil }
    return
      "\(what) (\(medians.map { "\($0.site) \(PageNumber.short($0.median)) mm" }.joined(separator: ", ")))"
  }
}
