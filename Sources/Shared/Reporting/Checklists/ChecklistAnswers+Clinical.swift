/// What clinical columns answer.
extension ChecklistAnswers {
  private var columns: [StudyReport.ClinicalColumn] { report.clinical?.columns ?? [] }

  /// Models that use clinical columns, with and without other sources.
  private var clinicalModels: [StudyReport.Model] { report.models.filter { $0.sources.contains("clinical") } }

  private func isClinicalAlone(_ model: StudyReport.Model) -> Bool { model.sources == ["clinical"] }

  var clinicalPredictors: Answer? {
    guard !columns.isEmpty else { return nil }
    let names = columns.map { column in
      "\(column.name) (\(column.kind)"
        + (column.missing > 0 ? ", \(PageNumber.count(column.missing)) missing: \(column.treatment))" : ")")
    }
    return (names.joined(separator: ", ") + ".", "clinical")
  }

  var nonRadiomicModels: Answer? {
    let told = clinicalModels.map { model in
      isClinicalAlone(model)
        ? "\(model.name): clinical columns alone"
        : "\(model.name): clinical columns with \(model.sources.filter { $0 != "clinical" }.joined(separator: ", "))"
    }
    return told.isEmpty ? nil : (told.joined(separator: "; ") + ".", "models")
  }

  var nonRadiomicPerformance: Answer? {
    let told = clinicalModels.flatMap { model in
      EvaluationOrder.cohorts.compactMap { cohort in
        model.metric(discrimination, in: cohort).map {
          "\(model.name), \(PageText.heading(of: cohort).lowercased()): \(discriminationName) \(PageNumber.interval($0.interval))"
        }
      }
    }
    return told.isEmpty ? nil : (told.joined(separator: "; ") + ".", "performance")
  }

  /// Differences between a model of clinical columns alone and another.
  var nonRadiomicComparison: Answer? {
    let alone = Set(clinicalModels.filter(isClinicalAlone).map(\.name))
    let rows = report.comparisons.filter {
      $0.metric == discrimination && ["DeLong", "jackknife"].contains(where: $0.method.contains)
        && alone.contains($0.first) != alone.contains($0.second)
    }
    let told = rows.map { row in
      "\(row.first) less \(row.second), \(PageText.heading(of: row.cohort).lowercased()): "
        + "\(PageNumber.fixed(row.difference)), p \(PageNumber.equality(row.adjustedPValue ?? row.pValue))"
    }
    return told.isEmpty ? nil : (told.joined(separator: "; ") + ".", "performance")
  }

  private func characteristics(by keys: Set<String>) -> Answer? {
    guard report.clinical?.characteristics.contains(where: { keys.contains($0.by) }) == true else {
      return nil
    }
    let names = columns.map(\.name).joined(separator: ", ")
    return ("\(names): tables by \(keys.sorted().joined(separator: " and by ")).", "clinical")
  }

  var baseline: Answer? { characteristics(by: [outcomeName, "site"]) }

  var trainingAgainstEvaluation: Answer? { characteristics(by: ["part"]) }
}
