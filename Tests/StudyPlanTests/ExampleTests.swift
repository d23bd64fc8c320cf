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
    ("busbra", "c930b7614ff8bb9a802a16688a81443189651650d119e5831ae12a6ffcfba3d2"),
    ("demo", "09264d96b71f1798856349834a731c0c6756e80fe331bdcb57b6b762af7c5bec"),
    ("glioma", "afe044a3d33c325cc5e9e237e681ccfaedf27e860abe82fc4c61578479475298"),
    ("paper", "edb8983fc9b42c74cd2ed5c2d2eac131f0bda8e0667fb4a6ba96d30b7c255de1"),
    ("sts-mr", "b9c4aa23bb63e7ada0aca7b71c67ec185fbf556d65f04af39e2357ff63adfae6"),
  ])
  func `have the canonical JSON that they always had`(name: String, digest: String) throws {
    let found = sha256(of: try example(name).canonicalJSON.utf8).hexadecimal
    #expect(found == digest)
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
