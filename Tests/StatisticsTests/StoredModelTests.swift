import Foundation
import Statistics
import Testing

/// A model as it is stored, which another program may have written.
@Suite struct `A stored model` {
  private static let harmonisation =
    #"{"covariates":[],"features":[{"deviation":1,"effects":[{"scale":1,"shift":0}],"mean":0,"slopes":[]}],"#
    + #""locationOnly":[],"sites":["A"],"unseenSite":"refuse"}"#

  private static let sound =
    #"{"coefficients":[1.5],"cutoff":0.5,"deviations":[1],"featureNames":["f"],"features":[0],"#
    + #""harmonisation":\#(harmonisation),"intercept":-1,"means":[2],"medians":[3],"name":"Rad","steps":[],"#
    + #""warnings":[]}"#

  private func read(_ text: String) throws -> FittedModel {
    try JSONDecoder().decode(FittedModel.self, from: Data(text.utf8))
  }

  @Test func `comes back as it was written`() throws {
    let model = try read(Self.sound)
    #expect((model.means, model.medians, model.harmonisation?.sites ?? []) == ([2], [3], ["A"]))
    let encoded = try JSONEncoder().encode(model)
    #expect(try JSONDecoder().decode(FittedModel.self, from: encoded) == model)
  }

  /// Each was read, and ended the program that wrote the model into a file or gave it a patient.
  @Test(arguments: [
    (#""coefficients":[1.5]"#, #""coefficients":[]"#), (#""deviations":[1]"#, #""deviations":[1,1]"#),
    (#""featureNames":["f"]"#, #""featureNames":[]"#), (#""features":[0]"#, #""features":[0,1]"#),
    (#""means":[2]"#, #""means":[]"#), (#""medians":[3]"#, #""medians":[]"#),
    (#""slopes":[]"#, #""slopes":[1]"#), (#""effects":[{"scale":1,"shift":0}]"#, #""effects":[]"#),
    (harmonisation, harmonisation.replacing(#""features":[{"#, with: #""features":[null,{"#)),
  ])
  func `whose lists differ in length is refused`(part: String, other: String) {
    let text = Self.sound.replacing(part, with: other)
    #expect(text != Self.sound)
    #expect(throws: DecodingError.self) { try read(text) }
  }
}
