import Foundation
import Statistics
import Yams

extension StudyFile {
  /// Keys that a survival study has no use for, each with the reason.
  static func refuseForSurvival(_ file: StrictMapping, _ outcome: SurvivalOutcome) throws(StudyError) {
    let reasons = [
      "cutoff": "nobody is called positive; groups of risk are cut at the median of the training part",
      "comparisons": "other learners are compared with models by their AUC",
    ]
    for (key, reason) in reasons.sorted(by: { $0.key < $1.key }) where file.has(key) {
      throw StudyError(
        .badValue,
        "\(key): the outcome is a time to an event (\(outcome.event)), and \(reason). Remove \(key).")
    }
    if let bootstrap = file.node("bootstrap")?.mapping,
      bootstrap.contains(where: { $0.key.string == "two_stage" })
    {
      throw StudyError(
        .badValue,
        "bootstrap.two_stage: the two-stage bootstrap is of an AUC; a survival study has the plain bootstrap only."
      )
    }
  }

  /// The table that has events and times, where the manifest or the table of features has not.
  static func survivalTable(_ section: StrictMapping, besides url: URL) throws(StudyError) -> ClinicalTable? {
    guard let path = try section.string("table") else {
      guard !section.has("id"), !section.has("site") else {
        throw StudyError(.badValue, "outcome: id and site are headers of a table, but no table is named.")
      }
      return nil
    }
    return ClinicalTable(
      url: URL(fileURLWithPath: path, relativeTo: url.deletingLastPathComponent()).standardizedFileURL,
      id: try section.string("id") ?? "ID", site: try section.string("site"))
  }

  /// Selection and refit of a Cox model.
  static func readSurvival(
    _ section: StrictMapping, into model: inout ModelDefinition, at path: String
  ) throws(StudyError) {
    guard !section.has("cutoff") else {
      throw StudyError(
        .badValue,
        "\(section.place("cutoff")): in a survival study nobody is called positive; groups of risk are cut at the median of the training "
          + "part.")
    }
    try readPredictors(section, into: &model)
    if model.sources.isEmpty, model.clinical?.areForced != false {
      // Nothing to select from but what is forced in.
      model.survival = ModelDefinition.Survival(selection: [], refit: .none)
    }
    if let items = section.items("selection") {
      model.survival?.selection = []
      for (index, item) in items.enumerated() {
        model.survival?.selection.append(
          try ModelStep(item, at: "\(section.place("selection"))[\(index)]").survivalSelection())
      }
    }
    if let node = section.node("refit") {
      model.survival?.refit = try ModelStep(node, at: section.place("refit")).survivalRefit()
    }
    if let node = section.node("missing") {
      model.missing = try ModelStep(node, at: section.place("missing")).missing()
    }
    guard model.survival?.refit == .lassoScore else { return }
    guard model.survival?.selection.last?.givesCoefficients == true else {
      throw StudyError(.badValue, "\(path): refit: lasso needs lasso-cox as the last step of selection.")
    }
  }

  /// Columns of the manifest or the feature table that have the time; none where another table has it.
  package var ownTimeColumns: [String] {
    survivalTable == nil ? [study.survival?.time].compactMap(\.self) : []
  }

  /// Gives rows their events and times, from the table that has them if there is one, and checks all of them.
  /// - Returns: how many rows have an event and no time, or are not in the table; their outcome is unknown from now on.
  /// - Throws: `StudyError` that lists faulty rows (at most twenty).
  package func joinSurvival(to rows: inout [Manifest.Row]) throws(StudyError) -> Int {
    guard let survival = study.survival else { return 0 }
    try survival.requireApart(study)
    if let survivalTable { try join(survival, from: survivalTable, to: &rows) }
    let label = manifest.lastPathComponent
    guard rows.contains(where: { $0.extra[survival.time] != nil }) else {
      throw StudyError(
        .badManifest,
        "outcome.time: \(label) has no column '\(survival.time)'."
          + suggestion(for: survival.time, among: Set(rows.flatMap(\.extra.keys)).sorted()))
    }
    var (faults, unknown) = ([String](), 0)
    for index in rows.indices where rows[index].outcome != nil {
      let text = (rows[index].extra[survival.time] ?? "").trimmingCharacters(in: .whitespaces)
      if FeatureTableColumns.isMissing(text) {
        rows[index].outcome = nil
        unknown += 1
        continue
      }
      guard let fault = SurvivalOutcome.fault(ofTime: text) else { continue }
      faults.append("\(rows[index].subject) at \(rows[index].site): \(survival.time) is '\(text)'; \(fault)")
    }
    guard faults.isEmpty else {
      let more = faults.count > 20 ? "\n  and \(faults.count - 20) more" : ""
      throw StudyError(
        .badManifest,
        "outcome.time: \(counted(faults.count, "row")) of \(label) cannot be used. Where the event was on the day that observation began, "
          + "write half a day, or leave the patient out:\n"
          + faults.prefix(20).map { "  \($0)" }.joined(separator: "\n") + more)
    }
    try survival.requireEvents(rows, study)
    return unknown
  }

  private func join(_ survival: SurvivalOutcome, from table: ClinicalTable, to rows: inout [Manifest.Row])
    throws(StudyError)
  {
    guard !rows.contains(where: { $0.outcome != nil }) else {
      throw StudyError(
        .badManifest,
        "outcome.table: \(table.url.lastPathComponent) is to have the events, but \(manifest.lastPathComponent) has a column Outcome; "
          + "keep one.")
    }
    let columns = [survival.event, survival.time].map { ClinicalColumn(.init($0, .number)) }
    _ = try table.join(columns, to: &rows)
    for index in rows.indices {
      let text = (rows[index].extra.removeValue(forKey: survival.event) ?? "")
        .trimmingCharacters(in: .whitespaces)
      guard !FeatureTableColumns.isMissing(text) else { continue }
      guard let event = outcomeCoding.outcome(of: text) else {
        throw StudyError(
          .badManifest,
          "outcome.table: \(survival.event) of \(rows[index].subject) is '\(text)'; expected \(outcomeCoding.expectation)."
        )
      }
      rows[index].outcome = event
    }
  }
}

extension SurvivalOutcome {
  /// Event and time are the outcome, and may stand nowhere else.
  fileprivate func requireApart(_ study: Study) throws(StudyError) {
    for name in study.covariates where [event, time].contains(name) {
      throw StudyError(
        .badValue,
        "harmonisation.covariates: '\(name)' is the outcome; keeping its effect would carry the outcome into the features."
      )
    }
    for name in (study.clinical ?? []).map(\.name) where [event, time].contains(name) {
      throw StudyError(
        .badValue, "clinical.columns: '\(name)' is the outcome, and no predictor. Remove it.")
    }
  }

  /// Fewest events that a model is fitted to: folds, resamples and parts must have some.
  package static let fewestEvents = 3

  fileprivate func requireEvents(_ rows: [Manifest.Row], _ study: Study) throws(StudyError) {
    guard !study.models.isEmpty else { return }
    let known = rows.filter { $0.outcome != nil && $0.split != .external }
    let events = known.count { $0.outcome == 1 }
    guard events >= Self.fewestEvents else {
      throw StudyError(
        .badManifest,
        "Survival models need events: \(event) is 1 in \(events) of \(known.count) rows with a time, and at least "
          + "\(Self.fewestEvents) are needed. Write models: [] to extract features only.")
    }
    try requireEvents(known, of: study.split)
    let latest = known.compactMap { $0.extra[time].flatMap(Double.init) }.max() ?? 0
    let late = horizons.filter { $0 >= latest }
    guard late.isEmpty else {
      throw StudyError(
        .badValue,
        "outcome.horizons: nobody is observed beyond \(late.map(Self.text).joined(separator: ", ")) \(unit) (the longest time is "
          + "\(Self.text(latest))); nothing can be said of such a time.")
    }
  }
}

extension SurvivalOutcome {
  /// Every part that models are fitted to has enough events, as far as rows tell before some of them fail.
  private func requireEvents(_ known: [Manifest.Row], of split: SplitRule) throws(StudyError) {
    func lacks(_ rows: [Manifest.Row]) -> Bool {
      !rows.isEmpty && rows.count { $0.outcome == 1 } < Self.fewestEvents
    }
    switch split {
    case .trainingShare: return
    case .column:
      let training = known.filter { $0.split == .training }
      guard lacks(training) else { return }
      throw StudyError(
        .badManifest,
        "The training part (column Split) has \(counted(training.count, "row")) with a time, and \(event) is 1 in "
          + "\(training.count { $0.outcome == 1 }) of them; a Cox model needs at least \(Self.fewestEvents) events."
      )
    case .leaveOneSiteOut:
      let sites = Set(known.map(\.site)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      for site in sites where sites.count > 1 {
        let others = known.filter { $0.site != site }
        guard lacks(others) else { continue }
        throw StudyError(
          .badManifest,
          "split: with site \(site) left out, the model that is to predict its cases would be fitted to "
            + "\(counted(others.count, "row")), of which \(event) is 1 in \(others.count { $0.outcome == 1 }); a Cox model needs at "
            + "least \(Self.fewestEvents) events. Where nearly all events are of one site, no other site can tell how well a "
            + "model does: draw the split by a share (split: {training: 0.7}), or by column Split.")
      }
    }
  }
}

extension FeatureTableLayout {
  /// Sets event and time apart from the features.
  /// - Parameter events: the column of events, where the table has it.
  mutating func name(_ survival: SurvivalOutcome, events: String?) throws(StudyError) {
    guard headers[.outcome] == nil else {
      throw StudyError(.badValue, "features.outcome: outcome.event names the column already; remove one.")
    }
    (self.events, outcomeColumns) = (events, [survival.event, survival.time])
  }
}
