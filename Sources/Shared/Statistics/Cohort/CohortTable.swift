import LinearAlgebra

/// The rows that models are fitted to and evaluated on: features, outcome, subject and site of each image.
///
/// Rows are sorted by subject and then by case, both by their UTF-8 bytes, so that two workers who read the same cases
/// in any order have the same table. Subjects and sites are numbered in that order.
public struct CohortTable: Equatable, Sendable {
  /// Names of the columns, each once.
  public private(set) var featureNames: [String]
  /// One row for each image; values may be NaN or infinite, which fitting treats by its `MissingPolicy`.
  public private(set) var features: Matrix
  /// Name of each row, each once.
  public let caseNames: [String]
  /// In byte order.
  public let subjectNames: [String]
  /// In byte order.
  public let siteNames: [String]
  /// Index into `subjectNames` for each row, ascending.
  public let subjects: [Int]
  /// Index into `siteNames` for each row.
  public let sites: [Int]
  /// Outcome of each row; `true` is a case.
  public internal(set) var positives: [Bool]
  /// For each feature the rows in ascending order of its values, ties by row: ranks of any resample follow from these
  /// without sorting again. Meaningless for a feature with values that are not finite.
  private(set) var ascendingRows: [[Int32]]
  /// Rank of each feature's name in byte order, which breaks ties whatever the order of the columns.
  private(set) var nameRanks: [Int]
  /// Columns beside the features whose effect harmonisation may keep; values may be NaN.
  public let covariates: [CombatCovariate]
  /// Clinical columns, which models use where their plans name them; values may be NaN.
  public let clinical: [CombatCovariate]
  /// Repeat segmentations of some rows, as measured; `nil` where there are none.
  public let repeats: RepeatSegmentations?
  /// Features of perturbed regions of some rows; `nil` where there are none.
  public let perturbed: RepeatSegmentations?

  /// Number of images.
  public var rowCount: Int { features.rows }
  /// Number of columns.
  public var featureCount: Int { features.columns }

  /// One image, before sorting.
  public struct Row: Equatable, Sendable {
    /// Unique in the table.
    public let caseName: String
    /// Whose image it is; a subject belongs to one site.
    public let subject: String
    /// Where the subject belongs.
    public let site: String
    /// The outcome; `true` is a case.
    public let isPositive: Bool
    /// In the order of the table's features; NaN is missing.
    public let values: [Double]
    /// In the order of the table's covariates.
    public let covariates: [Double]
    /// In the order of the table's clinical columns.
    public let clinical: [Double]
    /// Values from each further rater's segmentation of the same image; empty where it was segmented once.
    public let repeats: [[Double]]
    /// Values of the image and its region after each perturbation; empty without, and where one failed.
    public let perturbed: [[Double]]

    /// One image; without covariates and repeats where the table has none.
    public init(
      caseName: String, subject: String, site: String, isPositive: Bool, values: [Double],
      covariates: [Double] = [], clinical: [Double] = [], repeats: [[Double]] = [],
      perturbed: [[Double]] = []
    ) {
      self.caseName = caseName
      self.subject = subject
      self.site = site
      self.isPositive = isPositive
      self.values = values
      self.covariates = covariates
      self.clinical = clinical
      self.repeats = repeats
      self.perturbed = perturbed
    }
  }

  /// Sorts the rows, numbers subjects and sites.
  /// - Throws: `invalidTable` for rows of unequal length, a case or a feature that occurs twice, a subject at two
  ///   sites, or repeat segmentations by different numbers of raters.
  public init(
    featureNames: [String], covariateNames: [String] = [], clinicalNames: [String] = [], rows: [Row]
  ) throws(StatisticsError) {
    try Self.requireUnique(featureNames + clinicalNames, what: "feature")
    try Self.requireUnique(rows.map(\.caseName), what: "case")
    for row in rows where row.values.count != featureNames.count {
      throw StatisticsError(
        .invalidTable,
        "case \(row.caseName): \(row.values.count) values; expected one for each of the \(featureNames.count) features"
      )
    }
    for row in rows where row.covariates.count != covariateNames.count {
      throw StatisticsError(
        .invalidTable,
        "case \(row.caseName): \(row.covariates.count) covariates; expected \(covariateNames.count)")
    }
    for row in rows where row.clinical.count != clinicalNames.count {
      throw StatisticsError(
        .invalidTable,
        "case \(row.caseName): \(row.clinical.count) clinical values; expected \(clinicalNames.count)")
    }
    try Self.requireEqualRepeats(rows, \.repeats, "repeat segmentations", featureCount: featureNames.count)
    try Self.requireEqualRepeats(rows, \.perturbed, "perturbed regions", featureCount: featureNames.count)
    let sorted = rows.sorted {
      $0.subject == $1.subject ? $0.caseName.precedes($1.caseName) : $0.subject.precedes($1.subject)
    }
    self.featureNames = featureNames
    features = Matrix(
      columns: featureNames.indices.map { column in sorted.map { $0.values[column] } }, rows: sorted.count)
    caseNames = sorted.map(\.caseName)
    (subjectNames, subjects) = Self.numbered(sorted.map(\.subject))
    (siteNames, sites) = Self.numbered(sorted.map(\.site))
    positives = sorted.map(\.isPositive)
    ascendingRows = featureNames.indices.map { column in
      Statistics.ascendingOrder(of: sorted.map { $0.values[column] }).map(Int32.init)
    }
    let nameOrder = featureNames.indices.sorted { featureNames[$0].precedes(featureNames[$1]) }
    var nameRanks = [Int](repeating: 0, count: featureNames.count)
    for (rank, feature) in nameOrder.enumerated() { nameRanks[feature] = rank }
    self.nameRanks = nameRanks
    covariates = covariateNames.enumerated().map { place, name in
      CombatCovariate(name: name, values: sorted.map { $0.covariates[place] })
    }
    clinical = clinicalNames.enumerated().map { place, name in
      CombatCovariate(name: name, values: sorted.map { $0.clinical[place] })
    }
    repeats = RepeatSegmentations(of: features, repeats: sorted.map(\.repeats))
    perturbed = RepeatSegmentations(perturbed: sorted.map(\.perturbed), featureCount: featureNames.count)
    for row in subjects.indices.dropFirst()
    where subjects[row] == subjects[row - 1] && sites[row] != sites[row - 1] {
      throw StatisticsError(
        .invalidTable,
        "subject \(sorted[row].subject) occurs at the sites \(sorted[row - 1].site) and \(sorted[row].site); "
          + "give each subject one site, or each site's subjects their own names")
    }
  }

  /// The same rows with other values in some columns.
  /// - Parameter columns: feature index, and a value for each row.
  package func replacing(_ columns: [(feature: Int, values: [Double])]) -> CohortTable {
    var table = self
    for (feature, values) in columns {
      table.features.values.replaceSubrange(features.range(ofColumn: feature), with: values)
      table.ascendingRows[feature] = Statistics.ascendingOrder(of: values).map(Int32.init)
    }
    return table
  }

  /// The same rows with further columns behind the features.
  func appending(_ columns: [CombatCovariate]) -> CohortTable {
    var table = self
    table.features = Matrix(
      columns: (0..<featureCount).map { features.column($0) } + columns.map(\.values), rows: rowCount)
    table.featureNames += columns.map(\.name)
    table.ascendingRows += columns.map { Statistics.ascendingOrder(of: $0.values).map(Int32.init) }
    table.nameRanks += columns.indices.map { nameRanks.count + $0 }
    return table
  }

  /// Values by which sites are harmonised or that are features: the covariate of this name, or else the feature.
  package func values(named name: String) -> [Double]? {
    if let covariate = covariates.first(where: { $0.name == name }) { return covariate.values }
    return featureNames.firstIndex(of: name).map { features.column($0) }
  }

  /// Images of one subject among some rows; `nil` where each is of another.
  public func clusters(_ rows: [Int]) -> Clusters? { Clusters(rows.map { subjects[$0] }) }

  /// Rows in which all features of a choice are finite.
  public func completeRows(_ choice: FeatureChoice) -> [Int] {
    let chosen = featureNames.indices.filter { choice.includes(featureNames[$0]) }
    return (0..<rowCount).filter { row in chosen.allSatisfy { features[row, $0].isFinite } }
  }

  private static func requireEqualRepeats(
    _ rows: [Row], _ values: KeyPath<Row, [[Double]]>, _ what: String, featureCount: Int
  ) throws(StatisticsError) {
    let repeated = rows.filter { !$0[keyPath: values].isEmpty }
    guard let count = repeated.first?[keyPath: values].count else { return }
    for row in repeated {
      let found = row[keyPath: values]
      guard found.count != count || !found.allSatisfy({ $0.count == featureCount }) else { continue }
      throw StatisticsError(
        .invalidTable,
        "case \(row.caseName): \(what) of another number, or of other features, than case "
          + "\(repeated[0].caseName); give all or none")
    }
  }

  private static func requireUnique(_ names: [String], what: String) throws(StatisticsError) {
    var seen = Set<String>()
    for name in names where !seen.insert(name).inserted {
      throw StatisticsError(.invalidTable, "\(what) \(name) occurs twice; names must be unique")
    }
  }

  /// Distinct names in byte order and each row's index into them.
  private static func numbered(_ names: [String]) -> ([String], [Int]) {
    let distinct = Set(names).sorted { $0.precedes($1) }
    let indices = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    return (distinct, names.map { indices[$0, default: 0] })
  }
}

extension String {
  /// Order of UTF-8 bytes, the same in every locale.
  fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
