import Digests
import Foundation
import ImageFilters
import Statistics

/// A study: what is extracted, which models are fitted, how they are evaluated.
///
/// All defaults are written out, so that the canonical JSON says everything that the results depend on besides
/// the images themselves.
package struct Study: Codable, Equatable, Sendable {
  package var name: String
  package var title: String
  /// What an outcome of 1 means, for people.
  package var outcome: String
  /// The one seed of all random numbers of the study.
  package var seed: UInt64
  package var extraction: ExtractionParameters
  /// nil without deep features.
  package var deep: DeepPlan?
  package var split: SplitRule
  package var models: [ModelDefinition]
  package var bootstrap: BootstrapPlan
  /// The feature table that the study begins from; `nil` where images are extracted.
  package var table: FeatureTableSource?
  /// Whether features that one site has stored serve another with the same files; `nil` for no, as in studies of before.
  package var reusesAcrossSites: Bool? = nil
  /// Rings around drawn regions, by their name in column Region; `nil` without any.
  package var rings: [String: RingPlan]? = nil
  /// What is done with images that stand under several subjects; `nil` only tells of them.
  package var duplicates: DuplicatePolicy? = nil
  /// The result that the study is judged by; `nil` where the rule says it.
  package var primary: PrimaryChoice? = nil
  /// Clinical columns; `nil` without any.
  package var clinical: [ClinicalColumn]? = nil
  /// Event and time, where models are of times to an event; `nil` where they are of two outcomes.
  package var survival: SurvivalOutcome? = nil
  /// What the leakage audit may find, and why it is as it should be; `nil` for nothing.
  package var explained: [Explanation]? = nil
  /// What radiomics models are held against; `nil` without any.
  package var controls: [ControlKind]? = nil
  /// Changes of images and regions by which features are asked whether they are robust; `nil` without any.
  package var robustness: RobustnessPlan? = nil
  /// Other learners that each model is compared with; `nil` without any.
  package var comparisons: ComparisonPlan? = nil
}

/// What is done with images that stand under several subjects of a site.
package enum DuplicatePolicy: String, Codable, Equatable, Sendable, CaseIterable {
  /// They are told, and the leakage audit fails.
  case report
  /// Their subjects become one group: they share folds, resamples and parts.
  case group
}

extension Study {
  /// Sources that are extracted. Hand-crafted features are left out where models use deep ones only.
  package var sources: [FeatureSource] {
    let used = Set(models.flatMap(\.sources))
    return FeatureSource.allCases.filter { source in
      switch source {
      case .handcrafted: deep == nil || models.isEmpty || used.contains(.handcrafted)
      case .deep: deep != nil
      }
    }
  }

  /// What is computed of every region, one recipe a source.
  package var recipes: [FeatureRecipe] {
    sources.map { source in
      switch (source, deep) {
      case (.deep, let deep?): FeatureRecipe(deep: deep, reading: extraction)
      case (.deep, nil), (.handcrafted, _): FeatureRecipe(extraction)
      }
    }
  }

  /// Images of several sites are brought to one orientation unless the study says otherwise: sites that store their images in
  /// another order would else have other wavelets, which a model takes for a difference of patients.
  package mutating func settleOrientation(ofImagesFrom sites: Set<String>) {
    guard table == nil, sites.count > 1, extraction.preprocessing.orientation == nil else { return }
    extraction.preprocessing.orientation = .lps
  }

  /// Whether it says to which orientation images are brought, instead of leaving it to the number of sites.
  package var saysOrientation: Bool { extraction.preprocessing.orientation != nil }

  /// The study as it would be had images come from one site instead of several, or the other way round: with the other default of
  /// `orientation`. `nil` where no images are extracted.
  package var withOtherDefaultOrientation: Study? {
    guard table == nil else { return nil }
    var other = self
    other.extraction.preprocessing.orientation = extraction.preprocessing.orientation == .lps ? nil : .lps
    return other
  }

  /// Whose stored features may serve a case of a site: nil for everybody's.
  package func owner(ofRowsAt site: String) -> String? { reusesAcrossSites == true ? nil : site }

  /// JSON with sorted keys: the same study gives the same bytes.
  package var canonicalJSON: String { String(decoding: canonicalBytes(of: self), as: UTF8.self) }

  /// Reads a study that was submitted.
  /// - Throws: `StudyError` with code `syntax`, also where its deep features lack the digest of their weights, by which they
  ///   are known: a submission computes it.
  package init(canonicalJSON: String) throws(StudyError) {
    do {
      self = try JSONDecoder().decode(Study.self, from: Data(canonicalJSON.utf8))
    } catch {
      throw StudyError(
        .syntax,
        "The stored study cannot be read by this version: \(error). Use the version that submitted it.")
    }
    guard deep == nil || deep?.weights.sha256 != nil else {
      throw StudyError(
        .syntax, "The stored study has deep features, but no digest of their weights. Submit the study again."
      )
    }
  }
}

/// How subjects are divided into training and test.
package enum SplitRule: Codable, Equatable, Sendable {
  /// This share of the subjects trains, drawn within each stratum of site and outcome.
  case trainingShare(Double)
  /// The manifest's column `Split` says it for every subject.
  case column
  /// Every site is the test part once, of models fitted to all other sites; the final model and the bootstrap use all
  /// sites.
  case leaveOneSiteOut
}

extension SplitRule {
  /// As study files and tables write it.
  package static let leaveOneSiteOutName = "leave-one-site-out"
}

/// Where features come from, in the order in which tables have them side by side.
package enum FeatureSource: String, Codable, Equatable, Sendable, CaseIterable {
  case handcrafted, deep
}

/// A model: which features it may use and how it chooses among them.
package struct ModelDefinition: Codable, Equatable, Sendable {
  package var name: String
  package var sources: [FeatureSource]
  /// Each step is fitted on training data only, inside every fold and replicate.
  package var selection: [SelectionStep]
  package var refit: Refit
  package var missing: MissingPolicy
  /// ComBat between sites, fitted wherever the model is fitted; `nil` leaves the features as they are.
  package var harmonisation: CombatSettings? = nil
  /// How the cut-off is chosen on the training rows.
  package var cutoff = CutoffRule.youden
  /// Clinical columns among its predictors; `nil` without any.
  package var clinical: ClinicalUse? = nil
  /// Other models' scores among its predictors; `nil` without any.
  package var scores: ScoreUse? = nil
  /// Which features of a table it may use; `nil` for all of its sources.
  package var columns: FeatureChoice? = nil
  /// How a Cox model is fitted, which has no `selection` and `refit` beside it; `nil` for a logistic model.
  package var survival: Survival? = nil
}

/// The whole-pipeline bootstrap.
package struct BootstrapPlan: Codable, Equatable, Sendable {
  package var replicates: Int
  /// Replicates in one task of the queue.
  package var replicatesPerTask: Int
  /// The two-stage bootstrap, whose percentiles are the interval of the .632+ estimate; `nil` leaves it out.
  package var twoStage: TwoStagePlan? = nil

  package init(replicates: Int, replicatesPerTask: Int, twoStage: TwoStagePlan? = nil) {
    self.replicates = replicates
    self.replicatesPerTask = replicatesPerTask
    self.twoStage = twoStage
  }
}

/// The two-stage bootstrap (Noma et al. 2021, arXiv 2005.01457): so many outer resamples, each with the whole-pipeline
/// bootstrap inside.
package struct TwoStagePlan: Codable, Equatable, Sendable {
  package var outer: Int
  package var inner: Int
  /// Outer resamples in one task of the queue.
  package var outerPerTask: Int

  package init(outer: Int, inner: Int, outerPerTask: Int) {
    self.outer = outer
    self.inner = inner
    self.outerPerTask = outerPerTask
  }
}

/// Sorted-key JSON of a value.
package func canonicalBytes(of value: some Encodable) -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return try encoder.encode(value)
  } catch {
    preconditionFailure("study values hold finite numbers and strings only: \(error)")
  }
}
