import Modelling

/// What a run did, in sentences in the past tense; a step that was not taken has none.
struct MethodsText {
  let report: StudyReport

  var sentences: [Sentence] {
    guard report.scope == .study else { return predictions + evaluation + [software] }
    let described =
      features + [predicted].compactMap(\.self) + parts + undefinedValues + harmonisation + selection
    let judged =
      report.survival.map { hazardFits + riskGroups + survivalEvaluation($0) } ?? fits + cutoffs + evaluation
    return described + judged + controls + learners + [primary, software].compactMap(\.self)
  }

  /// Models that share what a key says of them, in the order of the report: names and key.
  func groups<Key: Equatable>(_ key: (StudyReport.Model) -> Key?) -> [(names: [String], key: Key)] {
    report.models.reduce(into: []) { groups, model in
      guard let key = key(model) else { return }
      if let place = groups.firstIndex(where: { $0.key == key }) {
        groups[place].names.append(model.name)
      } else {
        groups.append(([model.name], key))
      }
    }
  }

  /// `of Rad and DL`; nothing where it is said of all models.
  private func of(_ names: [String]) -> String {
    names.count == report.models.count ? "" : " of \(Sentence.list(names))"
  }
}

// MARK: Data

extension MethodsText {
  private func parameter(_ name: String) -> String? {
    report.featureSet.parameters.first { $0.name == name }?.value
  }

  private var predictions: [Sentence] {
    [
      "Predictions of \(Sentence.list(report.models.map(\.name))) for \(report.study.outcome) were evaluated as they were given."
    ]
  }

  private var features: [Sentence] {
    let set = report.featureSet
    guard !set.isTable else {
      let digest = parameter("table_sha256").map { " (SHA-256 \($0))" } ?? ""
      return [
        "Features were read from the table \(parameter("table") ?? "")\(digest), with \(set.count) columns of features."
      ] + clinical
    }
    return handcrafted + deep + clinical + robustness
      + (set.count > 0 ? ["Each case had \(PageNumber.count(set.count, "feature"))."] : [])
  }

  private var handcrafted: [Sentence] {
    let set = report.featureSet
    guard !set.imageTypes.isEmpty else { return [] }
    let types = Sentence.list(set.imageTypes)
    let extraction: Sentence =
      """
      Hand-crafted features were extracted by Trabecula \(report.software.trabecula) (\(report.software.extractor)), with \
      names and definitions of PyRadiomics \(report.software.pyRadiomicsConvention)\(cite: .pyRadiomics, .ibsi), from \
      \(set.imageTypes.count == 1 ? "the image type" : "the image types") \(types).
      """
    return [extraction] + preprocessing
  }

  private var preprocessing: [Sentence] {
    var steps: [Sentence] = []
    if parameter("n4").map({ $0 != "false" && $0 != "null" }) == true {
      steps.append("corrected for their bias field by N4\(cite: .biasField)")
    }
    if parameter("normalize") == "true" { steps.append("normalised by mean and standard deviation") }
    let spacing = parameter("resampledPixelSpacing") ?? ""
    if spacing.contains(where: { $0 != "0" && $0.isNumber }) {
      let size = spacing.trimmingPrefix("[").filter { $0 != "]" }.replacing(#/, ?/#, with: " × ")
      steps.append("resampled to \(size) mm (\(parameter("interpolator") ?? "sitkBSpline"))")
    }
    var sentences: [Sentence] = steps.isEmpty ? [] : ["Images were \(Sentence.list(steps))."]
    if let width = parameter("binWidth") {
      sentences.append("Grey values were discretised in bins of width \(width).")
    } else if let count = parameter("binCount") {
      sentences.append("Grey values were discretised in \(count) bins.")
    }
    return sentences
  }

  private var deep: [Sentence] {
    guard let weights = report.featureSet.deepWeights else { return [] }
    return [
      "Deep features were the values of the global average pool of a \(parameter("deep.network") ?? "ResNet18")\(cite: .resNet) with the weights \(weights)."
    ]
  }

  private var clinical: [Sentence] {
    guard let columns = report.clinical?.columns, !columns.isEmpty else { return [] }
    let names = columns.map { "\($0.name) (\($0.kind))" }
    let missing = columns.filter { $0.missing > 0 }.map {
      "\($0.name) (\(PageNumber.count($0.missing)) missing) by \($0.treatment)"
    }
    return ["Clinical predictors were \(Sentence.list(names))."]
      + (missing.isEmpty
        ? [] : ["Missing clinical values were replaced: \(missing.joined(separator: "; "))."])
  }

  private var parts: [Sentence] {
    guard !report.models.isEmpty else { return [] }
    let (cohort, study) = (report.cohort, report.study)
    var sentences: [Sentence] = []
    let isLeftOut = report.models.contains {
      $0.pipeline?.leaveOneSiteOut != nil || $0.survival?.leaveOneSiteOut != nil
    }
    if isLeftOut {
      sentences.append(
        "Each site was left out in turn, and its cases were predicted by models fitted to the other sites.")
    } else if cohort.test > 0 {
      sentences.append(
        "Subjects were divided into a training and a test part \(study.split) (seed \(String(study.seed)))."
      )
    }
    if let external = cohort.external {
      sentences.append(
        """
        Models were applied, as they were fitted, to an external cohort of \
        \(PageNumber.count(external.subjects, "subject")) from \(Sentence.list(external.sites)).
        """)
    }
    if cohort.images > cohort.subjects {
      sentences.append("Images of a subject stayed together in all parts, folds and resamples.")
    }
    return sentences
  }

  private var undefinedValues: [Sentence] {
    guard let missing = report.missing, missing.values > 0 else { return [] }
    return groups { $0.pipeline?.missing }.map { group in
      "Undefined feature values were treated\(group.names.count == report.models.count ? "" : " for \(Sentence.list(group.names))") as follows: \(group.key)."
    }
  }

  private var harmonisation: [Sentence] {
    groups { $0.pipeline?.harmonisation }.map { group in
      let rule = group.key
      let reference = rule.reference.map { ", with \($0) as reference" } ?? ""
      let kept = rule.covariates.isEmpty ? "" : ", keeping the effects of \(Sentence.list(rule.covariates))"
      return """
        Features\(of(group.names)) were harmonised across \(Sentence.list(rule.sites)) by \
        \(rule.method)\(cite: .combat, .combatOfImages) (\(rule.detail))\(reference)\(kept), fitted to training data.
        """
    }
  }
}

// MARK: Models

extension MethodsText {
  private var selection: [Sentence] {
    struct Steps: Equatable { var rules: [String]; var names: [String] }
    let groups = groups { model -> Steps? in
      let steps = model.selection.filter { !$0.detail.isEmpty && Self.isRule($0.step) }
      return steps.isEmpty ? nil : Steps(rules: steps.map(\.detail), names: steps.map(\.step))
    }
    let forced = report.models.filter { $0.selection.contains { $0.step == "forced in" } }.map(\.name)
    return groups.map { group in
      let steps = zip(group.key.names, group.key.rules).map { name, rule -> Sentence in
        "\(Self.name(of: name))\(cite: Self.works(on: name)) (\(rule))"
      }
      return """
        Features\(of(group.names)) were selected on training data by \(Sentence.list(steps))\
        \(steps.count > 1 ? ", in this order" : "").
        """
    } + (forced.isEmpty ? [] : ["All predictors entered \(Sentence.list(forced)) without selection."])
  }

  /// Whether a step chooses, and does not only count what there is.
  static func isRule(_ step: String) -> Bool {
    !["usable", "candidates", "forced in"].contains(step.lowercased())
  }

  private static func name(of step: String) -> String {
    switch step {
    case "Mann-Whitney": "the Mann-Whitney test"
    case "Spearman", "Pearson": "pruning by \(step)’s correlation"
    case "t test": "the t test"
    case "Cox score test": "the score test of univariable Cox regression"
    case "LASSO Cox": "LASSO of the Cox partial likelihood"
    case "elastic-net Cox": "elastic net of the Cox partial likelihood"
    case let step where step.hasPrefix("ICC") && step.contains("perturbed"):
      "agreement, \(step)"
    case let step where step.hasPrefix("ICC"): "agreement between repeat segmentations, \(step)"
    default: step
    }
  }

  private static func works(on step: String) -> [Reference] {
    switch step {
    case "Cox score test": [.proportionalHazards]
    case "LASSO Cox": [.lassoOfHazards, .coordinateDescentOfHazards]
    case "elastic-net Cox": [.elasticNet, .coordinateDescentOfHazards]
    case "Mann-Whitney": [.mannWhitney]
    case "mRMR": [.minimumRedundancy]
    case "LASSO": [.lasso, .coordinateDescent]
    case "elastic net": [.elasticNet, .coordinateDescent]
    case let step where step.hasPrefix("ICC"): [.intraclass]
    default: []
    }
  }

  private var fits: [Sentence] {
    guard !report.models.isEmpty else { return [] }
    let fits = groups { $0.refit }.map { group -> Sentence in
      let lambda = group.key.lambda.map { ", λ = \(PageNumber.significant($0))" } ?? ""
      return "\(Sentence.list(group.names)) by \(Self.phrase(of: group.key))\(lambda)"
    }
    return ["Logistic regressions were fitted to z-scores of the training part: \(Sentence.list(fits))."]
      + scores(called: "log-odds")
  }

  private static func phrase(of fit: StudyReport.Refit) -> Sentence {
    switch fit.method {
    case "ridge": "ridge regression\(cite: .ridge) (\(fit.detail))"
    case "firth": "Firth’s penalised likelihood\(cite: .firth)"
    case "lasso": "the coefficients of the LASSO itself"
    default: "maximum likelihood"
    }
  }

  /// Models of other models' scores, which are so called.
  func scores(called score: String) -> [Sentence] {
    let names = report.models.map(\.name)
    return report.models.compactMap { model in
      let below = names.filter { model.sources.contains("\($0) score") }
      guard !below.isEmpty else { return nil }
      return """
        \(model.name) took the \(score) of \(Sentence.list(below)) as \(below.count == 1 ? "a predictor" : "predictors"), \
        cross-fitted within the training part.
        """
    }
  }

  private var cutoffs: [Sentence] {
    groups { $0.cutoff?.rule }.map { group in
      let works: [Reference] = group.key.hasPrefix("Youden") ? [.youden] : []
      return "The cut-off\(of(group.names)) was chosen by \(group.key)\(cite: works)."
    }
  }

  private var primary: Sentence? {
    report.primary.map { primary in
      """
      The primary result was \(primary.isConcordance ? "Harrell’s C" : "the AUC") of \(primary.model) \(StudyReport.Primary.place(primary.cohort))\
      \(primary.isDeclared ? ", as the study file declared" : "").
      """
    }
  }

  private var software: Sentence {
    let study = report.study
    guard report.scope == .study else { return "Trabecula \(report.software.trabecula) was used." }
    return """
      Trabecula \(report.software.trabecula) was used, with the study file \(study.name) (SHA-256 of its canonical form \
      \(study.configurationDigest), seed \(String(study.seed))).
      """
  }
}
