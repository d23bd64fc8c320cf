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
    likelihoodRatio = Self.likelihoodRatio(of: model)
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
      sentences.append("Selection kept no feature, so that every case has the same probability.")
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
