import LinearAlgebra

/// Locations and scales of sites, fitted to training rows, to be taken from those and from other rows (Johnson, Li and
/// Rabinovic 2007, doi:10.1093/biostatistics/kxj037).
public struct CombatModel: Equatable, Sendable, Codable {
  /// A site's effect on one feature's standardised residual: `(z - shift)/√scale` is harmonised.
  public struct Effect: Equatable, Sendable, Codable {
    /// Location, in the feature's pooled standard deviations.
    public let shift: Double
    /// Variance, as a multiple of the pooled one.
    public let scale: Double
  }

  /// What a feature is standardised by, and what each site does to it.
  public struct Feature: Equatable, Sendable, Codable {
    /// Over all sites, or of the reference site.
    public let mean: Double
    /// Standard deviation of what sites and covariates leave unexplained.
    public let deviation: Double
    /// Change with each covariate.
    public let slopes: [Double]
    /// In the order of the sites.
    public let effects: [Effect]
  }

  /// A column whose effect is kept.
  public struct Covariate: Equatable, Sendable, Codable {
    /// Of the column.
    public let name: String
    /// Over the training rows; stands in for values that are not finite.
    public let mean: Double
  }

  /// Sites of the training rows, in byte order.
  public let sites: [String]
  /// The site that stays as it is; `nil` for none.
  public let referenceSite: String?
  /// What becomes of rows from another site.
  public let unseenSite: CombatSettings.UnseenSite
  /// In the order of the slopes.
  public let covariates: [Covariate]
  /// Sites of a single subject, whose scale cannot be told and is left.
  public let locationOnly: [String]
  /// In the order of the columns; `nil` for one that is left as it is: constant at a site, or too few finite
  /// values.
  public let features: [Feature?]

  /// The same model for some of its columns, in the order given; `nil` for a column that is left as it is.
  public func selecting(features columns: [Int?]) -> CombatModel {
    CombatModel(
      sites: sites, referenceSite: referenceSite, unseenSite: unseenSite, covariates: covariates,
      locationOnly: locationOnly, features: columns.map { column in column.flatMap { features[$0] } })
  }

  /// Checks sites before rows of them are harmonised.
  /// - Throws: `unseenSite` where the model refuses a site that it was not fitted to.
  public func requireKnown(_ names: [String]) throws(StatisticsError) {
    guard unseenSite == .refuse else { return }
    for name in names where !sites.contains(name) {
      throw StatisticsError(
        .unseenSite,
        "ComBat: site \(name) is not among the training sites \(sites.joined(separator: ", ")), so that its "
          + "effect is unknown; add subjects of it to the training part, let unseen sites pass unchanged, "
          + "or do not "
          + "harmonise")
    }
  }

  /// Harmonised rows; columns as in the fit.
  /// - Parameters:
  ///   - features: rows to harmonise.
  ///   - names: the site of each row.
  ///   - columns: those of the fit, by name.
  /// - Throws: `unseenSite`; `unknownFeature` where a covariate is missing.
  public func applied(
    to features: Matrix, sites names: [String], covariates columns: [CombatCovariate] = []
  ) throws(StatisticsError) -> Matrix {
    precondition(features.columns == self.features.count, "the columns of the fit")
    precondition(features.rows == names.count, "one site for each row")
    try requireKnown(names)
    let used = try covariates.map { (covariate) throws(StatisticsError) in
      guard let column = columns.first(where: { $0.name == covariate.name }) else {
        throw StatisticsError(
          .unknownFeature,
          "ComBat: covariate \(covariate.name) of the fit is not given for the rows to harmonise; give it "
            + "for all rows"
        )
      }
      return column.values
    }
    var result = features
    for row in 0..<features.rows {
      let site = sites.firstIndex(of: names[row])
      let values = used.map { $0[row] }
      for column in 0..<features.columns {
        result[row, column] = harmonised(
          features[row, column], column: column, site: site, covariates: values)
      }
    }
    return result
  }

  /// One value; unchanged for a site unknown or the reference, and where it is not finite.
  func harmonised(_ value: Double, column: Int, site: Int?, covariates values: [Double]) -> Double {
    guard let site, let feature = features[column], value.isFinite, sites[site] != referenceSite else {
      return value
    }
    var centre = feature.mean
    for (index, slope) in feature.slopes.enumerated() where values[index].isFinite {
      centre += slope * (values[index] - covariates[index].mean)
    }
    let effect = feature.effects[site]
    let residual = (value - centre) / feature.deviation
    return (residual - effect.shift) / effect.scale.squareRoot() * feature.deviation + centre
  }
}

extension CombatModel {
  /// Reads a stored model.
  /// - Throws: `DecodingError`, also where a feature has not one slope a covariate and one effect a site.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    sites = try values.decode([String].self, forKey: .sites)
    referenceSite = try values.decodeIfPresent(String.self, forKey: .referenceSite)
    unseenSite = try values.decode(CombatSettings.UnseenSite.self, forKey: .unseenSite)
    covariates = try values.decode([Covariate].self, forKey: .covariates)
    locationOnly = try values.decode([String].self, forKey: .locationOnly)
    features = try values.decode([Feature?].self, forKey: .features)
    let (slopes, effects) = (covariates.count, sites.count)
    guard
      features.compactMap(\.self).allSatisfy({ $0.slopes.count == slopes && $0.effects.count == effects })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .features, in: values,
        debugDescription: "harmonisation: a feature has not \(slopes) slopes and \(effects) effects")
    }
  }
}
