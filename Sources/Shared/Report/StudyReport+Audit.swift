extension StudyReport {
  /// One question about leakage from test to training, answered from the study itself.
  package struct AuditLine: Codable, Equatable, Sendable {
    package enum Status: String, Codable, Sendable, CaseIterable {
      case pass, fail
      /// The study has nothing that the question could be asked of.
      case notApplicable = "not_applicable"
    }

    /// Short and stable, for programs: `subjects_in_one_part`.
    package var code: String
    /// What must hold, in a sentence.
    package var rule: String
    package var status: Status
    /// What was looked at, and found.
    package var evidence: String

    package init(code: String, rule: String, status: Status, evidence: String) {
      self.code = code
      self.rule = rule
      self.status = status
      self.evidence = evidence
    }
  }

  /// A reporting guideline with the answers that the study gives.
  package struct Checklist: Codable, Equatable, Sendable {
    package struct Item: Codable, Equatable, Sendable {
      /// As the guideline numbers it: `12c`.
      package var number: String
      /// What is asked, in a few words of ours.
      package var title: String
      /// `nil` where only the authors can answer.
      @ValueOrNull package var answer: String?
      /// Section of the page where the answer is shown; `nil` without an answer.
      @ValueOrNull package var section: String?

      package init(number: String, title: String, answer: String? = nil, section: String? = nil) {
        self.number = number
        self.title = title
        self.answer = answer
        self.section = section
      }
    }

    package var name: String
    /// Where the guideline was published.
    package var source: String
    package var items: [Item]

    package init(name: String, source: String, items: [Item]) {
      self.name = name
      self.source = source
      self.items = items
    }
  }

  /// Feature values that are NaN or infinite, and what became of them.
  package struct MissingValues: Codable, Equatable, Sendable {
    package var values: Int
    package var features: Int
    package var cases: Int
    /// A sentence for each model.
    package var treatment: [String]

    package init(values: Int, features: Int, cases: Int, treatment: [String]) {
      self.values = values
      self.features = features
      self.cases = cases
      self.treatment = treatment
    }
  }
}
