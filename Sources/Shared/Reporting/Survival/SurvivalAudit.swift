import Modelling
import Statistics
import StudyPlan

/// Questions about leakage in a study of times to an event, each answered by looking at what the study did.
struct SurvivalAudit {
  typealias Line = StudyReport.AuditLine

  let study: PreparedStudy
  let survival: SurvivalStudy
  let models: [FinalSurvivalModel]
  /// Lines that are the same for any outcome, the event being it.
  let common: LeakageAudit

  init(
    study: PreparedStudy, _ survival: SurvivalStudy, models: [FinalSurvivalModel],
    duplicates: [StudyReport.DuplicateGroup], search: DuplicateSearch
  ) {
    (self.study, self.survival, self.models) = (study, survival, models)
    var common = LeakageAudit(
      study: study, models: [], replicates: [], duplicates: duplicates, search: search)
    common.deal = { Folds.byEvent(count: $0, of: $1, in: $2, address: $3) }
    self.common = common
  }

  private var split: Split { study.split }
  private var cohort: SurvivalCohort { survival.cohort }
  private var table: CohortTable { study.table }

  /// - Throws: what fitting a model again throws.
  func lines() throws -> [Line] {
    [common.subjectsInOnePart, common.everySubjectWhole, common.duplicatesAcrossSplit]
      + [common.duplicatesWithinParts, common.outcomeAmongFeatures, common.featuresTooGood]
      + [timeAmongFeatures, featuresOfLater, try modelsTooGood(), common.outcomeAmongCovariates]
      + (try trainingOnly()) + (try withoutSites())
      + [foldsBySubject, resamplingBySubject, resamplingWithinTraining, resamplingOfWholePipeline]
      + [common.externalUnseen].compactMap(\.self)
  }

  private func line(_ code: String, _ rule: String, _ faults: [String], _ evidence: String) -> Line {
    common.line(code, rule, faults: common.listed(faults), evidence: evidence)
  }

  /// A line about features or models, which explanations name.
  private func line(
    _ code: String, _ rule: String, of faults: [(name: String, text: String)], _ evidence: String
  ) -> Line {
    common.line(
      code, rule, faults: common.listed(faults.map(\.text)), of: faults.map(\.name), evidence: evidence)
  }
}

// MARK: The time

extension SurvivalAudit {
  /// Features, and clinical columns behind them, by their places.
  private var columns: Range<Int> { 0..<table.featureCount + table.clinical.count }

  private func name(of column: Int) -> String {
    column < table.featureCount
      ? table.featureNames[column] : table.clinical[column - table.featureCount].name
  }

  private func value(row: Int, column: Int) -> Double {
    column < table.featureCount
      ? table.value(row: row, feature: column) : table.clinical[column - table.featureCount].values[row]
  }

  /// How many there are, in words.
  private var searched: String {
    counted(table.featureCount, "feature")
      + (table.clinical.isEmpty ? "" : " and \(counted(table.clinical.count, "clinical column"))")
  }

  /// C of a column in whichever direction, with that direction; `nil` with fewer than ten pairs.
  private func concordance(_ column: Int, _ rows: [Int]) -> Double? {
    let known = rows.filter { value(row: $0, column: column).isFinite }
    let found = Concordance(
      known.map { value(row: $0, column: column) }, cohort.survival.selecting(known))
    return found.flatMap { $0.pairs >= 10 ? $0.estimate : nil }
  }

  /// A feature that puts the patients in the order of their events is the time, or was made of it.
  var timeAmongFeatures: Line {
    let leaks = columns.compactMap { feature -> (name: String, text: String)? in
      guard let own = concordance(feature, split.training), max(own, 1 - own) >= PerfectPredictor.leastAUC
      else { return nil }
      let test = concordance(feature, split.test)
      if let test, (own > 0.5 ? test : 1 - test) < PerfectPredictor.leastAUC { return nil }
      let name = name(of: feature)
      return (
        name,
        "\(name): C \(PageNumber.fixed(max(own, 1 - own))) in training"
          + (test.map { ", \(PageNumber.fixed(max($0, 1 - $0))) in test" } ?? "")
      )
    }
    return line(
      "time_too_good", "No single feature tells nearly without error who has the event first.", of: leaks,
      "\(searched), none with a C of \(PageNumber.fixed(PerfectPredictor.leastAUC, digits: 2)) or more \(common.parts)."
    )
  }

  /// Features whose names say that they are known with or after the event, and which tell it well.
  var featuresOfLater: Line {
    let leaks = columns.filter { LaterName.isOne(name(of: $0)) }
      .compactMap { feature -> (name: String, text: String)? in
        let rows = split.training.filter { value(row: $0, column: feature).isFinite }
        let area = areaUnderCurve(
          rows.map { value(row: $0, column: feature) }, positives: rows.map { table.positives[$0] })
        let found = [concordance(feature, rows), area].compactMap(\.self).map { max($0, 1 - $0) }.max()
        guard let found, found >= LaterName.leastAUC else { return nil }
        let name = name(of: feature)
        return (name, "\(name): C or AUC \(PageNumber.fixed(found)) in training")
      }
    return line(
      "features_known_later",
      "No feature is called as what is known with the event or after it, and tells it.", of: leaks,
      "\(searched), none called as an event, its time, a follow-up or an outcome that tells it."
    )
  }

  /// A model is too good where the cases that it was not fitted to are ranked nearly without error, as those are to which it was.
  private func modelsTooGood() throws -> Line {
    let (code, rule) = ("models_too_good", "No model ranks the events nearly without error.")
    var (faults, judged) = ([(name: String, text: String)](), 0)
    for model in models {
      let parts = try study.parts(of: model, survival)
      let unseen =
        parts.first { [.test, .leftOut].contains($0.cohort) }.flatMap {
          Concordance($0.scores, $0.survival)?.estimate
        } ?? model.bootstrap?.estimates?.outOfBag
      guard let own = model.fitted.concordance(cohort, rows: split.training), let unseen else { continue }
      judged += 1
      if min(own, unseen) >= PerfectPredictor.leastAUC {
        faults.append(
          (
            model.fitted.name,
            "\(model.fitted.name): C \(PageNumber.fixed(own)) in training, \(PageNumber.fixed(unseen)) in cases it was not fitted to"
          ))
      }
    }
    guard judged > 0 else {
      return common.notApplicable(code, rule, "There are no cases to which a model was not fitted.")
    }
    return line(
      code, rule, of: faults,
      "\(judged) models, none with a C of \(PageNumber.fixed(PerfectPredictor.leastAUC, digits: 2)) or more.")
  }
}

// MARK: Fitting

extension SurvivalAudit {
  private func changed(_ model: FittedSurvivalModel, _ split: Split, _ plan: SurvivalPlan) throws
    -> [FitIndependence.Aspect]
  {
    let training = Set(split.training)
    return try FitIndependence(
      of: model, from: split.test.filter { !training.contains($0) }, cohort: cohort,
      training: split.training, plan: plan, seed: study.cohort.study.seed
    ).changed
  }

  private func sentence(_ rule: String) -> String {
    rule.replacing("The cut-off is", with: "The cut of the groups of risk is")
  }

  /// Every model is fitted again with the test part hidden; what comes out otherwise has seen it.
  private func trainingOnly() throws -> [Line] {
    let rules = LeakageAudit.rules.map { ($0.0, $0.1, sentence($0.2)) }
    guard !split.test.isEmpty else {
      return rules.map { common.notApplicable($0.1, $0.2, "There is no test part.") }
    }
    let found = try models.map { try changed($0.fitted, split, $0.plan) }
    return rules.map { aspect, code, rule in
      if aspect == .harmonisation, !common.isHarmonised {
        return common.notApplicable(code, rule, "No model harmonises its features.")
      }
      return line(
        code, rule,
        models.indices.filter { found[$0].contains(aspect) }.map {
          "\(models[$0].fitted.name): comes out otherwise when the test part is hidden"
        }, "Fitted again with features, events and times of the test part replaced: the same to the last bit."
      )
    }
  }

  /// Each model is fitted again with its site hidden.
  private func withoutSites() throws -> [Line] {
    let left = models.compactMap { model in model.leaveOneSiteOut.map { (model, $0) } }
    guard !left.isEmpty else { return [] }
    var faults: [FitIndependence.Aspect: [String]] = [:]
    for (model, sites) in left {
      for (site, fold) in sites.folds.enumerated() {
        for aspect in try changed(fold.model, Split(leavingOut: site, of: table), model.plan) {
          faults[aspect, default: []].append("\(model.fitted.name) without \(fold.site)")
        }
      }
    }
    return [common.subjectsAtOneSite, common.duplicatesAcrossSites]
      + LeakageAudit.rulesWithoutSite.map { aspect, code, rule in
        if aspect == .harmonisation, !common.isHarmonised {
          return common.notApplicable(code, sentence(rule), "No model harmonises its features.")
        }
        return line(
          code, sentence(rule),
          (faults[aspect] ?? []).map { "\($0): comes out otherwise when the site is hidden" },
          "\(table.siteNames.count) models of each kind, fitted again with their site replaced: the same to the last bit."
        )
      }
  }
}

// MARK: Resampling

extension SurvivalAudit {
  private var foldsBySubject: Line {
    let (code, rule) = (
      "folds_by_subject", "Cross-validation folds keep all images of a subject together."
    )
    let counts = Set(models.flatMap { $0.plan.steps.compactMap(\.folds) }).sorted()
    guard !counts.isEmpty else {
      return common.notApplicable(code, rule, "No model chooses anything by cross-validation.")
    }
    let address = RandomAddress.finalFit(seed: study.cohort.study.seed)
    let dealt = counts.compactMap { common.deal($0, split.training, table, address) }
    guard !dealt.isEmpty else {
      return common.notApplicable(code, rule, "There are too few events for folds.")
    }
    var torn = Set<Int>()
    for folds in dealt {
      var foldOfSubject: [Int: Int] = [:]
      for (row, fold) in zip(split.training, folds)
      where foldOfSubject.updateValue(fold, forKey: table.subjects[row]) ?? fold != fold {
        torn.insert(table.subjects[row])
      }
    }
    return line(
      code, rule,
      torn.isEmpty ? [] : ["\(counted(torn.count, "subject is", "subjects are")) in several folds"],
      "\(Set(split.training.map { table.subjects[$0] }).count) subjects in "
        + dealt.map { "\(Set($0).count)" }.joined(separator: " and in ") + " folds.")
  }

  private var replicates: [SurvivalBootstrap.Replicate] {
    models.flatMap { $0.bootstrap?.replicates ?? [] }
  }

  private func ofReplicates(_ code: String, _ rule: String, _ faults: () -> [String], _ evidence: String)
    -> Line
  {
    replicates.isEmpty
      ? common.notApplicable(code, rule, "There is no bootstrap.") : line(code, rule, faults(), evidence)
  }

  private var resamplingBySubject: Line {
    var images: [Int: Int] = [:]
    for row in Set(split.training) { images[table.subjects[row], default: 0] += 1 }
    return ofReplicates(
      "resampling_by_subject",
      "Bootstrap replicates draw subjects: all images of one are in the bag or none is.",
      {
        let torn = replicates.count { replicate in
          var outside: [Int: Int] = [:]
          for row in replicate.outOfBagRows { outside[table.subjects[row], default: 0] += 1 }
          return outside.contains { images[$0.key] != $0.value }
        }
        return torn == 0 ? [] : ["subjects are torn apart in \(torn) replicates"]
      }, "\(replicates.count) fits to resamples of \(images.count) subjects.")
  }

  private var resamplingWithinTraining: Line {
    let training = Set(split.training)
    return ofReplicates(
      "resampling_within_training", "No replicate draws or evaluates cases of the test part.",
      {
        let astray = replicates.count { !training.isSuperset(of: $0.outOfBagRows) }
        return astray == 0 ? [] : ["\(astray) replicates hold cases that are not training cases"]
      }, "All cases of \(replicates.count) fits to resamples are training cases.")
  }

  /// A replicate that repeats selection and fitting on other subjects does not come out as the final model.
  private var resamplingOfWholePipeline: Line {
    ofReplicates(
      "whole_pipeline_resampled", "Every replicate repeats harmonisation, selection and fitting.",
      {
        let copies = models.reduce(0) { sum, model in
          sum
            + (model.bootstrap?.replicates ?? []).count {
              !$0.features.isEmpty && !$0.outOfBagRows.isEmpty && $0.features == model.fitted.features
                && $0.coefficients == model.fitted.coefficients
            }
        }
        return copies == 0 ? [] : ["\(copies) replicates have the coefficients of the final model"]
      },
      models.map {
        "\($0.fitted.name): \(Set(($0.bootstrap?.replicates ?? []).map(\.features)).count) different selections"
      }.joined(separator: ", ") + ".")
  }
}
