extension Page {
  struct ModelSection {
    var name: String
    var anchor: String
    var introduction: String
    var steps: [StepRow]
    var features: [FeatureRow]
    var formula: String
    /// How it was made, fact by fact.
    var making: [Fact]
    var coefficients: [CoefficientRow]
    /// Of the whole model, or why there is none.
    var likelihoodRatio: String
  }

  struct StepRow {
    var step: String
    var detail: String
    var kept: String
  }

  struct FeatureRow {
    var feature: String
    var coefficient: String
    var mean: String
    var sd: String
    var frequency: String
    /// Length of the bar in percent: digits only, for a style attribute.
    var frequencyBar: String
  }

  struct CoefficientRow {
    var feature: String
    var coefficient: String
    var standardError: String
    var wald: String
    var likelihoodRatio: String
    var inflation: String
  }
}

extension Page.ModelSection {
  init(_ model: StudyReport.Model, number: Int) {
    name = model.name
    anchor = "model-\(number)"
    introduction = Self.introduction(of: model)
    steps = model.selection.map {
      Page.StepRow(step: $0.step, detail: $0.detail, kept: PageNumber.count($0.kept))
    }
    features = model.features.map { Page.FeatureRow($0) }
    formula = model.formula
    making = Self.making(of: model)
    coefficients = Page.CoefficientRow.all(of: model)
    likelihoodRatio = Self.caution(of: model) + Self.likelihoodRatio(of: model)
  }

  private static func introduction(of model: StudyReport.Model) -> String {
    var sentences = ["Sources: \(model.sources.joined(separator: ", "))."]
    if let lambda = model.lassoLambda {
      sentences.append("LASSO penalty λ = \(PageNumber.significant(lambda)).")
    }
    sentences.append("Coefficients: \(PageText.text(of: model.refit)).")
    if let cutoff = model.cutoff {
      sentences.append("Cut-off: probability \(PageNumber.fixed(cutoff.probability)), \(cutoff.rule).")
    }
    if model.features.isEmpty {
      sentences.append(
        "Selection kept no feature, so that every case has the same \(model.survival == nil ? "probability" : "risk")."
      )
    }
    return sentences.joined(separator: " ")
  }
}

extension Page.FeatureRow {
  init(_ feature: StudyReport.ModelFeature) {
    self.init(
      feature: feature.name, coefficient: PageNumber.significant(feature.coefficient),
      mean: PageNumber.significant(feature.mean), sd: PageNumber.significant(feature.standardDeviation),
      frequency: PageNumber.percent(feature.selectionFrequency),
      frequencyBar: String(Int((100 * min(max(feature.selectionFrequency ?? 0, 0), 1)).rounded())))
  }
}

extension Page.CoefficientRow {
  static func all(of model: StudyReport.Model) -> [Self] {
    (model.pipeline?.inference?.coefficients ?? []).map { test in
      Self(
        feature: test.feature,
        coefficient: PageNumber.significant(
          model.features.first { $0.name == test.feature }?.coefficient),
        standardError: PageNumber.significant(test.standardError), wald: PageNumber.pValue(test.waldP),
        likelihoodRatio: PageNumber.pValue(test.likelihoodRatioP),
        inflation: test.varianceInflation.map { PageNumber.fixed($0, digits: 2) } ?? PageNumber.undefined)
    }
  }
}

extension Page.ModelSection {
  /// What selection makes of tests; nothing where all predictors were forced in.
  private static func caution(of model: StudyReport.Model) -> String {
    guard model.selection.contains(where: { !$0.detail.isEmpty && MethodsText.isRule($0.step) }) else {
      return ""
    }
    return
      "The features were selected on the same cases, so that these p-values are too small: they describe, and do "
      + "not test. "
  }

  /// Likelihood-ratio test of all coefficients together.
  static func likelihoodRatio(of model: StudyReport.Model) -> String {
    guard let inference = model.pipeline?.inference else { return "" }
    guard let statistic = inference.likelihoodRatio else {
      return inference.coefficients.contains { $0.standardError != nil }
        ? "Likelihood-ratio tests belong to unpenalised fits."
        : "Penalised coefficients have no standard errors and no tests; the inflation factors stand."
    }
    return "All coefficients against the intercept alone: likelihood ratio χ² = "
      + "\(PageNumber.fixed(statistic, digits: 2)) with \(inference.coefficients.count) degrees of freedom, "
      + "p \(PageNumber.equality(inference.likelihoodRatioP))."
  }

  static func making(of model: StudyReport.Model) -> [Page.Fact] {
    guard let pipeline = model.pipeline else { return [] }
    var facts = [fact("Undefined values", pipeline.missing)]
    facts += pipeline.harmonisation.map(harmonisation) ?? [fact("Harmonisation of sites", "none")]
    if model.survival == nil { facts.append(fact("Separation", separation(of: model))) }
    if !pipeline.mergedStrata.isEmpty {
      let strata = pipeline.mergedStrata.map { "\($0.site), outcome \($0.outcome)" }
      facts.append(
        fact(
          "Strata merged in resampling",
          "\(strata.joined(separator: "; ")): a single training subject each, drawn with subjects of the same "
            + "outcome at other sites"))
    }
    if let stage = pipeline.twoStage { facts.append(fact("Two-stage bootstrap", text(of: stage))) }
    return facts
  }

  private static func harmonisation(_ harmonisation: StudyReport.Harmonisation) -> [Page.Fact] {
    let covariates = harmonisation.covariates.joined(separator: ", ")
    return [
      fact("Harmonisation of sites", "\(harmonisation.method), \(harmonisation.detail)"),
      fact("Harmonised sites", harmonisation.sites.joined(separator: ", ")),
      fact("Reference site", harmonisation.reference ?? "none: sites are brought to their common mean"),
      fact("Effects kept", covariates.isEmpty ? "none: no covariates" : covariates),
      fact("Other sites", harmonisation.unseenSites),
    ]
  }

  private static func separation(of model: StudyReport.Model) -> String {
    if model.warnings.contains(where: { $0.code == "separation" }) { return "found: see “Read before use”" }
    return model.refit.method == "none"
      ? "looked for in the iterations, and not found"
      : "cannot arise: a penalty keeps the coefficients finite"
  }

  private static func text(of stage: StudyReport.TwoStage) -> String {
    let outer = PageNumber.count(stage.outer, "outer resample")
    return "\(outer) of \(PageNumber.count(stage.inner, "inner replicate")) each (Noma et al. 2021); "
      + "\(PageNumber.count(stage.undefined)) outer and \(PageNumber.count(stage.undefinedInner)) inner ones "
      + "undefined, \(PageNumber.count(stage.emptyInner)) inner ones without a feature. Means and percentiles "
      + "over the outer resamples: .632+ \(PageNumber.compactInterval(stage.auc632Plus)), out of bag "
      + "\(PageNumber.compactInterval(stage.outOfBag)), Harrell’s correction "
      + PageNumber.compactInterval(stage.harrell)
  }

  private static func fact(_ term: String, _ value: String) -> Page.Fact {
    Page.Fact(term: term, value: value, isCode: false)
  }
}
