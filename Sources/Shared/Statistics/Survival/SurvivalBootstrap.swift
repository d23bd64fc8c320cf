import LinearAlgebra

/// The whole-pipeline bootstrap of a survival model: every step repeated on resamples of subjects drawn within strata of
/// site and event, and Harrell's C of each on the resample, on the training part and on the subjects not drawn.
///
/// Estimates are those of ``BootstrapSummary`` with C in place of the AUC; Harrell's correction is too good by far where
/// features outnumber rows.
public struct SurvivalBootstrap: Equatable, Sendable {
  /// One resample; C is `nil` where no pair can be compared.
  public struct Replicate: Equatable, Sendable, Codable {
    /// Its place, which addresses its random numbers.
    public let number: Int
    /// Indices of the features chosen.
    public let features: [Int]
    /// On the rows drawn.
    public let bag: Double?
    /// On the training part.
    public let training: Double?
    /// On the rows of subjects not drawn.
    public let outOfBag: Double?
    /// Why the resample could not be fitted.
    public let failure: StatisticsError.Code?
    /// For one standard deviation of each feature chosen, in their order.
    public let coefficients: [Double]
    /// Rows of the table that were not drawn, ascending; none where the resample could not be fitted.
    public let outOfBagRows: [Int]

    /// A result that was computed elsewhere.
    package init(
      number: Int, features: [Int], coefficients: [Double], bag: Double?, training: Double?,
      outOfBag: Double?, outOfBagRows: [Int], failure: StatisticsError.Code? = nil
    ) {
      (self.number, self.features, self.coefficients) = (number, features, coefficients)
      (self.bag, self.training, self.outOfBag) = (bag, training, outOfBag)
      (self.outOfBagRows, self.failure) = (outOfBagRows, failure)
    }
  }

  /// C on new subjects, estimated.
  public struct Estimates: Equatable, Sendable {
    /// Of the final model on the rows that it was fitted to.
    public let apparent: Double
    /// Mean on subjects not drawn.
    public let outOfBag: Double
    /// Apparent less mean optimism (Harrell 2015, doi:10.1007/978-3-319-19425-7, 5.3).
    public let optimismCorrected: Double
    /// `0.368 apparent + 0.632 out of bag` (Efron 1983, doi:10.1080/01621459.1983.10477973).
    public let point632: Double
    /// By relative overfitting (Efron and Tibshirani 1997, doi:10.1080/01621459.1997.10474007), 0.5 being C without
    /// information.
    public let point632Plus: Double
    /// 0 to 1.
    public let relativeOverfitting: Double
    /// Percentiles of C out of bag: the spread of replicates, no confidence interval of the final model's C.
    public let outOfBagSpread: Interval?
  }

  /// In order of number.
  public let replicates: [Replicate]
  /// `nil` where no replicate has a C out of bag.
  public let estimates: Estimates?
  /// How often each feature of the table was chosen, then each clinical column, then each score.
  public let selectionCounts: [Int]

  /// Runs replicates from 0 on.
  /// - Throws: what `fitSurvivalModel` throws of the final fit, and of a replicate but for `oneClass`, `tooFewSubjects` and
  ///   `collinear`.
  public init(
    _ cohort: SurvivalCohort, training: [Int], plan: SurvivalPlan, seed: UInt64, replicates count: Int
  ) throws(StatisticsError) {
    let final = try fitSurvivalModel(
      cohort, rows: training, plan: plan, address: .finalFit(seed: seed))
    let strata = SubjectStrata(of: cohort.table, rows: training)
    var replicates: [Replicate] = []
    for number in 0..<count {
      let address = RandomAddress(seed: seed, replicate: number)
      replicates.append(
        try Self.replicate(cohort, training: training, strata: strata, plan: plan, address: address))
    }
    self.init(replicates, final: final, cohort: cohort, training: training)
  }

  /// Sums up replicates that were computed elsewhere.
  public init(
    _ replicates: [Replicate], final: FittedSurvivalModel, cohort: SurvivalCohort, training: [Int]
  ) {
    self.replicates = replicates
    let table = cohort.table
    var counts = [Int](
      repeating: 0, count: table.featureCount + table.clinical.count + (final.scores?.count ?? 0))
    for feature in replicates.flatMap(\.features) { counts[feature] += 1 }
    selectionCounts = counts
    let apparent = final.concordance(cohort, rows: training)
    let defined = replicates.filter { $0.failure == nil && $0.outOfBag != nil }
    guard let apparent, let bag = mean(defined.compactMap(\.bag)),
      let all = mean(defined.compactMap(\.training)), let outside = mean(defined.compactMap(\.outOfBag))
    else {
      estimates = nil
      return
    }
    let chance = 0.5
    let bounded = max(chance, outside)
    let overfitting = apparent > bounded ? min(1, (apparent - bounded) / (apparent - chance)) : 0
    let weight = 0.632 / (1 - 0.368 * overfitting)
    estimates = Estimates(
      apparent: apparent, outOfBag: outside, optimismCorrected: apparent - (bag - all),
      point632: 0.368 * apparent + 0.632 * outside,
      point632Plus: (1 - weight) * apparent + weight * bounded, relativeOverfitting: overfitting,
      outOfBagSpread: Interval(percentilesOf: defined.compactMap(\.outOfBag)))
  }

  /// One resample of subjects, with all training rows of each as often as it was drawn.
  public static func replicate(
    _ cohort: SurvivalCohort, training: [Int], strata: SubjectStrata, plan: SurvivalPlan,
    address: RandomAddress
  ) throws(StatisticsError) -> Replicate {
    let subjects = BootstrapReplicate.resample(strata, address: address)
    let rowsOfSubject = Dictionary(grouping: training.sorted()) { cohort.table.subjects[$0] }
    let drawn = subjects.flatMap { rowsOfSubject[$0] ?? [] }.sorted()
    let inBag = Set(subjects)
    let outside = training.sorted().filter { !inBag.contains(cohort.table.subjects[$0]) }
    do throws(StatisticsError) {
      let model = try fitSurvivalModel(cohort, rows: drawn, plan: plan, address: address)
      return Replicate(
        number: address.replicate, features: model.features, coefficients: model.coefficients,
        bag: model.concordance(cohort, rows: drawn), training: model.concordance(cohort, rows: training),
        outOfBag: model.concordance(cohort, rows: outside), outOfBagRows: outside)
    } catch {
      guard error.code.isPoverty else { throw error }
      return Replicate(
        number: address.replicate, features: [], coefficients: [], bag: nil, training: nil, outOfBag: nil,
        outOfBagRows: [], failure: error.code)
    }
  }
}

extension FittedSurvivalModel {
  /// Harrell's C of the model on some rows.
  public func concordance(_ cohort: SurvivalCohort, rows: [Int]) -> Double? {
    Concordance(linearPredictor(of: cohort.table, rows: rows), cohort.survival.selecting(rows))?.estimate
  }
}
