import ImageFilters

/// One case of a submitted study and what became of it.
package struct StudyCase: Equatable, Sendable {
  package enum State: String, Sendable {
    case pending, done, failed, excluded
  }

  /// Why a case has no features, for the researcher.
  package struct Loss: Equatable, Sendable {
    package var code: String
    package var sentence: String
    package var remedy: String

    package init(code: String, sentence: String, remedy: String) {
      self.code = code
      self.sentence = sentence
      self.remedy = remedy
    }
  }

  package var id: Int64
  package var subject: String
  package var site: String
  package var group: String?
  package var outcome: Int?
  package var split: Manifest.Part?
  package var image: String
  package var mask: String
  package var label: UInt32
  package var segment: String?
  package var ring: RegionRing?
  /// Which part of the image is meant, as `ImageChoice.text`: it holds a series' UID, and goes into no report.
  package var choice: String?
  package var state: State
  package var loss: Loss?
  /// Of the files that its features are of; nil where it has none.
  package var imageSHA256: [UInt8]?
  package var maskSHA256: [UInt8]?
  /// What its image's file says of itself; empty where it has no features yet.
  package var facts: ImageFacts
  package var extra: [String: String]

  package init(
    id: Int64, subject: String, site: String, group: String? = nil, outcome: Int?,
    split: Manifest.Part? = nil,
    image: String, mask: String, label: UInt32 = 1, segment: String? = nil, ring: RegionRing? = nil,
    choice: String? = nil, state: State = .done, loss: Loss? = nil,
    imageSHA256: [UInt8]? = nil, maskSHA256: [UInt8]? = nil, facts: ImageFacts = ImageFacts(),
    extra: [String: String] = [:]
  ) {
    self.id = id
    self.subject = subject
    self.site = site
    self.group = group
    self.outcome = outcome
    self.split = split
    self.image = image
    self.mask = mask
    self.label = label
    self.segment = segment
    self.ring = ring
    self.choice = choice
    self.state = state
    self.loss = loss
    self.imageSHA256 = imageSHA256
    self.maskSHA256 = maskSHA256
    self.facts = facts
    self.extra = extra
  }
}

/// Features of one source for the cases that have them.
package struct FeatureBlock: Equatable, Sendable {
  package var source: FeatureSource
  /// Digest of the feature set.
  package var digest: [UInt8]
  package var names: [String]
  /// Values in the order of the names, by case.
  package var values: [Int64: [Double]]

  package init(source: FeatureSource, digest: [UInt8], names: [String], values: [Int64: [Double]]) {
    self.source = source
    self.digest = digest
    self.names = names
    self.values = values
  }
}

/// Everything that models are fitted on: the study, its cases in canonical order, and their features.
package struct StudyCohort: Sendable {
  package var study: Study
  /// Sorted by site, subject, image, mask, label, segment, ring and choice, whatever the order of the manifest and of ingestion.
  package var cases: [StudyCase]
  /// In the order of the sources.
  package var features: [FeatureBlock]
  /// Features of what stands in place of the regions, for controls and for robustness, by source and case, each in the order of the
  /// names of its source. No model is fitted to them.
  package var varied: [RegionVariant: [FeatureSource: [Int64: [Double]]]] = [:]

  package init(study: Study, cases: [StudyCase], features: [FeatureBlock]) {
    self.study = study
    self.cases = Self.sorted(cases)
    let order = FeatureSource.allCases
    self.features = order.flatMap { source in features.filter { $0.source == source } }
  }
}

extension StudyCase {
  /// A choice has no control character and comes before the rings of the same region.
  fileprivate var regionOrder: String {
    StudyPlan.regionOrder(segment: segment, ring: ring) + (choice.map { "\u{0}\($0)" } ?? "")
  }

  /// The outcome of a case that a model has a prediction of: models hold no others.
  /// - Throws: `outcome-missing`.
  package func modelledOutcome() throws(StudyTaskError) -> Int {
    guard let outcome else {
      throw StudyTaskError(
        code: "outcome-missing", sentence: "A model has a prediction of a case whose outcome is not known.",
        remedy: "Submit the study again with the manifest as it is now.")
    }
    return outcome
  }

  /// Who drew a repeat segmentation of an image: column `Repeat`; `nil` for the segmentation that is modelled.
  package var rater: String? {
    extra[Manifest.repeatColumn].flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension StudyCohort {
  /// In canonical order.
  package static func sorted(_ cases: [StudyCase]) -> [StudyCase] {
    cases.sorted {
      ($0.site, $0.subject, $0.image, $0.mask, $0.label, $0.regionOrder)
        < ($1.site, $1.subject, $1.image, $1.mask, $1.label, $1.regionOrder)
    }
  }

  /// What tables call each case: the subject's code, numbered where a subject has several cases.
  package var caseNames: [Int64: String] { Self.caseNames(of: cases) }

  /// - Parameter cases: sorted as those of a cohort.
  package static func caseNames(of cases: [StudyCase]) -> [Int64: String] {
    var names: [Int64: String] = [:]
    var start = cases.startIndex
    while start < cases.endIndex {
      let owner = cases[start]
      let end =
        cases[start...].firstIndex { $0.site != owner.site || $0.subject != owner.subject } ?? cases.endIndex
      for (number, item) in cases[start..<end].enumerated() {
        names[item.id] = end - start == 1 ? item.subject : "\(item.subject)#\(number + 1)"
      }
      start = end
    }
    return names
  }
}

extension StudyCohort {
  /// Sites of which no case is left, because what did not fail was excluded; sorted.
  package var lostSites: [String] {
    Dictionary(grouping: cases, by: \.site).filter { _, cases in
      cases.contains { $0.state == .failed }
        && cases.allSatisfy { $0.state == .failed || $0.state == .excluded }
    }.keys.sorted()
  }
}

extension [Int64: String] {
  /// The name of a case among the names of a cohort that it belongs to.
  package func name(of item: StudyCase) -> String {
    guard let name = self[item.id] else { preconditionFailure("every case of a cohort has a name") }
    return name
  }
}
