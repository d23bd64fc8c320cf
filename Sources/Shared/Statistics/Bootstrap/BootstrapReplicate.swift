import LinearAlgebra

/// One replicate of the whole-pipeline bootstrap: every model selected, fitted and given its cut-off anew on a resample
/// of subjects, and evaluated on it, on the full training part, and on the subjects that were not drawn (Harrell 2015,
/// doi:10.1007/978-3-319-19425-7, 5.3; every step inside the resample).
public struct BootstrapReplicate: Equatable, Sendable, Codable {
  /// Its place among the replicates, which addresses its random numbers.
  public let number: Int
  /// In the order of the plans.
  public let models: [ModelReplicate]

  /// What one plan gave.
  public struct ModelReplicate: Equatable, Sendable, Codable {
    /// The plan's.
    public let name: String
    /// Indices of the features chosen.
    public let features: [Int]
    /// For one standard deviation of each feature chosen, in their order.
    public let coefficients: [Double]
    /// Beside the coefficients, on the scale of z-scores.
    public let intercept: Double
    /// λ of the last LASSO step; `nil` without one.
    public let lambda: Double?
    /// Probability from which a row is called positive.
    public let cutoff: Double
    /// What fitting the resample met with.
    public let warnings: [FittedModel.Warning]
    /// On the rows drawn, a row drawn twice counting twice.
    public let bag: Performance
    /// On the full training part.
    public let training: Performance
    /// `nil` where every subject was drawn; its AUC is `nil` where an outcome is missing.
    public let outOfBag: Performance?
    /// Rows of the table that were not drawn, and their predicted probabilities.
    public let outOfBagRows: [Int]
    /// In the order of `outOfBagRows`, 0 to 1.
    public let outOfBagProbabilities: [Double]
    /// Why the resample could not be fitted; the probability of every row is then the share of cases, and the
    /// replicate counts as undefined.
    public let failure: StatisticsError.Code?

    /// A result that was computed elsewhere.
    package init(
      name: String, features: [Int], coefficients: [Double], intercept: Double, lambda: Double?,
      cutoff: Double,
      warnings: [FittedModel.Warning], bag: Performance, training: Performance, outOfBag: Performance?,
      outOfBagRows: [Int], outOfBagProbabilities: [Double], failure: StatisticsError.Code? = nil
    ) {
      self.name = name
      self.features = features
      self.coefficients = coefficients
      self.intercept = intercept
      self.lambda = lambda
      self.cutoff = cutoff
      self.warnings = warnings
      self.bag = bag
      self.training = training
      self.outOfBag = outOfBag
      self.outOfBagRows = outOfBagRows
      self.outOfBagProbabilities = outOfBagProbabilities
      self.failure = failure
    }
  }

  /// Results that were computed elsewhere, in the order of the plans.
  package init(number: Int, models: [ModelReplicate]) {
    self.number = number
    self.models = models
  }

  /// Draws subjects with replacement within strata of site and outcome (purpose `resample`, stratum by stratum) and
  /// fits every plan to their rows. A plan that cannot be fitted to what was drawn has a `failure`, and is no error.
  /// - Parameters:
  ///   - table: the cohort.
  ///   - training: rows to draw from.
  ///   - plans: one model is fitted for each.
  ///   - address: its replicate numbers the result.
  ///   - visit: is told of each model that was fitted, with the rows drawn and those that were not.
  /// - Throws: what `fitModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public init(
    _ table: CohortTable, training: [Int], plans: [ModelPlan], address: RandomAddress,
    visit: (_ plan: Int, _ model: FittedModel, _ drawn: [Int], _ outside: [Int]) -> Void = { _, _, _, _ in }
  )
    throws(StatisticsError)
  {
    let drawn = Self.resample(SubjectStrata(of: table, rows: training), address: address)
    try self.init(
      table, training: training, drawn: Self.rows(of: drawn, in: table, training: training), plans: plans,
      address: address, visit: visit)
  }

  /// From rows drawn elsewhere, with repeats.
  /// - Throws: what `fitModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public init(
    _ table: CohortTable, training: [Int], drawn: [Int], plans: [ModelPlan], address: RandomAddress,
    visit: (_ plan: Int, _ model: FittedModel, _ drawn: [Int], _ outside: [Int]) -> Void = { _, _, _, _ in }
  ) throws(StatisticsError) {
    number = address.replicate
    let inBag = Set(drawn)
    let outside = training.filter { !inBag.contains($0) }.sorted()
    models = try plans.enumerated().map { (index, plan) throws(StatisticsError) in
      do throws(StatisticsError) {
        let model = try fitModel(table, rows: drawn, plan: plan, address: address)
        visit(index, model, drawn, outside)
        return ModelReplicate(
          model, table: table, drawn: drawn.sorted(), training: training.sorted(), outside: outside)
      } catch {
        guard error.code.isPoverty else { throw error }
        return ModelReplicate(
          unfitted: plan.name, because: error.code, table: table, drawn: drawn.sorted(),
          training: training.sorted())
      }
    }
  }

  /// Subject indices drawn, stratum by stratum: draw `k` of a stratum of `n` subjects is its number
  /// `index(below: n)`.
  public static func resample(_ strata: SubjectStrata, address: RandomAddress) -> [Int] {
    strata.strata.enumerated().flatMap { stratum, subjects in
      var stream = RandomStream(
        seed: address.seed, purpose: .resample, replicate: address.replicate, stratum: stratum)
      return subjects.map { _ in subjects[stream.index(below: subjects.count)] }
    }
  }

  /// All training rows of each subject drawn, sorted.
  static func rows(of subjects: [Int], in table: CohortTable, training: [Int]) -> [Int] {
    var rowsOfSubject: [Int: [Int]] = [:]
    for row in training { rowsOfSubject[table.subjects[row], default: []].append(row) }
    return subjects.flatMap { rowsOfSubject[$0, default: []] }.sorted()
  }
}

extension StatisticsError.Code {
  /// What a resample can lack although the training part it came from has it.
  var isPoverty: Bool { self == .oneClass || self == .tooFewSubjects || self == .collinear }
}

extension BootstrapReplicate.ModelReplicate {
  fileprivate init(
    unfitted name: String, because failure: StatisticsError.Code, table: CohortTable, drawn: [Int],
    training: [Int]
  ) {
    let share = Double(drawn.count { table.positives[$0] }) / Double(drawn.count)
    func performance(_ rows: [Int]) -> Performance {
      Performance(
        rows.map { _ in share }, positives: rows.map { table.positives[$0] }, cutoff: 0.5)
    }
    self.init(
      name: name, features: [], coefficients: [], intercept: 0, lambda: nil, cutoff: 0.5, warnings: [],
      bag: performance(drawn), training: performance(training), outOfBag: nil, outOfBagRows: [],
      outOfBagProbabilities: [], failure: failure)
  }

  fileprivate init(
    _ model: FittedModel, table: CohortTable, drawn: [Int], training: [Int], outside: [Int]
  ) {
    func performance(_ rows: [Int]) -> Performance {
      Performance(
        model.probabilities(of: table, rows: rows), positives: rows.map { table.positives[$0] },
        cutoff: model.cutoff)
    }
    let outsideProbabilities = model.probabilities(of: table, rows: outside)
    self.init(
      name: model.name, features: model.features, coefficients: model.coefficients,
      intercept: model.intercept,
      lambda: model.lambda, cutoff: model.cutoff, warnings: model.warnings, bag: performance(drawn),
      training: performance(training), outOfBag: outside.isEmpty ? nil : performance(outside),
      outOfBagRows: outside, outOfBagProbabilities: outsideProbabilities)
  }
}
