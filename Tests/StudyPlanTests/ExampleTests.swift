import Digests
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

  /// The digest is part of a job's key: another one would make every stored job of the study a new one.
  @Test(arguments: [
    ("busbra", "a792b952c0bd2e9461ec11c2a1f802fe692c3dc601fdf9712095b0fe0824259a"),
    ("demo", "1ad70417d73e2e5cf08b113ac8b649325106cad40dad161e59f657792a4de802"),
    ("glioma", "63d38d5865e292982186dcc4b143d13d31122489720176f2fe74dd7150b64886"),
    ("paper", "d4a409aa7a605466a69ad2726ecd87f9f399c3fba83f424bec8493a4ce0664c3"),
    ("sts-mr", "9f409a26fb49384a56d96512dedc2c3de58abb02e922149f367e93455ad5e063"),
  ])
  func `have the canonical JSON that they always had`(name: String, digest: String) throws {
    #expect(sha256([Data(try example(name).canonicalJSON.utf8)]).hexadecimal == digest)
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
