/// The table of characteristics that a clinical paper begins with (“Table 1”): clinical columns told by group, with a
/// test chosen by kind and standardised differences, as the package tableone of PyPI (Pollard et al. 2018,
/// doi:10.1093/jamiaopen/ooy012) gives them.
public struct CharacteristicsTable: Equatable, Sendable, Codable {
  /// One column in one group.
  public struct Summary: Equatable, Sendable, Codable {
    /// Values that are there.
    public let count: Int
    /// Values that are not.
    public let missing: Int
    /// Of numbers; `nil` for categories and without values.
    public let mean: Double?
    /// With n - 1; `nil` below two values.
    public let standardDeviation: Double?
    /// Type-7 quantiles.
    public let median: Double?
    /// The lower quartile.
    public let lowerQuartile: Double?
    /// The upper quartile.
    public let upperQuartile: Double?
    /// Of each level; `nil` for numbers.
    public let levels: [Int]?

    private enum CodingKeys: String, CodingKey {
      case count, missing, mean, median, levels
      case standardDeviation = "sd"
      case lowerQuartile = "lower_quartile"
      case upperQuartile = "upper_quartile"
    }
  }

  /// What was tested, and how.
  public struct Test: Equatable, Sendable, Codable {
    /// In words, as `Welch's t`.
    public let name: String
    /// Two-sided.
    public let p: Double
  }

  /// The standardised difference of two groups.
  public struct Difference: Equatable, Sendable, Codable {
    /// The group that is subtracted.
    public let first: String
    /// The other.
    public let second: String
    /// Second minus first for numbers; the distance for categories.
    public let value: Double?
  }

  /// One clinical column.
  public struct Row: Equatable, Sendable, Codable {
    /// Which.
    public let variable: ClinicalVariable
    /// All groups together.
    public let overall: Summary
    /// In the order of the table's groups.
    public let groups: [Summary]
    /// `nil` where nothing can be tested.
    public let test: Test?
    /// Of each pair of groups.
    public let differences: [Difference]
  }

  /// Names of the groups.
  public let groups: [String]
  /// Rows in each.
  public let sizes: [Int]
  /// In the order of the variables.
  public let rows: [Row]

  /// Tells some columns by group.
  /// - Parameters:
  ///   - variables: of equal length.
  ///   - names: of the groups.
  ///   - group: place of each row's group among the names; `nil` leaves the row out.
  public init(_ variables: [MeasuredVariable], groups names: [String], group: [Int?]) {
    groups = names
    let members = names.indices.map { place in group.indices.filter { group[$0] == place } }
    sizes = members.map(\.count)
    rows = variables.map { Row($0, names: names, members: members) }
  }
}

extension CharacteristicsTable.Summary {
  init(_ measured: MeasuredVariable, rows: [Int]) {
    let values = rows.map { measured.values[$0] }.filter(\.isFinite)
    count = values.count
    missing = rows.count - values.count
    if let all = measured.variable.levels {
      levels = all.indices.map { level in values.count { $0 == Double(level) } }
      (mean, standardDeviation, median, lowerQuartile, upperQuartile) = (nil, nil, nil, nil, nil)
    } else {
      levels = nil
      let (moments, sorted) = (Moments(values), values.sorted())
      func given(_ value: Double, from least: Int) -> Double? { values.count >= least ? value : nil }
      mean = given(moments.mean, from: 1)
      standardDeviation = given(moments.standardDeviation, from: 2)
      median = given(quantile(ofSorted: sorted, 0.5), from: 1)
      lowerQuartile = given(quantile(ofSorted: sorted, 0.25), from: 1)
      upperQuartile = given(quantile(ofSorted: sorted, 0.75), from: 1)
    }
  }
}

extension CharacteristicsTable.Row {
  init(_ measured: MeasuredVariable, names: [String], members: [[Int]]) {
    variable = measured.variable
    overall = .init(measured, rows: members.flatMap(\.self))
    groups = members.map { .init(measured, rows: $0) }
    let values = members.map { $0.map { measured.values[$0] }.filter(\.isFinite) }
    let levels = groups.compactMap(\.levels)
    test = names.count < 2 ? nil : .init(variable.kind, values: values, levels: levels)
    differences = names.indices.flatMap { first in
      names.indices.dropFirst(first + 1).map { second in
        CharacteristicsTable.Difference(
          first: names[first], second: names[second],
          value: levels.isEmpty
            ? StandardizedDifference.ofNumbers(values[first], values[second])
            : StandardizedDifference.ofCategories(levels[first], levels[second]))
      }
    }
  }
}

extension CharacteristicsTable.Test {
  /// Welch's t test or analysis of variance of means, Mann and Whitney's or Kruskal and Wallis' of ranks, chi-squared of
  /// categories or Fisher's exact where fewer than five are expected in a cell.
  init?(_ kind: ClinicalVariable.Kind, values: [[Double]], levels: [[Int]]) {
    switch kind {
    case .number:
      guard values.count == 2 else {
        self.init("one-way ANOVA", GroupTests.analysisOfVariance(values)?.p)
        return
      }
      self.init("Welch's t", StudentTest(values[0], values[1], variances: .unequal)?.p)
    case .skewedNumber:
      guard values.count == 2 else {
        self.init("Kruskal-Wallis", GroupTests.kruskalWallis(values)?.p)
        return
      }
      let isSecond = values[0].map { _ in false } + values[1].map { _ in true }
      self.init("Mann-Whitney", MannWhitney(values[0] + values[1], positives: isSecond)?.p)
    case .categories:
      guard let table = ContingencyTable(levels) else { return nil }
      guard table.smallestExpected < 5 else {
        self.init("chi-squared", table.chiSquared.p)
        return
      }
      if let p = table.fisherP() {
        self.init("Fisher's exact", p)
      } else {
        self.init("chi-squared, expected counts below 5", table.chiSquared.p)
      }
    }
  }

  private init?(_ name: String, _ p: Double?) {
    guard let p else { return nil }
    self.init(name: name, p: p)
  }
}
