import LinearAlgebra

/// Who belongs to a synthetic cohort: each subject's site and outcome.
struct CohortPlan {
  struct Subject: Equatable {
    /// 0 for the first subject.
    var index: Int
    /// 0 for `SITE_A`.
    var site: Int
    /// 1 with a lesion, 0 without.
    var outcome: Int
    /// Images of the same head.
    var images: Int
  }

  /// In the order of their numbers.
  let subjects: [Subject]

  /// Draws who has a lesion, and spreads those with and those without over the sites as evenly as possible.
  init(_ options: SynthesisOptions) {
    var stream = RandomTopic.assignment.stream(options.seed, 0)
    let order = stream.shuffled(0..<options.subjects)
    var subjects = order.indices.map { Subject(index: $0, site: 0, outcome: 0, images: 1) }
    for (position, index) in order.enumerated() {
      subjects[index].site = position % options.sites
      subjects[index].outcome = position < options.lesions ? 1 : 0
      subjects[index].images = index < options.repeatedSubjects ? 2 : 1
    }
    self.subjects = subjects
  }
}
