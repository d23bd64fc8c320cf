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

  /// What the sites part in, a phrase each; what only some sites' files tell is not compared.
  /// - Parameter orientation: how the images were brought to one; `nil` or as stored where they were not.
  func differences(isOriented: Bool) -> [String] {
    var found: [String] = []
    if !isOriented, let phrase = phrase("the order of their axes", \.orientations) { found.append(phrase) }
    found += [
      ("spacing in the plane", \StudyReport.Acquisition.inPlaneSpacing),
      ("spacing of slices", \StudyReport.Acquisition.sliceSpacing),
    ].compactMap { spacingPhrase($0.0, $0.1) }
    for attribute in StudyReport.Acquisition.attributes {
      let told = map { site in (site.site, site.headers.first { $0.attribute == attribute }?.values ?? []) }
      if let phrase = Self.phrase(attribute, told) { found.append(phrase) }
    }
    return found
  }

  private func phrase(_ what: String, _ values: (StudyReport.Acquisition) -> [StudyReport.Tally]) -> String? {
    Self.phrase(what, map { ($0.site, values($0)) })
  }

  /// A phrase where the commonest values of the sites are not all the same.
  private static func phrase(_ what: String, _ told: [(site: String, values: [StudyReport.Tally])]) -> String?
  {
    let commonest = told.compactMap { site, values in values.first.map { (site: site, value: $0.value) } }
    guard Set(commonest.map(\.value)).count > 1 else { return nil }
    return "\(what) (\(commonest.map { "\($0.site) \($0.value)" }.joined(separator: ", ")))"
  }

  private func spacingPhrase(_ what: String, _ spread: (StudyReport.Acquisition) -> StudyReport.Spread?)
    -> String?
  {
    let medians = compactMap { site in spread(site).map { (site: site.site, median: $0.median) } }
    guard let least = medians.map(\.median).min(), let most = medians.map(\.median).max(),
      most > least * Self.spacingAllowed
    else { return nil }
    return
      "\(what) (\(medians.map { "\($0.site) \(PageNumber.short($0.median)) mm" }.joined(separator: ", ")))"
  }
}
