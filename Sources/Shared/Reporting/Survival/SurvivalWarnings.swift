import Modelling
import Statistics
import StudyPlan

extension ReportedSurvivalModel {
  /// What a reader of the model should know.
  func warnings(_ study: PreparedStudy) -> [StudyReport.Warning] {
    // Predictors without a finite ratio are named, in place of saying that there are some.
    let isNamed = !result.fitted.unboundedPredictors.isEmpty
    var warnings = result.fitted.warnings.filter { !isNamed || $0 != .monotone }
      .map(StudyReport.Warning.init(survival:))
    if !result.strata.merged.isEmpty {
      let names = result.strata.merged.map {
        "\(study.table.siteNames[$0.site]) (\($0.isPositive ? "event" : "no event"))"
      }
      warnings.append(
        StudyReport.Warning(
          code: "merged_strata",
          message:
            "A single training subject is of this kind at \(names.joined(separator: ", ")): resampling draws it with subjects of the same "
            + "kind at other sites."))
    }
    let subjects = Set(study.split.training.map { study.table.subjects[$0] }).count
    let candidates = result.fitted.steps.first?.remaining ?? 0
    if let bootstrap = result.bootstrap {
      if candidates > subjects {
        warnings.append(
          StudyReport.Warning(
            code: "more_features_than_subjects",
            message:
              "\(PageNumber.count(candidates, "feature")) for \(PageNumber.count(subjects, "training subject")): the apparent C and that "
              + "corrected for optimism are far too high at this ratio; judge by .632+ and out of bag."))
      }
      let empty = bootstrap.replicates.count { $0.failure == nil && $0.features.isEmpty }
      if empty > 0 {
        warnings.append(
          StudyReport.Warning(
            code: "empty_selections",
            message:
              "In \(PageNumber.count(empty)) of \(PageNumber.count(bootstrap.replicates.count)) bootstrap replicates selection kept no "
              + "feature; each counts with a C of 0.5."))
      }
    }
    return warnings
  }
}

extension StudyReport.Warning {
  fileprivate init(survival warning: FittedSurvivalModel.Warning) {
    switch warning {
    case .common(.nothingSelected):
      self.init(
        code: "nothing_selected",
        message: "Selection kept no feature: every case has the same risk, that of the training part.")
    case .common(.tooFewForFolds):
      self.init(
        code: "too_few_for_folds",
        message: "Fewer than two training subjects had the event, so that nothing could be cross-validated.")
    case .common(let common): self.init(common)
    case .monotone:
      self.init(
        code: "monotone_likelihood",
        message:
          "The partial likelihood has no maximum: the selected features put the patients in the order of their events, so that "
          + "unpenalised coefficients have no finite value and those printed are arbitrary; use a ridge refit."
      )
    case .unbounded(let names): self = .unboundedRatios(names)
    }
  }
}

extension ReportAssembly {
  /// Whether there are enough events for the models that were asked for.
  func eventsOfStudy(_ outcome: SurvivalOutcome) -> [StudyReport.Warning] {
    let table = study.table
    let training = study.split.training
    let events = Set(training.filter { table.positives[$0] }.map { table.subjects[$0] }).count
    let subjects = Set(training.map { table.subjects[$0] }).count
    let size = SurvivalSize(
      subjects: subjects, events: events, event: outcome.event,
      models: study.plans.map { plan in
        .init(name: plan.name, candidates: table.candidateCount(of: plan))
      })
    return [
      size.fewEvents.map { StudyReport.Warning(code: "few_events", message: $0) }
        ?? size.tooSmall.map { StudyReport.Warning(code: "sample_size", message: $0) }
    ].compactMap(\.self)
  }

  /// Models that leave half of their features out because a value is undefined somewhere.
  func survivalFeaturesLost(_ models: [ReportedSurvivalModel]) -> [StudyReport.Warning] {
    models.compactMap { model in
      let table = study.table
      let features = table.featureNames.indices.filter {
        model.result.plan.features.includes(table.featureNames[$0])
      }
      let lost = model.result.fitted.warnings.reduce(0) { sum, warning in
        if case .common(.droppedNotFinite(let count)) = warning { sum + count } else { sum }
      }
      guard lost > 0, 2 * lost >= features.count else { return nil }
      let rows = study.split.training.filter { row in
        features.contains { !table.value(row: row, feature: $0).isFinite }
      }
      return .featuresLost(
        lost, of: features.count, model: model.name, rows: rows.map { table.caseNames[$0] },
        training: study.split.training.count)
    }
  }

  /// Groups of risk that do not part as proportional hazards say are told by their curves; horizons that few reach are told here.
  func lateHorizons(_ survival: SurvivalStudy) -> [StudyReport.Warning] {
    let outcome = survival.outcome
    let rows = study.split.test.isEmpty ? study.split.training : study.split.test
    let times = survival.cohort.survival.selecting(rows).times
    let late = outcome.horizons.filter { horizon in times.count { $0 > horizon } < 5 }
    guard !late.isEmpty else { return [] }
    return [
      StudyReport.Warning(
        code: "late_horizon",
        message:
          "Fewer than five cases are observed beyond \(late.map(SurvivalOutcome.text).joined(separator: ", ")) \(outcome.unit) "
          + "\(study.split.test.isEmpty ? "in the training part" : "in the test part"): numbers of such a time hang on single patients."
      )
    ]
  }
}
