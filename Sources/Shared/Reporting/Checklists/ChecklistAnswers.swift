import Modelling
import StudyPlan

/// What a study's report says to the questions that reporting guidelines share, in sentences; `nil` where the report
/// has nothing to say.
struct ChecklistAnswers {
  let report: StudyReport

  /// An answer with the section of the page that shows it.
  typealias Answer = (text: String, section: String)

  private var isStudy: Bool { report.scope == .study }

  private var isTwoStage: Bool { report.models.contains { $0.bootstrap?.auc632PlusPercentile != nil } }

  private var leavesSitesOut: Bool {
    report.models.contains { $0.pipeline?.leaveOneSiteOut != nil || $0.survival?.leaveOneSiteOut != nil }
  }

  private func answer(_ text: String?, _ section: String) -> Answer? { text.map { ($0, section) } }

  var dataPartition: Answer? { (report.study.split + "; seed \(report.study.seed).", "participants") }

  var participants: Answer? {
    let cohort = report.cohort
    let cases = cohort.cases
    return (
      "\(cases.submitted) cases submitted, \(cases.failed) failed, \(cases.excluded) excluded, \(cases.done) "
        + "used: \(cohort.subjects) subjects, \(cohort.positives) with the \(outcomeName), at "
        + "\(cohort.perSite.count) site(s)." + followUp, "participants"
    )
  }

  var overlap: Answer? {
    guard isStudy else { return nil }
    let groups = report.duplicates.count
    let what = report.featureSet.isTable ? "row or named digest" : "image, by its hash or its features,"
    return (
      groups == 0
        ? "No \(what) occurs under more than one subject."
        : "\(groups) image(s) occur under more than one subject; they are listed.", "participants"
    )
  }

  var preprocessing: Answer? {
    isStudy && !report.featureSet.isTable && !report.featureSet.parameters.isEmpty
      ? ("Every parameter of preprocessing and extraction is listed with its value.", "methods") : nil
  }

  func parameter(_ names: [String]) -> Answer? {
    let found = report.featureSet.parameters.filter { names.contains($0.name) }
    return found.isEmpty
      ? nil : (found.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + ".", "methods")
  }

  /// What is needed by Riley et al., where it is more than there is; how a size was chosen, the authors know.
  var sampleSize: Answer? {
    report.warnings.first { ["few_events", "sample_size"].contains($0.code) }.map { ($0.message, "summary") }
  }

  /// The grid that images were brought to; nothing where they stayed on their own.
  var resampling: Answer? {
    let spacing = report.featureSet.parameters.first { $0.name == "resampledPixelSpacing" }?.value ?? ""
    guard spacing.contains(where: { $0 != "0" && $0.isNumber }) else { return nil }
    return parameter(["resampledPixelSpacing", "interpolator", "padDistance"])
  }

  /// Agreement between segmentations: of readers, and of regions whose volume or contour was perturbed.
  var reliability: Answer? {
    let isRedrawn = report.robustness?.perturbations.contains { $0.volume != 0 || $0.contour != nil } == true
    return Self.joined([ofRepeats, isRedrawn ? ofPerturbations : nil])
  }

  /// Steps that ask for agreement, whatever was changed.
  var robustness: Answer? { Self.joined([ofRepeats, ofPerturbations]) }

  private static func joined(_ answers: [Answer?]) -> Answer? {
    let told = answers.compactMap(\.self)
    return told.first.map { (told.map(\.text).joined(separator: " "), $0.section) }
  }

  /// Steps that ask for agreement between repeat segmentations, with what they kept.
  private var ofRepeats: Answer? { agreement("Repeat segmentations") { !$0.contains("perturbed") } }

  /// The same of perturbed regions, with what was perturbed and how many features are not robust; without a step that alone.
  private var ofPerturbations: Answer? {
    guard let found = report.robustness else { return nil }
    let all = found.perturbations
    let links = [
      ("noise", all.contains { $0.noise != nil }), ("translation", all.contains { $0.translation != 0 }),
      ("rotation", all.contains { $0.rotation != 0 }), ("volume", all.contains { $0.volume != 0 }),
      ("contour", all.contains { $0.contour != nil }),
    ].filter(\.1).map(\.0)
    let told =
      "Images and regions of the training part perturbed (\(links.joined(separator: ", "))): \(found.shares) do not reach "
      + "\(found.threshold)."
    let steps = agreement("Perturbed regions") { $0.contains("perturbed") }
    return (told + (steps.map { " \($0.text)" } ?? ""), "models")
  }

  private func agreement(_ what: String, by isMeant: (String) -> Bool) -> Answer? {
    let steps = report.models.compactMap { model -> String? in
      let own = model.selection.filter { $0.step.hasPrefix("ICC") && isMeant($0.step) }
      guard !own.isEmpty, !model.warnings.contains(where: { $0.code == "no_repeats" }) else { return nil }
      return "\(model.name): "
        + own.map { "\($0.step), \($0.detail), \($0.kept) kept" }.joined(separator: ", ")
    }
    return steps.isEmpty
      ? nil : ("\(what) of training images: \(steps.joined(separator: "; ")).", "models")
  }

  /// Models that were compared with one of fewer features.
  var simplerModels: Answer? {
    guard isStudy else { return nil }
    let counts = Dictionary(report.models.map { ($0.name, $0.features.count) }) { first, _ in first }
    func told(_ name: String) -> String { "\(name) (\(PageNumber.count(counts[name] ?? 0, "feature")))" }
    var pairs: [String] = []
    for row in report.comparisons {
      guard let first = counts[row.first], let second = counts[row.second], first != second else { continue }
      let (more, fewer) = first > second ? (row.first, row.second) : (row.second, row.first)
      let pair = "\(told(more)) with \(told(fewer))"
      if !pairs.contains(pair) { pairs.append(pair) }
    }
    return pairs.isEmpty
      ? nil : ("\(regression)s, compared: \(pairs.joined(separator: "; ")).", "performance")
  }

  var imageTypes: Answer? {
    isStudy && !report.featureSet.imageTypes.isEmpty
      ? (report.featureSet.imageTypes.joined(separator: ", ") + ".", "methods") : nil
  }

  var extraction: Answer? {
    isStudy && !report.featureSet.isTable
      ? (
        "Trabecula's extractor, version \(report.software.extractor), definitions of PyRadiomics "
          + "\(report.software.pyRadiomicsConvention).", "methods"
      ) : nil
  }

  var featureCount: Answer? {
    isStudy ? ("\(counted(report.featureSet.count, "feature")) a case.", "methods") : nil
  }

  var missingValues: Answer? {
    guard let missing = report.missing else { return nil }
    return (
      "\(counted(missing.values, "undefined value")) in \(counted(missing.features, "feature")) and \(counted(missing.cases, "case")). "
        + missing.treatment.joined(separator: " "), "methods"
    )
  }

  var scaling: Answer? {
    isStudy && report.models.contains { !$0.features.isEmpty }
      ? ("z-scores with mean and standard deviation of the training part, given for each feature.", "models")
      : nil
  }

  var selection: Answer? {
    let steps = report.models.filter { !$0.selection.isEmpty }.map { model in
      "\(model.name): "
        + model.selection.map { "\($0.step) (\($0.kept))" }.joined(separator: ", ")
    }
    return steps.isEmpty ? nil : (steps.joined(separator: "; ") + ".", "models")
  }

  private var regression: String { report.survival == nil ? "Logistic regression" : "Cox regression" }

  var algorithm: Answer? {
    guard isStudy, !report.models.isEmpty else { return nil }
    let refits = report.models.map { "\($0.name): \(PageText.text(of: $0.refit))" }
    return ("\(regression). Coefficients: \(refits.joined(separator: "; ")).", "models")
  }

  var validation: Answer? {
    guard let bootstrap = report.models.lazy.compactMap(\.bootstrap).first else {
      return survivalValidation ?? validationWithoutBootstrap
    }
    return (
      "Bootstrap of the whole pipeline, \(bootstrap.replicates) replicates by subject: .632+, out of bag, "
        + "Harrell’s correction" + (isTwoStage ? "; two-stage bootstrap for the interval" : "")
        + (leavesSitesOut ? "; each site held out in turn" : "")
        + (report.cohort.external == nil ? "" : "; an external cohort that nothing was fitted to")
        + (report.cohort.test > 0 ? "; a test part kept apart." : "."),
      leavesSitesOut ? "sites" : "performance"
    )
  }

  /// What tests models where nothing is resampled.
  private var validationWithoutBootstrap: Answer? {
    guard isStudy, !report.models.isEmpty else { return nil }
    if leavesSitesOut { return ("Each site held out in turn.", "sites") }
    return report.cohort.test > 0 ? ("A test part kept apart.", "performance") : nil
  }

  var externalTesting: Answer? {
    guard let external = report.cohort.external else { return nil }
    return (
      "An external cohort of \(external.subjects) subjects of \(external.sites.joined(separator: ", ")), seen by nothing that was "
        + "fitted.", "performance"
    )
  }

  var measures: Answer? {
    let names = report.measures
    return names.isEmpty
      ? nil : (names.map(\.label).joined(separator: ", ") + ".", "performance")
  }

  var performance: Answer? {
    let aucs = report.models.flatMap { model in
      EvaluationOrder.cohorts.compactMap { cohort in
        model.metric(discrimination, in: cohort).map {
          "\(model.name), \(PageText.heading(of: cohort).lowercased()): \(discriminationName) \(PageNumber.interval($0.interval))"
        }
      }
    }
    return aucs.isEmpty ? nil : (aucs.joined(separator: "; ") + ".", "performance")
  }

  var uncertainty: Answer? {
    let methods = report.models.flatMap(\.metrics).filter { $0.lower != nil }.map(\.method)
    var distinct: [String] = []
    for method in methods where !distinct.contains(method) { distinct.append(method) }
    return distinct.isEmpty
      ? nil : ("95 % confidence intervals: \(distinct.joined(separator: "; ")).", "performance")
  }

  var comparison: Answer? {
    guard !report.comparisons.isEmpty else { return nil }
    var methods: [String] = []
    for row in report.comparisons where !methods.contains(row.method) { methods.append(row.method) }
    return ("All pairs of models: \(methods.joined(separator: "; ")).", "performance")
  }

  var calibration: Answer? {
    let hasCurve = report.models.contains { !$0.smoothCalibration.isEmpty }
    guard hasCurve || report.models.contains(where: { !$0.calibration.isEmpty }) else {
      return survivalCalibration
    }
    let known = Set(report.measures)
    let parts: [(Bool, String)] = [
      (known.contains(.calibrationIntercept), "intercept"), (known.contains(.calibrationSlope), "slope"),
      (hasCurve, "smoothed curve"), (known.contains(.hosmerLemeshowStatistic), "Hosmer-Lemeshow"),
      (known.contains(.spiegelhalterZ), "Spiegelhalter"), (known.contains(.brier), "Brier score"),
      (known.contains(.expectedCalibrationError), "expected calibration error"),
    ]
    let text = parts.filter(\.0).map(\.1).joined(separator: ", ")
    guard let first = text.first else {
      return ("Shares of the outcome by groups of probability.", "performance")
    }
    return (first.uppercased() + text.dropFirst() + ".", "performance")
  }

  var heterogeneity: Answer? {
    let leftOut = report.models.compactMap { $0.pipeline?.leaveOneSiteOut?.pooled }
    if !leftOut.isEmpty {
      return (
        "Each site predicted by models fitted to the others; AUC pooled by random effects: "
          + zip(report.models, leftOut).map { "\($0.name) \(PageNumber.interval($1))" }
          .joined(separator: "; ") + ", with prediction interval.", "sites"
      )
    }
    let pooled = report.models.flatMap(\.pooling).filter { !$0.pooled.isEmpty }
    guard !pooled.isEmpty else { return survivalHeterogeneity }
    return (
      "Performance by site and pooled by random effects, with τ², I² and prediction interval"
        + (pooled.contains(where: \.hasFewSites) ? "; fewer than five sites, flagged." : "."), "sites"
    )
  }

  var imbalance: Answer? {
    censoring ?? (
      "\(report.cohort.positives) of \(report.cohort.subjects) subjects have the outcome; no resampling of "
        + "classes; the no-information rate is given beside accuracy.", "participants"
    )
  }

  var equation: Answer? {
    if let hazardEquation { return hazardEquation }
    return isStudy && !report.models.isEmpty
      ? ("Intercept, coefficients, scaling and cut-off of every model, as text and in report.json.", "models")
      : nil
  }

  var featureStatistics: Answer? {
    guard report.models.contains(where: { $0.bootstrap != nil }) else { return survivalFeatureStatistics }
    return ("How often each feature was selected over the replicates, and Nogueira’s stability.", "figures")
  }

  var multiCentre: Answer? {
    report.cohort.perSite.count > 1 ? ("\(report.cohort.perSite.count) sites.", "participants") : nil
  }

  var dimensionality: Answer? {
    guard isStudy, !report.models.isEmpty else { return nil }
    let kept = report.models.map { "\($0.name): \($0.features.count)" }.joined(separator: ", ")
    return (
      "\(report.featureSet.count) candidates and \(report.cohort.training) training subjects; kept: \(kept).",
      "models"
    )
  }

  var audit: Answer? {
    guard !report.audit.isEmpty else { return nil }
    let failed = report.audit.count { $0.status == .fail }
    return (
      "Leakage audit: \(report.audit.count { $0.status == .pass }) lines passed, \(failed) failed.", "audit"
    )
  }

  var versions: Answer? {
    (
      "Trabecula \(report.software.trabecula); configuration "
        + "\(report.study.configurationDigest.prefix(12))…; seed \(report.study.seed).", "methods"
    )
  }
}
