import Modelling
import StudyPlan

extension Page {
  /// What a study of times to an event has in place of the section on performance.
  struct SurvivalSection {
    var introduction: String
    var modelNames: [String]
    var performance: [PerformanceGroup]
    var groups: [RiskGroupRow]
    var atRisk: [AtRiskTable]
    var sites: [SurvivalSiteRow]
    var leftOut: [SurvivalSiteRow]
    var leftOutNote: String
    var baseline: [Fact]
  }

  struct RiskGroupRow {
    var model: String
    var cohort: String
    var group: String
    var cases: String
    var events: String
    var median: String
    var hazardRatio: String
    var logRank: String
  }

  struct AtRiskTable {
    var heading: String
    var times: [String]
    var rows: [AtRiskRow]
  }

  struct AtRiskRow {
    var group: String
    var counts: [String]
  }

  struct SurvivalSiteRow {
    var site: String
    var model: String
    var cohort: String
    var count: String
    var concordance: EstimateCell
  }
}

extension Page.SurvivalSection {
  init(_ survival: StudyReport.Survival, of report: StudyReport) {
    let parts = survival.parts.map { part in
      "\(PageText.heading(of: part.cohort)): \(PageNumber.count(part.cases, "case")), "
        + "\(PageNumber.count(part.events, "event")), median follow-up \(Self.time(part.medianFollowUp, survival)) (reversed "
        + "Kaplan-Meier), median time to the event \(Self.time(part.medianSurvival, survival))"
    }
    introduction =
      "The outcome is the time (\(survival.time), in \(survival.unit)) until \(survival.event), or until observation ended. "
      + parts.joined(separator: ". ") + "."
    modelNames = report.models.map(\.name)
    performance =
      ([Self.bootstrap(report)] + EvaluationOrder.cohorts.map { Self.group(report, $0, survival) })
      .compactMap(\.self)
    groups = report.models.flatMap { model in
      (model.survival?.curves ?? []).flatMap { Self.rows($0, model.name, survival) }
    }
    atRisk = report.models.flatMap { model in
      (model.survival?.curves ?? []).map { Self.atRisk($0, model.name) }
    }
    sites = report.models.flatMap { model in
      model.perSite.map { metric in
        Page.SurvivalSiteRow(
          site: metric.site ?? "", model: model.name, cohort: PageText.heading(of: metric.cohort),
          count: "\(PageNumber.count(metric.count)) (\(PageNumber.count(metric.positives)))",
          concordance: Page.EstimateCell(metric))
      }
    }
    leftOut = report.models.flatMap { Self.leftOut($0) }
    leftOutNote =
      "Each site was predicted by a model that was fitted to all others. Their C are pooled on the logit scale (REML, modified "
      + "Hartung-Knapp)."
    baseline = report.models.flatMap { Self.baseline($0, survival) }
  }

  private static func time(_ time: Double?, _ survival: StudyReport.Survival) -> String {
    time.map { "\(PageNumber.short($0)) \(survival.unit)" } ?? "not reached"
  }

  private static func bootstrap(_ report: StudyReport) -> Page.PerformanceGroup? {
    let found = report.models.map { $0.survival?.bootstrap }
    guard found.contains(where: { $0 != nil }) else { return nil }
    func row(
      _ label: String, _ value: (StudyReport.SurvivalBootstrapReport) -> StudyReport.Interval,
      isHeadline: Bool = false
    ) -> Page.PerformanceRow {
      Page.PerformanceRow(
        label: label, cells: found.map { $0.map { Page.EstimateCell(value($0)) } ?? .absent },
        isHeadline: isHeadline)
    }
    return Page.PerformanceGroup(
      heading: "Whole-pipeline bootstrap, Harrell’s C",
      rows: [
        row("Corrected for optimism", { .init(estimate: $0.optimismCorrected) }, isHeadline: true),
        row(".632+", { .init(estimate: $0.point632Plus) }),
        row("Out of bag (spread of the replicates)", { $0.outOfBag }),
        row("Apparent", { .init(estimate: $0.apparent) }),
      ], columns: String(report.models.count + 1))
  }

  /// Rows of one part: a measure, or a measure at a horizon.
  private static func group(
    _ report: StudyReport, _ cohort: EvaluationCohort, _ survival: StudyReport.Survival
  ) -> Page.PerformanceGroup? {
    var order: [StudyReport.Metric] = []
    for metric in report.models.flatMap(\.metrics)
    where metric.cohort == cohort
      && !order.contains(where: { $0.name == metric.name && $0.horizon == metric.horizon })
    {
      order.append(metric)
    }
    guard !order.isEmpty else { return nil }
    let rows = order.map { wanted in
      let place = wanted.horizon.map { ", \(survival.place($0))" } ?? ""
      let label =
        wanted.name == .unoC ? "\(wanted.name.label), until \(place.dropFirst(5))" : wanted.name.label + place
      return Page.PerformanceRow(
        label: label,
        cells: report.models.map { model in
          Page.EstimateCell(
            model.metrics.first {
              $0.cohort == cohort && $0.name == wanted.name && $0.horizon == wanted.horizon
            })
        }, isHeadline: wanted.name == .harrellC)
    }
    let sizes = order.first.map {
      " (\(PageNumber.count($0.count, "case")), \(PageNumber.count($0.positives, "event")))"
    }
    return Page.PerformanceGroup(
      heading: PageText.heading(of: cohort) + (sizes ?? ""), rows: rows,
      columns: String(report.models.count + 1))
  }

  private static func rows(
    _ curves: StudyReport.RiskCurves, _ model: String, _ survival: StudyReport.Survival
  ) -> [Page.RiskGroupRow] {
    curves.groups.enumerated().map { place, group in
      Page.RiskGroupRow(
        model: model, cohort: PageText.heading(of: curves.cohort), group: group.name,
        cases: PageNumber.count(group.cases), events: PageNumber.count(group.events),
        median: time(group.median, survival),
        hazardRatio: place == 0
          ? ""
          : curves.hazardRatioUndefinedReason.map { "none: \($0)" }
            ?? PageNumber.compactInterval(curves.hazardRatio),
        logRank: place == 0 ? "" : PageNumber.pValue(curves.logRankP))
    }
  }

  private static func atRisk(_ curves: StudyReport.RiskCurves, _ model: String) -> Page.AtRiskTable {
    Page.AtRiskTable(
      heading: "\(model), \(PageText.heading(of: curves.cohort).lowercased())",
      times: curves.times.map(SurvivalOutcome.text),
      rows: curves.groups.map {
        Page.AtRiskRow(group: $0.name, counts: $0.atRisk.map { PageNumber.count($0) })
      })
  }

  private static func leftOut(_ model: StudyReport.Model) -> [Page.SurvivalSiteRow] {
    guard let sites = model.survival?.leaveOneSiteOut else { return [] }
    var rows = sites.sites.map { site in
      Page.SurvivalSiteRow(
        site: site.site, model: model.name, cohort: "\(PageNumber.count(site.features.count, "feature"))",
        count: "\(PageNumber.count(site.cases)) (\(PageNumber.count(site.events)))",
        concordance: Page.EstimateCell(site.concordance))
    }
    if let pooled = sites.pooled {
      rows.append(
        Page.SurvivalSiteRow(
          site: "Pooled", model: model.name, cohort: "", count: "", concordance: Page.EstimateCell(pooled)))
    }
    if let new = sites.predictionInterval {
      rows.append(
        Page.SurvivalSiteRow(
          site: "New site, prediction interval", model: model.name, cohort: "", count: "",
          concordance: Page.EstimateCell(text: PageNumber.range(new.lower, new.upper))))
    }
    return rows
  }

  private static func baseline(_ model: StudyReport.Model, _ survival: StudyReport.Survival)
    -> [Page.Fact]
  {
    guard let found = model.survival else { return [] }
    let values = zip(survival.horizons, found.baselineSurvival).map {
      "\(survival.place($0)) \(PageNumber.fixed($1))"
    }
    return [
      Page.Fact(
        term: "\(model.name): survival at a log hazard ratio of 0",
        value: values.joined(separator: ", "), isCode: false),
      Page.Fact(
        term: "\(model.name): groups of risk",
        value:
          "high from a log hazard ratio of \(PageNumber.significant(found.riskCut)), the median of the training part",
        isCode: false),
    ]
  }
}

extension PageTemplates {
  static let survival = """
    {{#survival}}
    <section aria-labelledby="performance">
    <h2 id="performance">Performance</h2>
    <p>{{introduction}}</p>
    {{#paperTable}}{{> paperTable}}{{/paperTable}}
    <div class="scroll" role="region" aria-label="Performance of the models" tabindex="0">
    <table class="performance">
    <caption>Performance of the models, with 95 % confidence intervals (percentiles over resamples of patients) where a row does not \
    say otherwise. Observations that ended before a horizon are stood for by others (inverse probability of censoring in the training \
    part). The study is judged by its primary result, above.</caption>
    {{> measureRows}}
    </table>
    </div>
    <div class="scroll" role="region" aria-label="Groups of risk" tabindex="0">
    <table class="comparisons">
    <caption>Groups of risk, cut at the median of the training part: median times by Kaplan and Meier, the hazard of the higher risk over \
    that of the lower, and the log-rank test. In the training part the groups were made of the same patients: there p describes, and does \
    not test.</caption>
    <thead>
    <tr><th scope="col">Model</th><th scope="col">Part</th><th scope="col">Risk</th><th scope="col">Cases</th>\
    <th scope="col">Events</th><th scope="col">Median</th><th scope="col">Hazard ratio (95 % CI)</th>\
    <th scope="col">Log-rank p</th></tr>
    </thead>
    <tbody>
    {{#groups}}
    <tr><th scope="row">{{model}}</th><td>{{cohort}}</td><td>{{group}}</td><td>{{cases}}</td><td>{{events}}</td>\
    <td>{{median}}</td><td>{{hazardRatio}}</td><td>{{logRank}}</td></tr>
    {{/groups}}
    </tbody>
    </table>
    </div>
    {{^empty(comparisons)}}
    {{> comparisons}}
    {{/empty(comparisons)}}
    {{> controls}}
    {{#atRisk}}
    <div class="scroll" role="region" aria-label="Numbers at risk, {{heading}}" tabindex="0">
    <table class="performance">
    <caption>Numbers at risk: {{heading}}.</caption>
    <thead>
    <tr><th scope="col">Risk</th>{{#times}}<th scope="col">{{.}}</th>{{/times}}</tr>
    </thead>
    <tbody>
    {{#rows}}
    <tr><th scope="row">{{group}}</th>{{#counts}}<td>{{.}}</td>{{/counts}}</tr>
    {{/rows}}
    </tbody>
    </table>
    </div>
    {{/atRisk}}
    {{^empty(leftOut)}}
    <p>{{leftOutNote}}</p>
    <div class="scroll" role="region" aria-label="Sites left out in turn" tabindex="0">
    <table class="performance">
    <caption>Harrell’s C of each site as predicted without it, with 95 % confidence intervals (infinitesimal jackknife, on the logit \
    scale).</caption>
    <thead>
    <tr><th scope="col">Site left out</th><th scope="col" class="name">Model</th><th scope="col">Chosen</th>\
    <th scope="col">Cases (events)</th><th scope="col">Harrell’s C</th></tr>
    </thead>
    <tbody>
    {{#leftOut}}
    <tr><th scope="row">{{site}}</th><td class="name">{{model}}</td><td>{{cohort}}</td><td>{{count}}</td>\
    {{#concordance}}{{> cell}}{{/concordance}}</tr>
    {{/leftOut}}
    </tbody>
    </table>
    </div>
    {{/empty(leftOut)}}
    {{^empty(sites)}}
    <div class="scroll" role="region" aria-label="Performance by site" tabindex="0">
    <table class="performance">
    <caption>Harrell’s C by site, with 95 % confidence intervals (infinitesimal jackknife, on the logit scale).</caption>
    <thead>
    <tr><th scope="col">Site</th><th scope="col" class="name">Model</th><th scope="col" class="name">Part</th>\
    <th scope="col">Cases (events)</th><th scope="col">Harrell’s C</th></tr>
    </thead>
    <tbody>
    {{#sites}}
    <tr><th scope="row">{{site}}</th><td class="name">{{model}}</td><td class="name">{{cohort}}</td><td>{{count}}</td>\
    {{#concordance}}{{> cell}}{{/concordance}}</tr>
    {{/sites}}
    </tbody>
    </table>
    </div>
    {{/empty(sites)}}
    <dl class="facts">
    {{#baseline}}
    <div><dt>{{term}}</dt><dd>{{value}}</dd></div>
    {{/baseline}}
    </dl>
    <p>Decision curves are of studies of two outcomes, and are left out here.</p>
    </section>
    {{/survival}}
    """
}
