import Foundation
import StudyPlan
import Testing

private func message(_ yaml: String, input: String = "manifest: m.csv") throws -> String {
  let error = try #require(throws: StudyError.self) {
    _ = try StudyFile(
      yaml: "study: s\n\(input)\n\(yaml)\n", besides: URL(fileURLWithPath: "/studies/s.yaml"))
  }
  return error.message
}

@Suite struct `The sentence about a study file` {
  @Test func `says that a number in quotes is to stand without them`() throws {
    #expect(
      try message(#"seed: "1""#)
        == "seed must be a whole number of at least 0, but is '1'. Write it without quotes.")
    #expect(
      try message("robustness: {rotation: ['4', -4]}")
        == "robustness.rotation[0] must be a number from -30.0 to 30.0, but is '4'. Write it without quotes.")
    #expect(try message("seed: 1.5").hasSuffix("but is '1.5'."))
    #expect(try message("seed: 'one'").hasSuffix("but is 'one'."))
  }

  @Test func `shows the beginning of a text that is far too long`() throws {
    let long = String(repeating: "a", count: 100_000)
    // YAML takes no key of more than 1,024 characters.
    for yaml in ["seed: \(long)", "\(long.prefix(500)): 1", "duplicates: \(long)"] {
      let text = try message(yaml)
      #expect(text.count < 1000 && text.contains(String(repeating: "a", count: 100) + "…"))
    }
    let name = try #require(throws: StudyError.self) {
      _ = try StudyFile(
        yaml: "study: \(long)\nmanifest: m.csv\n", besides: URL(fileURLWithPath: "/studies/s.yaml"))
    }
    #expect(name.message.count < 1000)
  }

  @Test func `says what to do with a key that a survival study has no use for`() throws {
    let outcome = "outcome: {event: DEAD, time: MONTHS, horizons: [12]}\n"
    #expect(
      try message(outcome + "comparisons: {learners: true}").hasSuffix("by their AUC. Remove comparisons."))
  }

  @Test func `names the column of events where one is neither 0 nor 1`() throws {
    let error = try #require(throws: StudyError.self) {
      try TemporaryFile.with("ID,Site,DEAD,MONTHS,f\nP1,N,1,20,1\nP2,N,2,20,1\n") { url in
        let file = try StudyFile(
          yaml: "study: s\nfeatures: table.csv\noutcome: {event: DEAD, time: MONTHS, horizons: [12]}\n",
          besides: url)
        _ = try FeatureTableFile(
          at: file.manifest, layout: try #require(file.table), outcome: file.outcomeCoding,
          covariates: file.study.covariates)
      }
    }
    #expect(
      error.message.contains(
        "line 3: DEAD is '2'; expected 0 or 1; name the value that means 1 in the study file, as in outcome: {event: DEAD, positive:"
      ), "\(error.message)")
  }
}
