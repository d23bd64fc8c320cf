import LinearAlgebra

/// What happens where rows are too few for the settings of ComBat.
public enum CombatShortage: Sendable {
  /// An error.
  case refuse
  /// What a replicate of the bootstrap does, whose resample can be poorer than the training part: a site of one subject
  /// gets a location and no scale, and covariates that became constant or collinear are left out.
  case adapt
}

extension CombatModel {
  /// Fits sites' effects to rows, a row given twice counting twice (Johnson, Li and Rabinovic 2007,
  /// doi:10.1093/biostatistics/kxj037).
  ///
  /// Agrees with `sva::ComBat`, its iteration included, which ends when no feature changes by more than a
  /// share of the (signed) location and scale before. Non-finite values take no part: the effects of such a
  /// feature are fitted to its other rows.
  /// - Parameters:
  ///   - features: rows by columns.
  ///   - names: the site of each row.
  ///   - subjects: the subject of each row; `nil` where each row is one.
  ///   - columns: columns whose effects are kept; never the outcome.
  ///   - settings: priors, reference site, least numbers.
  ///   - shortage: what happens where rows are too few.
  /// - Throws: `tooFewSubjects` for a site, or a single site; `invalidArgument` for settings out of range or
  ///   a reference site without rows; `collinear` where covariates and sites determine each other.
  public init(
    features: Matrix, sites names: [String], subjects: [Int]? = nil,
    covariates columns: [CombatCovariate] = [],
    settings: CombatSettings = CombatSettings(), shortage: CombatShortage = .refuse
  ) throws(StatisticsError) {
    precondition(features.rows == names.count, "one site for each row")
    let sites = Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let siteOfRow = names.map { name in sites.firstIndex(of: name) ?? 0 }
    let counts = Self.subjectCounts(siteOfRow, subjects: subjects ?? Array(names.indices), sites: sites.count)
    try Self.check(settings, sites: sites, counts: counts, shortage: shortage)
    let reference = settings.referenceSite.flatMap(sites.firstIndex(of:))
    let design = try Self.design(
      siteOfRow, siteCount: sites.count, covariates: columns, reference: reference, shortage: shortage)
    let isLocationOnly = counts.map { $0 < 2 }
    let standardized = (0..<features.columns).map { column in
      design.standardized(features.column(column), isLocationOnly: isLocationOnly)
    }
    let usable = standardized.compactMap(\.self)
    let effects = sites.indices.map { site in
      CombatShrinkage(
        usable.map { $0.sites[site] }, settings: settings, isLocationOnly: isLocationOnly[site]
      ).effects
    }
    var place = 0
    let fitted = standardized.map { feature -> Feature? in
      guard let feature else { return nil }
      defer { place += 1 }
      return Feature(
        mean: feature.mean, deviation: feature.deviation, slopes: feature.slopes,
        effects: sites.indices.map { $0 == reference ? Effect(shift: 0, scale: 1) : effects[$0][place] })
    }
    self.init(
      sites: sites, referenceSite: settings.referenceSite, unseenSite: settings.unseenSite,
      covariates: zip(columns, design.covariateMeans).map { Covariate(name: $0.name, mean: $1) },
      locationOnly: sites.indices.filter { isLocationOnly[$0] }.map { sites[$0] }, features: fitted)
  }

  private static func design(
    _ siteOfRow: [Int], siteCount: Int, covariates: [CombatCovariate], reference: Int?,
    shortage: CombatShortage
  ) throws(StatisticsError) -> CombatDesign {
    func design(_ covariates: [CombatCovariate]) throws(StatisticsError) -> CombatDesign {
      try CombatDesign(
        siteOfRow: siteOfRow, siteCount: siteCount, covariates: covariates, reference: reference)
    }
    do throws(StatisticsError) {
      return try design(covariates)
    } catch {
      guard error.code == .collinear, shortage == .adapt else { throw error }
      return try design([])
    }
  }

  private static func subjectCounts(_ siteOfRow: [Int], subjects: [Int], sites: Int) -> [Int] {
    var seen = [Set<Int>](repeating: [], count: sites)
    for (site, subject) in zip(siteOfRow, subjects) { seen[site].insert(subject) }
    return seen.map(\.count)
  }

  private static func check(
    _ settings: CombatSettings, sites: [String], counts: [Int], shortage: CombatShortage
  ) throws(StatisticsError) {
    guard settings.minimumSubjects >= 3, settings.convergence > 0 else {
      throw StatisticsError(
        .invalidArgument,
        "ComBat: at least \(settings.minimumSubjects) subjects a site, convergence "
          + "\(settings.convergence); expected "
          + "3 or more, and a positive number")
    }
    if let reference = settings.referenceSite, !sites.contains(reference) {
      throw StatisticsError(
        .invalidArgument,
        "ComBat: reference site \(reference) has no training rows; choose one of "
          + "\(sites.joined(separator: ", "))"
      )
    }
    guard shortage == .refuse else { return }
    guard sites.count > 1 else {
      throw StatisticsError(
        .tooFewSubjects,
        "ComBat: all training rows are of one site, so that there is nothing to harmonise; leave "
          + "harmonisation out"
      )
    }
    for (site, count) in zip(sites, counts) where count < settings.minimumSubjects {
      throw StatisticsError(
        .tooFewSubjects,
        "ComBat: site \(site) has \(count) training subjects; \(settings.minimumSubjects) are needed. "
          + "Merge it with "
          + "a like site, leave it out, or do not harmonise")
    }
  }
}
