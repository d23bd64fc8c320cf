extension StudyReport.Checklist {
  /// The guidelines that the page answers.
  package static func all(of report: StudyReport) -> [Self] {
    let answers = ChecklistAnswers(report: report)
    return [clear(answers), metrics(answers), tripod(answers)]
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
