import Modelling
import Statistics
import StudyPlan

// MARK: Fitted on training data only

extension LeakageAudit {
  static let rules: [(FitIndependence.Aspect, String, String)] = [
    (.harmonisation, "harmonisation_on_training", "Harmonisation is fitted on the training part only."),
    (.scaling, "scaling_on_training", "Means and standard deviations are those of the training part only."),
    (.imputation, "imputation_on_training", "Undefined values take medians of the training part only."),
    (.selection, "selection_on_training", "Features are selected on the training part only."),
    (.penalty, "penalty_on_training", "Penalties are chosen on the training part only."),
    (.coefficients, "coefficients_on_training", "Coefficients are fitted on the training part only."),
    (.cutoff, "cutoff_on_training", "The cut-off is chosen on the training part only."),
  ]

  /// Every model is fitted again with the test part hidden; what comes out otherwise has seen it.
  func trainingOnly() throws -> [Line] {
    guard !split.test.isEmpty else {
      return Self.rules.map { notApplicable($0.1, $0.2, "There is no test part.") }
    }
    let training = Set(split.training)
    let hidden = split.test.filter { !training.contains($0) }
    let changed = try zip(models, plans).map { model, plan in
      try FitIndependence(
        of: model, from: hidden, table: table, training: split.training, plan: plan, seed: seed
      ).changed
    }
    return Self.rules.map { aspect, code, rule in
      if aspect == .harmonisation, !isHarmonised {
        return notApplicable(code, rule, "No model harmonises its features.")
      }
      return line(
        code, rule,
        faults: models.indices.filter { changed[$0].contains(aspect) }.map {
          "\(models[$0].name): comes out otherwise when the test part is hidden"
        },
        evidence:
          "Fitted again with features and outcomes of the test part replaced: the same to the last bit.")
    }
  }
}

extension LeakageAudit {
  var isHarmonised: Bool { plans.contains { $0.harmonisation != nil } }
}

// MARK: Resampling

extension LeakageAudit {
  /// The folds that choose penalties, drawn again.
  var foldsBySubject: Line {
    let (code, rule) = (
      "folds_by_subject", "Cross-validation folds keep all images of a subject together."
    )
    let counts = Set(plans.flatMap(\.folds)).sorted()
    guard !counts.isEmpty else {
      return notApplicable(code, rule, "No model chooses anything by cross-validation.")
    }
    let dealt = counts.compactMap { deal($0, split.training, table, .finalFit(seed: seed)) }
    guard !dealt.isEmpty else { return notApplicable(code, rule, "There are too few subjects for folds.") }
    var torn = Set<Int>()
    for folds in dealt {
      var foldOfSubject: [Int: Int] = [:]
      for (row, fold) in zip(split.training, folds)
      where foldOfSubject.updateValue(fold, forKey: table.subjects[row]) ?? fold != fold {
        torn.insert(table.subjects[row])
      }
    }
    let subjects = Set(split.training.map { table.subjects[$0] }).count
    let numbers = dealt.map { "\(Set($0).count)" }.joined(separator: " and in ")
    return line(
      code, rule,
      faults: torn.isEmpty ? [] : ["\(counted(torn.count, "subject is", "subjects are")) in several folds"],
      evidence: "\(subjects) subjects in \(numbers) folds.")
  }

  var resamplingBySubject: Line {
    let (code, rule) = (
      "resampling_by_subject",
      "Bootstrap replicates draw subjects: all images of one are in the bag or none is."
    )
    guard !replicates.isEmpty else { return notApplicable(code, rule, "There is no bootstrap.") }
    var images: [Int: Int] = [:]
    for row in Set(split.training) { images[table.subjects[row], default: 0] += 1 }
    let torn = replicates.filter { replicate in
      replicate.models.contains { model in
        var outside: [Int: Int] = [:]
        for row in model.outOfBagRows { outside[table.subjects[row], default: 0] += 1 }
        return outside.contains { images[$0.key] != $0.value }
      }
    }
    return line(
      code, rule,
      faults: torn.isEmpty ? [] : ["subjects are torn apart in \(counted(torn.count, "replicate"))"],
      evidence: "\(replicates.count) replicates of \(images.count) subjects.")
  }

  var resamplingWithinTraining: Line {
    let (code, rule) = (
      "resampling_within_training", "No replicate draws or evaluates cases of the test part."
    )
    guard !replicates.isEmpty else { return notApplicable(code, rule, "There is no bootstrap.") }
    let training = Set(split.training)
    let astray = replicates.count { replicate in
      replicate.models.contains { model in
        !training.isSuperset(of: model.outOfBagRows) || model.training.rows != split.training.count
      }
    }
    return line(
      code, rule, faults: astray == 0 ? [] : ["\(astray) replicates hold cases that are not training cases"],
      evidence: "All cases of \(replicates.count) replicates are training cases.")
  }

  /// A replicate that repeats selection and fitting on other subjects does not come out as the final model.
  var resamplingOfWholePipeline: Line {
    let (code, rule) = (
      "whole_pipeline_resampled", "Every replicate repeats harmonisation, selection, fitting and the cut-off."
    )
    guard !replicates.isEmpty else { return notApplicable(code, rule, "There is no bootstrap.") }
    let judged = models.indices.filter { models[$0].isEmpty || differsBetweenPeople(models[$0]) }
    guard !judged.isEmpty else {
      return notApplicable(
        code, rule, "All selected features have few values, so that a resample may well give the same model.")
    }
    let copies = replicates.count { replicate in
      judged.contains { index in
        let (own, final) = (replicate.models[index], models[index])
        return !own.features.isEmpty && !own.outOfBagRows.isEmpty && own.features == final.features
          && own.coefficients == final.coefficients
      }
    }
    let sets = models.indices.map { index in
      "\(models[index].name): \(Set(replicates.map { $0.models[index].features }).count) different selections"
    }
    return line(
      code, rule,
      faults: copies == 0 ? [] : ["\(copies) replicates have the coefficients of the final model"],
      evidence: "\(replicates.count) replicates; \(sets.joined(separator: ", ")).")
  }
}

extension LeakageAudit {
  /// Whether at least half of the values of some predictor of a model in the training part differ: then no two resamples give
  /// it one coefficient by chance, as they do to a predictor of two values.
  private func differsBetweenPeople(_ model: FittedModel) -> Bool {
    model.features.indices.contains { place in
      let values = model.predictorValues(at: place, of: table, rows: split.training)
      return 2 * Set(values).count >= values.count
    }
  }
}

extension LeakageAudit {
  init(
    study: PreparedStudy, models: [FinalModel], replicates: [BootstrapReplicate],
    duplicates: [StudyReport.DuplicateGroup], search: DuplicateSearch
  ) {
    self.init(
      table: study.table, split: study.split, plans: study.plans, models: models.map(\.fitted),
      replicates: replicates, duplicates: duplicates, seed: study.cohort.study.seed)
    self.search = search
    origins = study.cases.map { ($0.unit, $0.site) }
    external = ExternalOverlap(study)
    withoutSite = models.compactMap { $0.leaveOneSiteOut?.folds.map(\.model) }
  }
}
