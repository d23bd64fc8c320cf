import Foundation
import Modelling

extension Figure {
  /// AUC at each site and pooled, one panel a model: of sites left out where the study does so, else of the last
  /// cohort that has sites; `nil` without any.
  static func forest(of report: StudyReport) -> Figure? {
    let leftOut = report.models.enumerated().compactMap { index, model in
      model.pipeline?.leaveOneSiteOut.map {
        FigurePanel.forest(.init(leftOut: $0), of: model.name, at: index, heading: "sites left out")
      }
    }
    guard leftOut.isEmpty else { return Figure(name: "forest", panels: leftOut) }
    guard
      let cohort = EvaluationOrder.cohorts.last(where: { cohort in
        report.models.contains { $0.pooling.contains { $0.cohort == cohort && $0.measure == .auc } }
      })
    else { return nil }
    let panels = report.models.enumerated().compactMap { index, model in
      model.pooling.first { $0.cohort == cohort && $0.measure == .auc }.map {
        FigurePanel.forest(
          $0, of: model.name, at: index, heading: PageText.heading(of: cohort).lowercased())
      }
    }
    return panels.isEmpty ? nil : Figure(name: "forest", panels: panels)
  }

  /// Scores of the cases by outcome, one panel a model, for the last cohort; `nil` without scores.
  static func scores(of report: StudyReport) -> Figure? {
    guard
      let cohort = EvaluationOrder.cohorts.last(where: { cohort in
        report.models.contains { $0.scores.contains { $0.cohort == cohort } }
      })
    else { return nil }
    let panels = report.models.enumerated().compactMap { index, model in
      model.scores.first { $0.cohort == cohort }.flatMap {
        FigurePanel.scores($0, of: model, at: index)
      }
    }
    return panels.isEmpty ? nil : Figure(name: "scores", panels: panels)
  }
}

extension StudyReport.SitePooling {
  /// What the forest plot draws of sites left out.
  fileprivate init(leftOut result: StudyReport.LeaveOneSiteOut) {
    let estimate = Estimate(
      method: result.pooled.method, estimate: result.pooled.estimate, lower: result.pooled.lower,
      upper: result.pooled.upper, predictionLower: result.predictionInterval.lower,
      predictionUpper: result.predictionInterval.upper)
    self.init(
      cohort: .leftOut, measure: .auc, scale: "logit",
      sites: result.sites.map {
        Site(
          site: $0.site, count: $0.cases, positives: $0.positives, estimate: $0.auc.estimate,
          lower: $0.auc.lower, upper: $0.auc.upper, isPooled: $0.isPooled)
      }, pooled: result.pooled.estimate == nil ? [] : [estimate])
  }
}

extension FigurePanel {
  fileprivate static func forest(
    _ pooling: StudyReport.SitePooling, of name: String, at index: Int, heading: String
  ) -> FigurePanel {
    let count = pooling.sites.count
    let bottom = pooling.pooled.isEmpty ? 0.4 : -1.7
    let sites = pooling.sites.enumerated().compactMap { place, site -> FigureLine.Point? in
      guard let estimate = site.estimate else { return nil }
      return .init(
        x: estimate, y: Double(count - place), low: site.lower ?? estimate, high: site.upper ?? estimate)
    }
    let ticks = pooling.sites.enumerated().map { place, site in
      FigureTick(place: Double(count - place), text: "\(abbreviated(site.site)) (\(site.count))")
    }
    var lines = [
      FigureLine(
        label: nil, stroke: .reference,
        points: [.init(x: 0.5, y: bottom), .init(x: 0.5, y: Double(count) + 0.6)]),
      FigureLine(label: nil, stroke: .model(index), points: sites, shape: .barsAlongX),
    ]
    var labels: [FigureTick] = []
    if let pooled = pooling.pooled.first, let mean = pooled.estimate, let lower = pooled.lower,
      let upper = pooled.upper
    {
      lines.append(diamond(mean, lower, upper, index))
      labels = [FigureTick(place: 0, text: "Pooled")]
      if let low = pooled.predictionLower, let high = pooled.predictionUpper {
        lines.append(
          FigureLine(
            label: nil, stroke: .ink, points: [.init(x: mean, y: -1, low: low, high: high)],
            shape: .barsAlongX))
        labels.append(FigureTick(place: -1, text: "New site"))
      }
    }
    return FigurePanel(
      name: "forest-\(index)", title: "\(name), \(heading)", xLabel: "AUC (95 % interval)",
      yLabel: "", x: 0...1, y: bottom...(Double(count) + 0.6), yTicks: ticks + labels,
      content: .lines(lines),
      alternative: "AUC of \(name) by site, \(heading): "
        + pooling.sites.map { "\($0.site) \(PageNumber.fixed($0.estimate))" }.joined(separator: ", ")
        + (pooling.pooled.first.map { "; pooled \(PageNumber.fixed($0.estimate))" } ?? ""))
  }

  private static func diamond(_ mean: Double, _ lower: Double, _ upper: Double, _ index: Int) -> FigureLine {
    FigureLine(
      label: nil, stroke: FigureStroke(colour: FigureStroke.model(index).colour, width: 2.2),
      points: [(lower, 0), (mean, 0.3), (upper, 0), (mean, -0.3), (lower, 0)].map { .init(x: $0.0, y: $0.1) })
  }

  private static func abbreviated(_ name: String) -> String {
    name.count <= 16 ? name : "\(name.prefix(15))…"
  }

  /// Points spread sideways by their rank, so that equal reports give equal drawings, with quartiles.
  fileprivate static func scores(
    _ scores: StudyReport.ScoreDistribution, of model: StudyReport.Model, at index: Int
  ) -> FigurePanel? {
    let all = scores.negatives + scores.positives
    guard let low = all.min(), let high = all.max(), low < high else { return nil }
    let margin = 0.05 * (high - low)
    let groups = [(0.0, scores.negatives), (1.0, scores.positives)]
    var lines: [FigureLine] = groups.map { place, values in
      FigureLine(
        label: nil, stroke: place == 0 ? .muted : .model(index),
        points: values.enumerated().map { rank, value in
          .init(x: place + 0.26 * (Double((rank * 7) % 13) / 6 - 1), y: value)
        }, shape: .marks(0.45))
    }
    lines += groups.flatMap { box(at: $0, $1) }
    // Sites left out have a cut-off each.
    if scores.cohort != .leftOut, let cutoff = place(of: model.cutoff, on: scores.scale),
      (low...high).contains(cutoff)
    {
      lines.append(
        FigureLine(
          label: "Cut-off", stroke: .treatNone, points: [.init(x: -0.6, y: cutoff), .init(x: 1.6, y: cutoff)])
      )
    }
    let heading = PageText.heading(of: scores.cohort)
    return FigurePanel(
      name: "scores-\(index)", title: "\(model.name), \(heading.lowercased())", xLabel: "",
      yLabel: scores.scale == .radScore ? "Rad-score" : "Predicted probability", x: -0.6...1.6,
      y: (low - margin)...(high + margin),
      xTicks: [
        FigureTick(place: 0, text: "without outcome (\(scores.negatives.count))"),
        FigureTick(place: 1, text: "with outcome (\(scores.positives.count))"),
      ], legend: .above, content: .lines(lines),
      alternative: "Scores of \(model.name) by outcome, \(heading.lowercased()): median "
        + "\(PageNumber.significant(quartile(scores.negatives, 0.5))) without and "
        + "\(PageNumber.significant(quartile(scores.positives, 0.5))) with the outcome")
  }

  private static func place(
    of cutoff: StudyReport.Cutoff?, on scale: PartPredictions.Scale
  ) -> Double? {
    guard let p = cutoff?.probability, p > 0, p < 1 else { return nil }
    return scale == .radScore ? log(p / (1 - p)) : p
  }

  /// Quartiles as a box, the median across it.
  private static func box(at place: Double, _ values: [Double]) -> [FigureLine] {
    guard let low = quartile(values, 0.25), let middle = quartile(values, 0.5),
      let high = quartile(values, 0.75)
    else { return [] }
    let (left, right) = (place - 0.36, place + 0.36)
    let frame = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    return [
      FigureLine(label: nil, stroke: .ink, points: frame.map { .init(x: $0.0, y: $0.1) }),
      FigureLine(
        label: nil, stroke: FigureStroke(colour: "#1B1F24", width: 3),
        points: [.init(x: left, y: middle), .init(x: right, y: middle)]),
    ]
  }

  /// Type-7 quantile of ascending values; `nil` without any.
  private static func quartile(_ values: [Double], _ p: Double) -> Double? {
    guard let last = values.last else { return nil }
    let position = Double(values.count - 1) * p
    let lower = Int(position)
    guard lower + 1 < values.count else { return last }
    return values[lower] + (position - Double(lower)) * (values[lower + 1] - values[lower])
  }
}
