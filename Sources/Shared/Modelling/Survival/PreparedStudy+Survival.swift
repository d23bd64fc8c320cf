import Foundation
import Statistics
import StudyPlan

extension SurvivalOutcome {
  private func timeText(_ item: StudyCase) -> String {
    (item.extra[time] ?? "").trimmingCharacters(in: .whitespaces)
  }

  /// How long a case was observed, in the unit of the column.
  /// - Throws: `bad-time` for what is no number above 0.
  package func time(of item: StudyCase) throws(StudyTaskError) -> Double {
    guard let value = Double(timeText(item)), value > 0, value.isFinite else {
      throw StudyTaskError(
        code: "bad-time", sentence: "A case whose event is known has no time (\(time)) above 0.",
        remedy: "Correct the column, and submit the study again.")
    }
    return value
  }

  /// Times and events of the rows of a table.
  /// - Throws: `time-differs` where the images of one row have different times, `bad-time` for one that is none.
  func times(of table: CohortTable, members: [[StudyCase]]) throws -> SurvivalTimes {
    let times = try members.map { members throws(StudyTaskError) in
      let texts = Set(members.map(timeText))
      guard texts.count == 1, let first = members.first else {
        throw StudyTaskError(
          code: "time-differs", sentence: "The images of one subject have different times (\(time)).",
          remedy: "Give all images of a subject one time, and submit the study again.")
      }
      return try time(of: first)
    }
    return try SurvivalTimes(times: times, events: table.positives)
  }
}

extension PreparedStudy {
  /// Enough for a fit; a resample may have fewer.
  static func requireEvents(_ events: Int, of rows: Int, in part: String) throws {
    guard events < SurvivalOutcome.fewestEvents else { return }
    throw StudyTaskError(
      code: "few-events",
      sentence:
        "The \(part) has \(rows) cases, \(events) of them with the event; a survival model needs at least \(SurvivalOutcome.fewestEvents).",
      remedy: "Check the columns of event and time, the cases that failed, and the split.")
  }

  /// As `requireEvents`, of what is left where each site is left out. A site without an event is none of these: its cases are
  /// predicted, and have no C.
  static func requireEventsWithoutEachSite(_ table: CohortTable) throws {
    guard table.siteNames.count > 1 else { return }
    for (site, name) in table.siteNames.enumerated() {
      let rows = Split(leavingOut: site, of: table).training
      try requireEvents(rows.count { table.positives[$0] }, of: rows.count, in: "cohort without site \(name)")
    }
  }

  /// A model fitted to the whole training part.
  /// - Throws: what `fitSurvivalModel` throws; `unseenSite` where the model cannot be applied to the other parts.
  func finalModel(_ plan: SurvivalPlan, of cohort: SurvivalCohort) throws -> FittedSurvivalModel {
    let model = try fitSurvivalModel(
      cohort, rows: split.training, plan: plan, address: .finalFit(seed: self.cohort.study.seed))
    try model.requireKnownSites(of: table, rows: split.test)
    if let external { try model.requireKnownSites(of: external.table, rows: external.rows) }
    return model
  }

  /// So that a study which cannot be fitted ends at its first replicate.
  func requireFits(_ survival: SurvivalStudy) throws(StudyTaskError) {
    do {
      for plan in survival.plans {
        _ = try finalModel(plan, of: survival.cohort)
        if cohort.study.split == .leaveOneSiteOut {
          _ = try SurvivalLeaveOneSiteOut(survival.cohort, plan: plan, seed: cohort.study.seed)
        }
      }
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  /// One replicate of the whole-pipeline bootstrap of all Cox models, as canonical JSON.
  func replicate(_ number: Int, of survival: SurvivalStudy) throws(StudyTaskError) -> [UInt8] {
    do {
      let strata = SubjectStrata(of: table, rows: split.training)
      let address = RandomAddress(seed: cohort.study.seed, replicate: number)
      let models = try survival.plans.map { plan in
        SurvivalReplicateWireFormat.Model(
          plan.name,
          try SurvivalBootstrap.replicate(
            survival.cohort, training: split.training, strata: strata, plan: plan, address: address))
      }
      return try CanonicalJSON.encode(
        SurvivalReplicateWireFormat(number: number, models: models, controls: try controlAreas(number)))
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }
}
