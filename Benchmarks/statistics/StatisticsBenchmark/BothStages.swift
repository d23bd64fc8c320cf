import Statistics

/// A model's two-stage bootstrap (200 resamples of 20 each) and its plain one (200 resamples), over all rows of a table.
func bothStages(of plan: ModelPlan, final: FittedModel, table: CohortTable, seed: UInt64) throws -> (
  stages: TwoStageSummary, summary: BootstrapSummary
) {
  let rows = table.allRows
  let outer = try (1...200).map {
    try OuterReplicate(table, training: rows, plans: [plan], seed: seed, number: $0, inner: 20)
  }
  let replicates = try (0..<200).map {
    try BootstrapReplicate(
      table, training: rows, plans: [plan], address: RandomAddress(seed: seed, replicate: $0))
  }
  return (
    try TwoStageSummary(of: outer, model: 0),
    try BootstrapSummary(
      of: replicates, model: 0, final: final, table: table, training: rows, candidates: table.featureCount)
  )
}
