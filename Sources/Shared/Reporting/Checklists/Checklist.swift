extension StudyReport {
  /// A reporting guideline with the answers that the study gives.
  package struct Checklist: Codable, Equatable, Sendable {
    package struct Item: Codable, Equatable, Sendable {
      /// As the guideline numbers it: `12c`.
      package var number: String
      /// What is asked, in a few words of ours.
      package var title: String
      /// `nil` where only the authors can answer.
      @ValueOrNull package var answer: String? = nil
      /// Section of the page where the answer is shown; `nil` without an answer.
      @ValueOrNull package var section: String? = nil
    }

    package var name: String
    /// Where the guideline was published.
    package var source: String
    package var items: [Item]
  }
}

extension StudyReport.Checklist {
  /// The guidelines that the page answers.
  package static func all(of report: StudyReport) -> [Self] {
    let answers = ChecklistAnswers(report: report)
    return [clear(answers), metrics(answers), tripod(answers), probast(answers)]
  }

  /// Items that the report answers.
  package var answered: Int { items.count { $0.answer != nil } }

  typealias Question = (number: String, title: String, answer: ChecklistAnswers.Answer?)

  init(name: String, source: String, questions: [Question]) {
    self.init(
      name: name, source: source,
      items: questions.map {
        Item(number: $0.number, title: $0.title, answer: $0.answer?.text, section: $0.answer?.section)
      })
  }
}
