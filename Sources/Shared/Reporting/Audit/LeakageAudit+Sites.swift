import Statistics
import StudyPlan

// MARK: Sites left out

extension LeakageAudit {
  static let rulesWithoutSite: [(FitIndependence.Aspect, String, String)] = [
    (.harmonisation, "harmonisation_without_site", "Harmonisation is fitted without the site left out."),
    (.scaling, "scaling_without_site", "Means and standard deviations are those of the other sites only."),
    (.imputation, "imputation_without_site", "Undefined values take medians of the other sites only."),
    (.selection, "selection_without_site", "Features are selected without the site left out."),
    (.penalty, "penalty_without_site", "Penalties are chosen without the site left out."),
    (.coefficients, "coefficients_without_site", "Coefficients are fitted without the site left out."),
    (.cutoff, "cutoff_without_site", "The cut-off is chosen without the site left out."),
  ]

  /// Lines of a study that leaves each site out in turn; none where no site is.
  func leaveOneSiteOut() throws -> [Line] {
    guard !withoutSite.isEmpty else { return [] }
    return [subjectsAtOneSite, duplicatesAcrossSites] + (try fittedWithoutSite())
  }

  /// A group whose images lie at two sites is trained on at one and predicted at the other.
  var subjectsAtOneSite: Line {
    var sites: [String: Set<String>] = [:]
    for origin in origins { sites[origin.subject, default: []].insert(origin.site) }
    let spread = sites.values.count { $0.count > 1 }
    return line(
      "subjects_at_one_site", "No subject of a site left out is among the others.",
      faults: spread == 0 ? [] : ["\(spread) subjects or groups have images at several sites"],
      evidence: "\(sites.count) subjects or groups, each at one of \(table.siteNames.count) sites.")
  }

  var duplicatesAcrossSites: Line {
    let crossing = duplicates.count(where: \.crossesSites)
    return line(
      "duplicates_across_sites", "No image, \(knownBy), is at two sites.",
      faults: crossing == 0 ? [] : ["\(crossing) images are at several sites"],
      evidence:
        "\(counted(duplicates.count, "image occurs", "images occur")) under more than one subject, none at two sites."
    )
  }

  /// Each model is fitted again with its site hidden; what comes out otherwise has seen it.
  private func fittedWithoutSite() throws -> [Line] {
    let changed = try zip(withoutSite, plans).map { folds, plan in
      try folds.enumerated().map { site, model in
        let split = Split(leavingOut: site, of: table)
        return try FitIndependence(
          of: model, from: split.test, table: table, training: split.training, plan: plan, seed: seed
        ).changed
      }
    }
    return Self.rulesWithoutSite.map { aspect, code, rule in
      if aspect == .harmonisation, !isHarmonised {
        return notApplicable(code, rule, "No model harmonises its features.")
      }
      let faults = withoutSite.indices.flatMap { model in
        changed[model].indices.filter { changed[model][$0].contains(aspect) }.map { site in
          "\(models[model].name) without \(table.siteNames[site]): comes out otherwise when the site is hidden"
        }
      }
      return line(
        code, rule, faults: faults,
        evidence:
          "\(table.siteNames.count) models of each kind, fitted again with features and outcomes of their site "
          + "replaced: the same to the last bit.")
    }
  }
}
