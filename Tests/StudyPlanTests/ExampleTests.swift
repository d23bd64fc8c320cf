import Foundation
import StudyPlan
import TestSupport
import Testing

@Suite struct `The examples` {
  static let folder = ReferenceData.repository.appendingPathComponent("Examples")

  private func example(_ name: String) throws -> Study {
    try StudyFile(at: Self.folder.appendingPathComponent("\(name).yaml")).study
  }

  @Test func `can all be read, and are named after their files`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
      $0.hasSuffix(".yaml")
    }
    #expect(files.count >= 4)
    for file in files { #expect(try example(String(file.dropLast(5))).name + ".yaml" == file) }
  }

  @Test(arguments: ["sts-mr", "busbra", "paper"])
  func `of real cohorts and of the paper have the three models on an untrained network`(name: String) throws {
    let study = try example(name)
    #expect(study.models.map(\.name) == ["Rad", "DL", "DLR"])
    #expect(study.models.map(\.sources) == [[.handcrafted], [.deep], [.handcrafted, .deep]])
    #expect(study.deep?.weights.randomSeed != nil)
  }

  @Test func `have the paper's numbers`() throws {
    let study = try example("paper")
    #expect(study.split == .trainingShare(0.7))
    #expect(study.bootstrap.replicates == 1000)
    #expect(study.extraction == (try ExtractionParameters(parameterFile: ParameterProfile.mr1197.yaml)))
  }
}
