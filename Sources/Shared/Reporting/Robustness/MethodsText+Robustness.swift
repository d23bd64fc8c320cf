extension MethodsText {
  /// How features were asked whether they are robust.
  var robustness: [Sentence] {
    guard let found = report.robustness else { return [] }
    func values(_ value: (StudyReport.Robustness.Perturbation) -> Double, _ scale: Double, _ unit: String)
      -> String?
    {
      let all = Set(found.perturbations.map(value)).sorted()
      guard all != [0] else { return nil }
      return Sentence.list(all.map { PageNumber.significant($0 * scale) }) + unit
    }
    func realisations(_ number: (StudyReport.Robustness.Perturbation) -> Int?, _ what: String, _ how: String)
      -> String?
    {
      found.perturbations.compactMap(number).max().map { "\(PageNumber.count($0, what)) \(how)" }
    }
    let changes = [
      realisations(\.noise, "realisation", "of the image’s own noise"),
      values(\.translation, 1, " voxels along each axis").map { "translation by \($0)" },
      values(\.rotation, 1, "° in the plane of the slices").map { "rotation by \($0)" },
      values(\.volume, 100, " % of the region’s volume").map { "growth by \($0)" },
      realisations(\.contour, "contour", "drawn anew from supervoxels"),
    ].compactMap(\.self)
    return [
      """
      Images and regions of the training part were perturbed by \(Sentence.list(changes)), in all \
      \(found.perturbations.count) combinations\(cite: .perturbations); \(found.shares) did not reach \(found.threshold)\(cite: .intraclass) in \(found.cases) cases.
      """
    ]
  }
}

extension Reference {
  static let perturbations = Self(
    "Zwanenburg A, Leger S, Agolli L, et al. Assessing robustness of radiomic features by image perturbation. Sci Rep "
      + "2019;9:614.", doi: "10.1038/s41598-018-36938-4")
}
