import Modelling

extension StudyReport {
  /// The numbers of the models as lines of text, for a terminal.
  package var summaryText: String {
    var blocks = models.flatMap { model in
      EvaluationOrder.cohorts.compactMap { Self.block(of: model, in: $0) }
    }
    if !comparisons.isEmpty { blocks.append(comparisonBlock) }
    if !warnings.isEmpty { blocks.append(warnings.map(\.note)) }
    return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private static func block(of model: Model, in cohort: EvaluationCohort) -> [String]? {
    let metrics = model.metrics.filter { $0.cohort == cohort }
    guard let first = metrics.first else { return nil }
    let single = model.cutoff.map { ", cut-off \(PageNumber.fixed($0.probability)) (\($0.rule))" } ?? ""
    let cutoff = cohort == .leftOut ? ", each at the cut-off of the model without its site" : single
    let title =
      "\(model.name), \(PageText.heading(of: cohort).lowercased()): \(first.count) cases, \(first.positives) "
      + "with the outcome\(cutoff)"
    return [title] + metrics.map(line)
      + model.perSite.filter { $0.cohort == cohort && $0.name == .auc }.map { metric in
        row("AUC at \(metric.site ?? "")", text(of: metric), "\(metric.count) cases, \(metric.method)")
      } + model.pooling.filter { $0.cohort == cohort }.flatMap(lines)
  }

  private static func line(_ metric: Metric) -> String {
    row(metric.name.label, text(of: metric), metric.method)
  }

  private static func text(of metric: Metric) -> String {
    if metric.name.isPValue { return PageNumber.pValue(metric.estimate) }
    return metric.estimate == nil
      ? "not defined: \(metric.undefinedReason ?? "")" : PageNumber.compactInterval(metric.interval)
  }

  private static func lines(of pooling: SitePooling) -> [String] {
    pooling.pooled.map { pooled in
      let interval = Interval(estimate: pooled.estimate, lower: pooled.lower, upper: pooled.upper)
      let few = pooling.hasFewSites ? ", fewer than five sites" : ""
      return row(
        "\(pooling.measure.label), pooled", PageNumber.compactInterval(interval),
        "\(pooled.method), new site \(PageNumber.range(pooled.predictionLower, pooled.predictionUpper)), "
          + "tau2 \(PageNumber.fixed(pooled.tau2)), I2 \(PageNumber.fixed(pooled.i2, digits: 0)) %\(few)")
    }
  }

  private var comparisonBlock: [String] {
    ["Differences between models"]
      + comparisons.map { row in
        let interval = Interval(estimate: row.difference, lower: row.lower, upper: row.upper)
        let adjusted = row.adjustedPValue.map { ", adjusted \(PageNumber.pValue($0))" } ?? ""
        return Self.row(
          "\(row.first) - \(row.second), \(row.metric.label)",
          PageNumber.compactInterval(interval),
          "p \(PageNumber.pValue(row.pValue))\(adjusted), \(row.method), "
            + PageText.heading(of: row.cohort).lowercased())
      }
  }

  private static func row(_ label: String, _ value: String, _ method: String) -> String {
    "  " + padded(label, 38) + padded(value, 26) + method
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(2, width - text.count))
  }
}

extension StudyReport.Warning {
  fileprivate var note: String {
    "Note: \(message)" + (explained ?? []).map { " \($0.text)" }.joined()
  }
}
