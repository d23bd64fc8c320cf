/// One control of a model in one replicate of the whole-pipeline bootstrap: what the model is held against, on the subjects
/// that the model itself was fitted to and evaluated on.
public enum ControlReplicate {
  /// The out-of-bag AUC of a plan on the draw of subjects that a replicate of the table itself has.
  ///
  /// - Parameters:
  ///   - control: the rows of `table` in their order, with other features or outcomes.
  ///   - table: whose strata the subjects are drawn within, so that model and control have the same draw.
  ///   - training: rows to draw from.
  ///   - plan: of the control.
  ///   - address: of the replicate.
  /// - Returns: `nil` where the resample is too poor to fit, or an outcome is missing out of bag.
  /// - Throws: what `fitModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public static func outOfBagArea(
    _ control: CohortTable, drawnAs table: CohortTable, training: [Int], plan: ModelPlan,
    address: RandomAddress
  ) throws(StatisticsError) -> Double? {
    precondition(control.caseNames == table.caseNames, "the same rows")
    let (drawn, outside) = draw(table, training: training, address: address)
    return try area(
      of: plan, fittedTo: control, rows: drawn, on: (control, outside), address: address)
  }

  /// The rows that a replicate of the table has, and those of subjects that were not drawn.
  private static func draw(_ table: CohortTable, training: [Int], address: RandomAddress) -> (
    drawn: [Int], outside: [Int]
  ) {
    let subjects = BootstrapReplicate.resample(SubjectStrata(of: table, rows: training), address: address)
    let drawn = BootstrapReplicate.rows(of: subjects, in: table, training: training)
    let inBag = Set(drawn)
    return (drawn, training.filter { !inBag.contains($0) }.sorted())
  }

  /// Harrell's C out of bag of a plan, as ``outOfBagArea(_:drawnAs:training:plan:address:)``.
  public static func outOfBagConcordance(
    _ control: SurvivalCohort, drawnAs table: CohortTable, training: [Int], plan: SurvivalPlan,
    address: RandomAddress
  ) throws(StatisticsError) -> Double? {
    precondition(control.table.caseNames == table.caseNames, "the same rows")
    let (drawn, outside) = draw(table, training: training, address: address)
    return try concordance(
      of: plan, fittedTo: control, rows: drawn, on: (control, outside), address: address)
  }

  /// Harrell's C on other rows of a plan fitted to some rows of a control.
  /// - Returns: `nil` where the rows are too poor to fit, or no two of those evaluated can be compared.
  /// - Throws: what `fitSurvivalModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public static func concordance(
    of plan: SurvivalPlan, fittedTo control: SurvivalCohort, rows: [Int],
    on evaluated: (cohort: SurvivalCohort, rows: [Int]), address: RandomAddress
  ) throws(StatisticsError) -> Double? {
    do throws(StatisticsError) {
      return try fitSurvivalModel(control, rows: rows, plan: plan, address: address)
        .concordance(evaluated.cohort, rows: evaluated.rows)
    } catch {
      guard error.code.isPoverty else { throw error }
      return nil
    }
  }

  /// The AUC on other rows of a plan fitted to some rows of a control.
  /// - Returns: `nil` where the rows are too poor to fit, or an outcome is missing where it is evaluated.
  /// - Throws: what `fitModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public static func area(
    of plan: ModelPlan, fittedTo control: CohortTable, rows: [Int],
    on evaluated: (table: CohortTable, rows: [Int]),
    address: RandomAddress
  ) throws(StatisticsError) -> Double? {
    do throws(StatisticsError) {
      let model = try fitModel(control, rows: rows, plan: plan, address: address)
      return areaUnderCurve(
        model.probabilities(of: evaluated.table, rows: evaluated.rows),
        positives: evaluated.rows.map { evaluated.table.positives[$0] })
    } catch {
      guard error.code.isPoverty else { throw error }
      return nil
    }
  }
}
