extension StudyReport {
  /// The two-stage bootstrap (Noma et al. 2021): percentiles over outer resamples of the corrected AUC. The
  /// headline's interval is that of the .632+, recentred on the estimate from all subjects.
  package struct TwoStage: Codable, Equatable, Sendable {
    package var outer: Int
    package var inner: Int
    /// Outer resamples without an estimate.
    package var undefined: Int
    /// Inner replicates without an out-of-bag AUC, and those that selected nothing, over all outer ones.
    package var undefinedInner: Int
    package var emptyInner: Int
    /// Estimates are means over the outer resamples.
    package var auc632Plus: Interval
    package var outOfBag: Interval
    package var harrell: Interval

    package init(
      outer: Int, inner: Int, undefined: Int, undefinedInner: Int, emptyInner: Int, auc632Plus: Interval,
      outOfBag: Interval, harrell: Interval
    ) {
      self.outer = outer
      self.inner = inner
      self.undefined = undefined
      self.undefinedInner = undefinedInner
      self.emptyInner = emptyInner
      self.auc632Plus = auc632Plus
      self.outOfBag = outOfBag
      self.harrell = harrell
    }

    private enum CodingKeys: String, CodingKey {
      case outer, inner, undefined
      case undefinedInner = "undefined_inner"
      case emptyInner = "empty_inner"
      case auc632Plus = "auc_632_plus"
      case outOfBag = "auc_out_of_bag"
      case harrell = "auc_harrell"
    }
  }

  /// Every site predicted by a model that was fitted to all others.
  package struct LeaveOneSiteOut: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var cases: Int
      package var positives: Int
      /// Of the model that did not know the site.
      package var features: [String]
      package var cutoff: Double
      package var auc: Interval
      @FiniteOrNull package var sensitivity: Double?
      @FiniteOrNull package var specificity: Double?
      /// False where the site's AUC cannot be pooled: one outcome only, or an AUC of 0 or 1.
      package var isPooled: Bool

      package init(
        site: String, cases: Int, positives: Int, features: [String], cutoff: Double, auc: Interval,
        sensitivity: Double?, specificity: Double?, isPooled: Bool
      ) {
        self.site = site
        self.cases = cases
        self.positives = positives
        self.features = features
        self.cutoff = cutoff
        self.auc = auc
        self.sensitivity = sensitivity
        self.specificity = specificity
        self.isPooled = isPooled
      }

      private enum CodingKeys: String, CodingKey {
        case site, cases, positives, features, cutoff, auc, sensitivity, specificity
        case isPooled = "is_pooled"
      }
    }

    package var sites: [Site]
    /// Random-effects mean of the sites' logit AUC, taken back.
    package var pooled: Interval
    package var predictionInterval: Interval
    /// What harmonisation did with the site left out.
    package var unseenSite: String

    package init(sites: [Site], pooled: Interval, predictionInterval: Interval, unseenSite: String) {
      self.sites = sites
      self.pooled = pooled
      self.predictionInterval = predictionInterval
      self.unseenSite = unseenSite
    }

    private enum CodingKeys: String, CodingKey {
      case sites, pooled
      case predictionInterval = "prediction_interval"
      case unseenSite = "unseen_site"
    }
  }

  /// Whether the features tell the sites apart.
  package struct SiteCheck: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var subjects: Int
      /// Cross-validated, of the site against all others.
      @FiniteOrNull package var auc: Double?

      package init(site: String, subjects: Int, auc: Double?) {
        self.site = site
        self.subjects = subjects
        self.auc = auc
      }
    }

    package var sites: [Site]
    /// Mean over sites.
    package var auc: Double
    package var permutations: Int
    package var p: Double

    package init(sites: [Site], auc: Double, permutations: Int, p: Double) {
      self.sites = sites
      self.auc = auc
      self.permutations = permutations
      self.p = p
    }
  }
}

extension StudyReport.Warning {
  /// The features know where a case comes from.
  /// - Parameters:
  ///   - harmonised: names of the models that harmonise their features, of all `models`.
  package static func sitesRecognisable(
    auc: Double, p: Double, harmonised: [String], of models: [String]
  ) -> Self {
    Self(
      code: "sites_recognisable",
      message:
        "The features tell the sites apart (cross-validated AUC \(PageNumber.fixed(auc)), permutation p = "
        + "\(PageNumber.significant(p))): where sites differ in outcome, a model may learn the site. "
        + siteRemedy(harmonised: harmonised, of: models))
  }

  /// What to do about features that know the site: the check sees them as measured, before any harmonisation.
  static func siteRemedy(harmonised: [String], of models: [String]) -> String {
    guard !harmonised.isEmpty else {
      return "Harmonise, and judge by estimates at sites left out (split: leave-one-site-out)."
    }
    let who = harmonised.count == models.count ? "The models" : harmonised.joined(separator: ", ")
    let others = harmonised.count == models.count ? "" : ", the others do not"
    let verb = who == "The models" || harmonised.count > 1 ? "harmonise" : "harmonises"
    return
      "\(who) \(verb) them\(others). The check sees features as measured and cannot tell what that achieved: "
      + "judge by estimates at sites left out (split: leave-one-site-out)."
  }
}
