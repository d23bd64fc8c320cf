import LinearAlgebra

/// A cohort table after ComBat (``CombatModel``), fitted to some of its rows.
struct HarmonisedTable {
  /// Rows of sites that the fit does not know are unchanged.
  let table: CohortTable
  /// Features that took part, ascending, and the model of them.
  private let features: [Int]
  private let combat: CombatModel

  /// Fits to the drawn rows the features of a plan that are not covariates themselves.
  /// - Throws: what `CombatModel` throws; `unknownFeature` for a covariate that is no column of the table;
  ///   `outcomeAsCovariate` where a covariate is the outcome. A replicate does not refuse small sites, which
  ///   the fit to the whole training part has refused.
  init(
    _ table: CohortTable, rows unsorted: [Int], plan: ModelPlan, settings: CombatSettings,
    address: RandomAddress
  ) throws(StatisticsError) {
    let rows = unsorted.sorted()
    let covariates = try settings.covariates.map { (name) throws(StatisticsError) in
      let column = try Self.column(name, of: table)
      let values = rows.map { column[$0] }
      if address.isFinalFit {
        try CombatSettings.requireNoOutcome(values, named: name, positives: rows.map { table.positives[$0] })
      }
      return CombatCovariate(name: name, values: values)
    }
    features = table.featureNames.indices.filter { index in
      let name = table.featureNames[index]
      return plan.features.includes(name) && !settings.covariates.contains(name)
    }
    combat = try CombatModel(
      features: table.features.selecting(rows: rows, columns: features),
      sites: rows.map { table.siteNames[table.sites[$0]] }, subjects: rows.map { table.subjects[$0] },
      covariates: covariates, settings: settings, shortage: address.isFinalFit ? .refuse : .adapt)
    let all = Array(0..<table.rowCount)
    let harmonisation = RowHarmonisation(combat, table: table, rows: all)
    let columns = features.enumerated().map { place, feature in
      (
        feature,
        all.map { harmonisation.harmonised(table.features[$0, feature], column: place, row: $0) }
      )
    }
    self.table = table.replacing(columns)
  }

  /// The model of those features, in their order; a feature that took no part, being a covariate, is left as
  /// it is.
  func model(of chosen: [Int]) -> CombatModel {
    combat.selecting(features: chosen.map { features.firstIndex(of: $0) })
  }

  private static func column(_ name: String, of table: CohortTable) throws(StatisticsError) -> [Double] {
    guard let column = table.values(named: name) else {
      throw StatisticsError(
        .unknownFeature,
        "ComBat: covariate \(name) is no column of the table; name one of its columns (the outcome is not "
          + "among them)"
      )
    }
    return column
  }
}

/// The sites and covariates of some rows of a table, for a model that harmonises them.
struct RowHarmonisation {
  private let model: CombatModel
  private let sites: [Int?]
  private let covariates: [[Double]]

  init(_ model: CombatModel, table: CohortTable, rows: [Int]) {
    self.model = model
    let siteOfTable = table.siteNames.map { name in model.sites.firstIndex(of: name) }
    let columns = model.covariates.map { covariate in table.values(named: covariate.name) }
    sites = rows.map { siteOfTable[table.sites[$0]] }
    covariates = rows.map { row in columns.map { $0.map { $0[row] } ?? .nan } }
  }

  /// One value of the row at this place.
  func harmonised(_ value: Double, column: Int, row: Int) -> Double {
    model.harmonised(value, column: column, site: sites[row], covariates: covariates[row])
  }
}

extension FittedModel {
  /// To be called before rows that the model was not fitted to are evaluated: `probabilities` itself leaves
  /// unknown sites as they are.
  /// - Throws: `unseenSite` where the model refuses the site of one of the rows.
  public func requireKnownSites(of table: CohortTable, rows: [Int]) throws(StatisticsError) {
    try harmonisation?.requireKnown(rows.map { table.siteNames[table.sites[$0]] })
    for model in scores ?? [] { try model.requireKnownSites(of: table, rows: rows) }
  }
}
