extension StudyReport {
  /// Who entered, with every denominator.
  package struct Cohort: Codable, Equatable, Sendable {
    /// Subjects with at least one case used.
    package var subjects: Int
    /// Cases used, one image and mask each.
    package var images: Int
    /// Used subjects with the outcome.
    package var positives: Int
    /// Used subjects in the training part.
    package var training: Int
    /// Used subjects in the test part; zero where the study has none.
    package var test: Int
    package var cases: CaseCounts
    /// In the order of the site names.
    package var perSite: [Site]

    package init(
      subjects: Int, images: Int, positives: Int, training: Int, test: Int, cases: CaseCounts,
      perSite: [Site]
    ) {
      self.subjects = subjects
      self.images = images
      self.positives = positives
      self.training = training
      self.test = test
      self.cases = cases
      self.perSite = perSite
    }

    private enum CodingKeys: String, CodingKey {
      case subjects, images, positives, training, test, cases
      case perSite = "per_site"
    }
  }

  /// How each submitted case ended: `submitted == done + failed + excluded`.
  package struct CaseCounts: Codable, Equatable, Sendable {
    package var submitted: Int
    package var done: Int
    package var failed: Int
    package var excluded: Int

    package init(submitted: Int, done: Int, failed: Int, excluded: Int) {
      self.submitted = submitted
      self.done = done
      self.failed = failed
      self.excluded = excluded
    }
  }

  /// One site's part of the cohort; the counts mean what they mean in `Cohort`.
  package struct Site: Codable, Equatable, Sendable {
    package var site: String
    package var subjects: Int
    package var images: Int
    package var positives: Int
    package var training: Int
    package var test: Int
    /// Cases of the site that failed.
    package var failed: Int
    /// Cases of the site that were excluded.
    package var excluded: Int

    package init(
      site: String, subjects: Int, images: Int, positives: Int, training: Int, test: Int, failed: Int = 0,
      excluded: Int = 0
    ) {
      self.site = site
      self.subjects = subjects
      self.images = images
      self.positives = positives
      self.training = training
      self.test = test
      self.failed = failed
      self.excluded = excluded
    }
  }

  /// A submitted case that no model saw, and why.
  package struct Exclusion: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
      /// The case could not be read or measured.
      case failed
      /// A rule of the study left the case out.
      case excluded
    }

    package var caseID: String
    package var subject: String
    package var site: String
    package var kind: Kind
    /// Short and stable, for programs: `mask_empty`.
    package var code: String
    /// What is wrong, in a sentence.
    package var sentence: String
    /// What to do about it.
    package var remedy: String

    package init(
      caseID: String, subject: String, site: String, kind: Kind, code: String, sentence: String,
      remedy: String
    ) {
      self.caseID = caseID
      self.subject = subject
      self.site = site
      self.kind = kind
      self.code = code
      self.sentence = sentence
      self.remedy = remedy
    }

    private enum CodingKeys: String, CodingKey {
      case caseID = "id"
      case subject, site, kind, code, sentence, remedy
    }
  }

  /// Cases whose images are the same bytes, which a study of independent subjects should not have.
  package struct DuplicateGroup: Codable, Equatable, Sendable {
    /// IDs of the cases, sorted.
    package var cases: [String]
    package var crossesSites: Bool
    /// True where one copy was trained on and another tested: the test is then not independent.
    package var crossesSplit: Bool

    package init(cases: [String], crossesSites: Bool, crossesSplit: Bool) {
      self.cases = cases
      self.crossesSites = crossesSites
      self.crossesSplit = crossesSplit
    }

    private enum CodingKeys: String, CodingKey {
      case cases
      case crossesSites = "crosses_sites"
      case crossesSplit = "crosses_split"
    }
  }

  /// What was measured on each case.
  package struct FeatureSet: Codable, Equatable, Sendable {
    /// SHA-256 of names, canonical parameters, weights and extractor version, hexadecimal.
    package var digest: String
    package var count: Int
    /// Hand-crafted image types, in the order of extraction.
    package var imageTypes: [String]
    package var parameters: [Parameter]
    /// Name of the weights of the deep features; `nil` without deep features.
    @ValueOrNull package var deepWeights: String?
    /// Sentences such as `random weights, not a trained network`.
    package var notes: [String]

    package init(
      digest: String, count: Int, imageTypes: [String], parameters: [Parameter], deepWeights: String? = nil,
      notes: [String] = []
    ) {
      self.digest = digest
      self.count = count
      self.imageTypes = imageTypes
      self.parameters = parameters
      self.deepWeights = deepWeights
      self.notes = notes
    }

    /// Whether the features were read from a table, and nothing was extracted.
    var isTable: Bool { parameters.contains { $0.name == "table_sha256" } }

    private enum CodingKeys: String, CodingKey {
      case digest, count
      case imageTypes = "image_types"
      case parameters
      case deepWeights = "deep_weights"
      case notes
    }
  }
}
