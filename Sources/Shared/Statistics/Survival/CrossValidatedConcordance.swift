import LinearAlgebra

extension CrossValidatedArea {
  /// Harrell's C of a whole survival pipeline by repeated cross-validation, in place of the AUC: every step is repeated without each
  /// fold, and the fold's rows are ranked among themselves. Folds are balanced over events.
  /// - Parameters:
  ///   - training: rows of the cohort's table; subjects stay together.
  ///   - seed: the study's. Folds and fits have addresses that no replicate has.
  /// - Returns: `nil` where fewer than two subjects have the event.
  /// - Throws: what `fitSurvivalModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public init?(
    concordanceOf cohort: SurvivalCohort, training: [Int], plan: SurvivalPlan, seed: UInt64,
    folds count: Int = 5, repeats: Int = 10
  ) throws(StatisticsError) {
    precondition(1...10_000 ~= repeats && 2...1_000 ~= count, "numbers of folds and repeats")
    var (values, empty, used): ([Double?], Int, Int) = ([], 0, 0)
    for turn in 0..<repeats {
      let address = RandomAddress(seed: seed, replicate: Self.firstFolds + turn)
      guard let fold = Folds.byEvent(count: count, of: training, in: cohort.table, address: address) else {
        return nil
      }
      used = (fold.max() ?? 0) + 1
      for index in 0..<used {
        let fitted = training.indices.filter { fold[$0] != index }.map { training[$0] }
        let left = training.indices.filter { fold[$0] == index }.map { training[$0] }
        let place = RandomAddress(seed: seed, replicate: Self.firstFit + turn * 1_000 + index)
        do throws(StatisticsError) {
          let model = try fitSurvivalModel(cohort, rows: fitted, plan: plan, address: place)
          if model.isEmpty { empty += 1 }
          values.append(model.concordance(cohort, rows: left))
        } catch {
          guard error.code.isPoverty else { throw error }
          values.append(nil)
        }
      }
    }
    self.init(
      name: plan.name, folds: values, count: used, repeats: repeats, empty: empty, rows: training.count,
      cases: training.count { cohort.table.positives[$0] })
  }
}
