import Foundation
import Statistics
import StudyPlan
import Testing

private func study(_ yaml: String) throws -> Study {
  try StudyFile(
    yaml: "study: s\nmanifest: m.csv\n" + yaml, besides: URL(fileURLWithPath: "/studies/s.yaml")
  ).study
}

@Suite struct `Other learners of a study file` {
  @Test func `are all, some in their own order, or none`() throws {
    #expect(try study("comparisons: {learners: true}\n").learners == Learner.allCases)
    #expect(
      try study("comparisons: {learners: [random-forest, svm, svm]}\n").learners
        == [.supportVectorMachine, .randomForest])
    #expect(try study("comparisons: {learners: svm}\n").learners == [.supportVectorMachine])
    for none in [
      "", "comparisons: {learners: false}\n", "comparisons: {learners: []}\n", "comparisons: {}\n",
    ] {
      #expect(try study(none).comparisons == nil)
    }
    #expect(try study("comparisons: {learners: true}\nmodels: []\n").comparisons == nil)
  }

  @Test func `leave no trace in the canonical JSON of a study without them`() throws {
    #expect(!(try study("").canonicalJSON.contains("comparisons")))
    let compared = try study("comparisons: {learners: true}\n")
    #expect(try Study(canonicalJSON: compared.canonicalJSON) == compared)
  }

  @Test(
    arguments: [
      ("comparisons: {learners: [svn]}\n", "Did you mean 'svm'?"),
      ("comparisons: {learners: [xgboost]}\n", "one of svm, random-forest, gradient-boosting"),
      ("comparisons: {learners: [[svm]]}\n", "comparisons.learners[0]"),
      ("comparisons: {learner: svm}\n", "Did you mean 'learners'?"),
      ("comparisons: [svm]\n", "comparisons must be a mapping"),
      (
        "outcome: {event: death, time: months, horizons: [12]}\ncomparisons: {learners: [svm]}\n",
        "time to an event"
      ),
    ])
  func `are refused where they cannot be had`(yaml: String, words: String) throws {
    let error = #expect(throws: StudyError.self) { try study(yaml) }
    let message = try #require(error).message
    #expect(message.contains(words), Comment(rawValue: message))
  }

  @Test func `need their libraries of machines that fit them, and only theirs`() throws {
    #expect(try study("").modellingNeeds == [])
    let needs = try study("comparisons: {learners: [gradient-boosting, random-forest]}\n").modellingNeeds
    #expect(needs.map(\.text) == ["library:xgboost 1.7.4"])
    for need in try study("comparisons: {learners: true}\n").modellingNeeds {
      #expect(TaskNeed(text: need.text) == need)
      #expect(TaskNeed.remedies(for: [need.text]).contains("apt-get install lib"))
    }
    // As a program of another version may write it.
    #expect(TaskNeed(text: "library:xgboost 9.9.9") == nil)
  }
}
