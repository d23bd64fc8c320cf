import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// What one site makes of the models, and features whose relation to the outcome is another there.
  package struct SiteInfluence: Codable, Equatable, Sendable {
    /// A model made again without each site: selection, scaling, fit and cut-off.
    package struct Model: Codable, Equatable, Sendable {
      package var model: String
      /// What stands under `auc` in a study of times to an event: Harrell's C; absent elsewhere.
      package var measure: Measure? = nil
      /// Whose AUC changes: the test part, or all cases as predicted without their sites.
      package var cohort: EvaluationCohort
      /// As the study reports it.
      @FiniteOrNull package var auc: Double?
      package var sites: [Site]
    }

    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      /// Cases of the other sites.
      package var cases: Int
      /// Of the study's model, over the cases of the other sites.
      @FiniteOrNull package var aucOfOthers: Double?
      /// Of the model made without the site, over the same cases.
      @FiniteOrNull package var aucWithout: Double?
      /// `aucWithout` less the AUC that the study reports.
      @FiniteOrNull package var change: Double?
      /// What the model without the site selected; absent where there is none, or one for each further site.
      package var features: [String]?
      /// Why there is no `aucWithout`; absent where there is.
      package var reason: String?

      private enum CodingKeys: String, CodingKey {
        case site, cases, change, features, reason
        case aucOfOthers = "auc_of_others"
        case aucWithout = "auc_without"
      }
    }

    /// A feature at the site where it stands out most.
    package struct Feature: Codable, Equatable, Sendable {
      package var feature: String
      package var site: String
      /// Models that selected it.
      package var models: [String]
      /// Of the feature, within the site.
      package var auc: Double
      /// Mean within the other sites.
      package var aucElsewhere: Double
      package var p: Double
      package var adjustedP: Double

      /// Beyond chance among all features tested.
      package var isSignificant: Bool { adjustedP < 0.05 }

      private enum CodingKeys: String, CodingKey {
        case feature, site, models, auc, p
        case aucElsewhere = "auc_elsewhere"
        case adjustedP = "adjusted_p"
      }
    }

    package var models: [Model]
    /// Sites with at least four subjects of each outcome.
    package var testedSites: [String]
    /// Tests of the features that models selected, and of all others.
    package var selectedTests: Int
    package var otherTests: Int
    /// All that a model selected, and of the others those beyond chance (as reported, at most fifty); each part by p.
    package var features: [Feature]
    /// How many of the features that no model selected are beyond chance.
    package var otherFeatures: Int

    private enum CodingKeys: String, CodingKey {
      case models, features
      case testedSites = "tested_sites"
      case selectedTests = "selected_tests"
      case otherTests = "other_tests"
      case otherFeatures = "other_features"
    }
  }
}

extension StudyReport.SiteInfluence {
  /// Without the features that no model selected beyond the first fifty: of thousands, readers need the number.
  var shortened: Self {
    var copy = self
    let others = features.filter(\.models.isEmpty)
    copy.features = features.filter { !$0.models.isEmpty } + others.prefix(50)
    return copy
  }
}

extension ReportAssembly {
  /// How much each site makes of the study, with all features beyond chance; `nil` with one site, or without models.
  func siteInfluence() -> StudyReport.SiteInfluence? {
    let table = study.table
    guard !models.isEmpty, table.siteNames.count > 1 else { return nil }
    let selected = Set(models.flatMap(\.result.fitted.features)).filter { $0 < table.featureCount }
    let others = table.featureNames.indices.filter { feature in
      !selected.contains(feature)
        && models.contains { $0.result.plan.features.includes(table.featureNames[feature]) }
    }
    let contrasts = SiteContrasts(table, selected: selected.sorted(), others: others)
    let beyondChance = (contrasts?.others ?? []).filter { $0.adjustedP < 0.05 }.map(feature)
    return StudyReport.SiteInfluence(
      models: models.map(influence),
      testedSites: contrasts?.testedSites.map { table.siteNames[$0] } ?? [],
      selectedTests: contrasts?.tests.selected ?? 0, otherTests: contrasts?.tests.others ?? 0,
      features: ordered((contrasts?.selected ?? []).map(feature)) + ordered(beyondChance),
      otherFeatures: beyondChance.count)
  }

  private func influence(_ model: ReportedModel) -> StudyReport.SiteInfluence.Model {
    let (table, result, seed) = (study.table, model.result, plan.seed)
    let isTested = !study.split.test.isEmpty
    let influence =
      result.leaveOneSiteOut.map {
        SiteInfluence(of: $0, table: table, plan: result.plan, seed: seed)
      }
      ?? SiteInfluence(
        of: result.fitted, table: table, training: study.split.training,
        evaluated: isTested ? study.split.test : study.split.training, plan: result.plan, seed: seed)
    return reported(
      influence, of: model.name, in: result.leaveOneSiteOut != nil ? .leftOut : isTested ? .test : .training)
  }

  /// - Parameter measure: where it is not the AUC.
  func reported(
    _ influence: SiteInfluence, of model: String, in cohort: EvaluationCohort, measure: Measure? = nil
  ) -> StudyReport.SiteInfluence.Model {
    StudyReport.SiteInfluence.Model(
      model: model, measure: measure, cohort: cohort, auc: influence.auc,
      sites: influence.sites.map { site in
        StudyReport.SiteInfluence.Site(
          site: study.table.siteNames[site.site], cases: site.cases, aucOfOthers: site.aucOfOthers,
          aucWithout: site.aucWithout,
          change: both(site.aucWithout, influence.auc).map { $0 - $1 }, features: site.features,
          reason: site.reason)
      })
  }

  private func feature(_ finding: SiteContrasts.Finding) -> StudyReport.SiteInfluence.Feature {
    let contrast = finding.contrast
    return StudyReport.SiteInfluence.Feature(
      feature: study.table.featureNames[contrast.feature], site: study.table.siteNames[contrast.site],
      models: models.filter { $0.result.fitted.features.contains(contrast.feature) }.map(\.name),
      auc: contrast.auc, aucElsewhere: contrast.aucElsewhere, p: contrast.p, adjustedP: finding.adjustedP)
  }

  /// By p, and as they stand in the table where it is equal.
  private func ordered(_ features: [StudyReport.SiteInfluence.Feature]) -> [StudyReport.SiteInfluence.Feature]
  {
    ascendingOrder(of: features.map(\.p)).map { features[$0] }
  }
}

/// Both values, where both are there.
private func both(_ first: Double?, _ second: Double?) -> (Double, Double)? {
  guard let first, let second else { return nil }
  return (first, second)
}

extension StudyReport.Warning {
  /// One warning for each site at which features differ beyond chance; the smallest p first.
  static func featuresThatDiffer(_ influence: StudyReport.SiteInfluence) -> [Self] {
    let found = influence.features.filter(\.isSignificant)
    let order = ascendingOrder(of: found.map(\.p))
    var sites: [String] = []
    for place in order where !sites.contains(found[place].site) { sites.append(found[place].site) }
    return sites.map { site in
      let features = order.map { found[$0] }.filter { $0.site == site }
      return Self(
        code: "feature_differs_at_site",
        message: "\(site): \(list(features)). \(consequence(features, at: site, of: influence))"
          + advice(site, of: influence))
    }
  }

  /// Of two sites the test cannot tell which one is the odd one.
  private static func advice(_ site: String, of influence: StudyReport.SiteInfluence) -> String {
    let cause = "Compare this site’s images, masks, outcomes and protocol with their sources"
    guard influence.testedSites.count > 2 else {
      let other = influence.testedSites.first { $0 != site } ?? ""
      return
        "\(cause), and those of \(other): of two sites either may be the cause. Until the difference is explained, "
        + "judge by the models made without each (section “Across sites”)."
    }
    return
      "\(cause); until the difference is explained, judge by the models made without \(site) (section “Across "
      + "sites”)."
  }

  /// `the relation of 4 features to the outcome differs here beyond chance: f7 (AUC 1.000 here, …), … and 1 more`
  private static func list(_ features: [StudyReport.SiteInfluence.Feature]) -> String {
    let named = features.prefix(3).map { feature in
      "\(feature.feature) (AUC \(PageNumber.fixed(feature.auc)) here, \(PageNumber.fixed(feature.aucElsewhere)) at "
        + "the other sites, p = \(PageNumber.significant(feature.adjustedP)) after correction)"
    }
    let more = features.count - named.count
    let subject =
      features.count == 1 ? "the relation of one feature" : "the relation of \(features.count) features"
    return "\(subject) to the outcome differs here beyond chance: \(named.joined(separator: ", "))"
      + (more > 0 ? " and \(PageNumber.count(more)) more" : "")
  }

  /// What the site makes of the model that uses the features and changes most; empty where none uses them.
  private static func consequence(
    _ features: [StudyReport.SiteInfluence.Feature], at site: String, of influence: StudyReport.SiteInfluence
  ) -> String {
    let names = Set(features.flatMap(\.models))
    var most: (model: StudyReport.SiteInfluence.Model, without: Double, change: Double)?
    for model in influence.models where names.contains(model.model) {
      guard let row = model.sites.first(where: { $0.site == site }), let without = row.aucWithout,
        let change = row.change, abs(change) > abs(most?.change ?? 0) || most == nil
      else { continue }
      most = (model, without, change)
    }
    guard let most else { return "" }
    return "Without \(site) the AUC of \(most.model.model) is \(PageNumber.fixed(most.without)) instead of "
      + "\(PageNumber.fixed(most.model.auc)) (\(PageText.heading(of: most.model.cohort).lowercased())). "
  }
}
