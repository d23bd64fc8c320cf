import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private struct Stray: Error {}

@Suite struct `An error on the way from features to a report` {
  @Test func `that nobody foresaw is told as a defect and ends no program`() {
    for error in [StudyTaskError(ofModelling: Stray()), StudyTaskError(ofReporting: Stray())] {
      #expect(error.code == "unexpected-error" && error.sentence.contains("Stray"))
      #expect(!error.remedy.isEmpty)
    }
  }

  @Test func `of the statistics keeps its code and what it says`() {
    let error = StatisticsError(.tooFewSubjects, "site North has 2 training subjects")
    let told = StudyTaskError(ofReporting: error)
    #expect(told.code == "too-few-subjects" && told.sentence == "Site North has 2 training subjects.")
  }

  @Test func `that is told already stays as it is`() {
    let error = StudyTaskError(code: "one-class", sentence: "The cohort has no case.", remedy: "Check it.")
    #expect(StudyTaskError(ofModelling: error) == error && StudyTaskError(ofReporting: error) == error)
  }

  @Test func `of a report is told as a defect`() {
    #expect(StudyTaskError(ofReporting: ReportError(.notFinite, "models.0 is nan")).code == "report")
  }
}
