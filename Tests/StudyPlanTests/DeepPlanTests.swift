import Foundation
import ImageFilters
import NeuralNet
import Radiomics
import StudyPlan
import Testing

@Suite struct `The section deep of a study file` {
  static func study(_ lines: String) throws(StudyError) -> Study {
    try StudyFile(
      yaml: "study: hip\nmanifest: m.csv\n\(lines)\n", besides: URL(fileURLWithPath: "/studies/hip.yaml")
    ).study
  }

  @Test func `needs weights only, and brings the three models of the paper`() throws {
    let study = try Self.study("deep: {weights: nets/resnet18.safetensors}")
    #expect(study.deep == DeepPlan(weights: DeepWeights(name: "nets/resnet18.safetensors")))
    #expect(study.models.map(\.name) == ["Rad", "DL", "DLR"])
    #expect(study.models.map(\.sources) == [[.handcrafted], [.deep], [.handcrafted, .deep]])
    #expect(study.sources == [.handcrafted, .deep])
  }

  @Test func `says which network, or leaves it to the file or the name`() throws {
    func weights(_ line: String) throws -> DeepWeights? { try Self.study("deep: {\(line)}").deep?.weights }
    #expect(try weights("weights: a, network: resnet50")?.architecture == .resnet50)
    #expect(try weights("weights: a")?.network == nil)
    let random = try #require(try weights("weights: random-resnet152-seed-7"))
    #expect(random.architecture == .resnet152 && random.randomSeed == 7)
    #expect(DeepWeights(name: "random-resnet18-seed-7").randomSeed == nil, "one name for one network")
  }

  private static func settings(_ change: (inout DeepSettings) -> Void) -> DeepSettings {
    var settings = DeepSettings()
    change(&settings)
    return settings
  }

  @Test(arguments: [
    ("slices: 3", settings { $0.slices = .even(count: 3, pooling: .mean) }),
    ("slices: 5, pooling: max", settings { $0.slices = .even(count: 5, pooling: .max) }),
    ("slices: all, pooling: mean", settings { $0.slices = .all(pooling: .mean) }),
    ("slices: largest", settings { _ in }),
    ("margin: {mm: 7.5}", settings { $0.margin = .millimetres(length: 7.5) }),
    ("margin: {share: 0}", settings { $0.margin = .share(fraction: 0) }),
    ("padding: edge", settings { $0.padding = .edge }),
    ("window: minmax", settings { $0.window = .minMax }),
    ("window: {percentiles: [0.5, 99.5]}", settings { $0.window = .percentiles(lower: 0.5, upper: 99.5) }),
    ("window: {fixed: [-160, 240]}", settings { $0.window = .fixed(lower: -160, upper: 240) }),
    ("mask_outside: true", settings { $0.masksOutside = true }),
    ("channels: neighbours", settings { $0.channels = .neighbours }),
    ("channels: same, normalisation: imagenet", settings { _ in }),
    ("size: [64, 64, 32]", settings { $0.size = [64, 64, 32] }),
    ("normalisation: symmetric", settings { $0.normalisation = .symmetric }),
  ])
  func `sets what it says`(line: String, expected: DeepSettings) throws {
    #expect(try Self.study("deep: {weights: random-seed-1, \(line)}").deep?.settings == expected)
  }

  @Test func `is said on a command line with the same keys`() throws {
    let settings = try DeepSettings(overrides: [
      "slices:2", "slices:4", "window:{fixed: [1, 2]}", "pooling: max",
    ])
    #expect(settings.slices == .even(count: 4, pooling: .max))
    #expect(settings.window == .fixed(lower: 1, upper: 2))
    #expect(throws: StudyError.self) { try DeepSettings(overrides: ["slices"]) }
    #expect(throws: StudyError.self) { try DeepSettings(overrides: ["weights:x"]) }
  }

  @Test(arguments: [
    ("deep: {}", StudyError.Code.missingKey, "deep.weights is missing"),
    ("deep: {weights: a, slice: 3}", .unknownKey, "Did you mean 'slices'?"),
    ("deep: {weights: /nets/a.safetensors}", .badValue, "--weights"),
    ("deep: {weights: ../a.safetensors}", .badValue, "--weights"),
    ("deep: {weights: random-seed-x}", .badValue, "whole number"),
    ("deep: {weights: random-resnet77-seed-1}", .badValue, "one of resnet18, resnet34"),
    ("deep: {weights: random-resnet50-seed-1, network: resnet34}", .badValue, "Leave network out"),
    ("deep: {weights: a, network: resnet77}", .badValue, "must be one of resnet18, resnet34, resnet50"),
    ("deep: {weights: random-seed-01}", .badValue, "whole number"),
    ("deep: {weights: a, sha256: abc}", .badValue, "64 hexadecimal digits"),
    ("deep: {weights: a, slices: 0}", .badValue, "deep.slices must be largest, all or a number"),
    ("deep: {weights: a, pooling: max}", .badValue, "needs several slices"),
    ("deep: {weights: a, slices: 2, pooling: min}", .badValue, "one of mean, max"),
    ("deep: {weights: a, margin: 10}", .syntax, "deep.margin must be a mapping"),
    ("deep: {weights: a, margin: {mm: 1, share: 1}}", .badValue, "{mm: LENGTH}"),
    ("deep: {weights: a, margin: {mm: -1}}", .badValue, "deep.margin.mm"),
    ("deep: {weights: a, window: full}", .badValue, "minmax"),
    ("deep: {weights: a, window: {percentiles: [99, 1]}}", .badValue, "lower < upper"),
    ("deep: {weights: a, window: {fixed: [1]}}", .badValue, "two numbers"),
    ("deep: {weights: a, size: 64}", .badValue, "three whole numbers"),
    ("deep: {weights: a, size: [64, 64]}", .badValue, "three whole numbers"),
    ("deep: {weights: a, size: [64, 64, 4]}", .badValue, "from 8 to 448"),
    ("deep: {weights: a, channels: 3}", .badValue, "one of same, neighbours"),
    ("deep: {weights: a, normalisation: none}", .badValue, "one of imagenet, symmetric"),
    ("deep: {weights: a, task: mine}", .badValue, "one of shared, own"),
    ("models: [{name: DL, sources: [deep]}]", .missingKey, "section deep is missing"),
    ("models: [{name: A, sources: []}]", .badValue, "one at least"),
    ("deep: {weights: a}\nmodels: [{name: A, sources: [deep, deep]}]", .badValue, "once"),
  ])
  func `is refused with the place and the reason`(lines: String, code: StudyError.Code, part: String) {
    #expect { try Self.study(lines) } throws: { error in
      guard let error = error as? StudyError else { return false }
      return error.code == code && error.message.contains(part)
    }
  }

  @Test func `survives the canonical form of the study`() throws {
    var study = try Self.study(
      "deep: {weights: random-seed-1, slices: 3, margin: {mm: 0.1}, window: {fixed: [0.1, 0.7]}, task: own}")
    study.deep?.weights.sha256 = String(repeating: "ab", count: 32)
    let again = try Study(canonicalJSON: study.canonicalJSON)
    #expect(again == study && again.canonicalJSON == study.canonicalJSON)
    #expect(study.canonicalJSON.contains("random-seed-1"))
  }

  @Test func `is refused in a stored study that does not say which weights`() throws {
    let study = try Self.study("deep: {weights: random-seed-1}")
    #expect {
      try Study(canonicalJSON: study.canonicalJSON)
    } throws: { error in
      guard let error = error as? StudyError else { return false }
      return error.code == .syntax && error.message.contains("no digest of their weights")
    }
  }

  @Test func `leaves hand-crafted features out only where no model uses them`() throws {
    #expect(
      try Self.study("deep: {weights: a}\nmodels: [{name: DL, sources: [deep]}]").sources == [.deep])
    #expect(try Self.study("deep: {weights: a}\nmodels: []").sources == [.handcrafted, .deep])
    #expect(try Self.study("models: []").sources == [.handcrafted])
  }
}

@Suite struct `Recipes of features` {
  func recipes(_ lines: String = "", digest: Character = "a", change: (inout Study) -> Void = { _ in }) throws
    -> [FeatureRecipe]
  {
    var study = try `The section deep of a study file`.study("deep: {weights: n.safetensors\(lines)}")
    study.deep?.weights.sha256 = String(repeating: digest, count: 64)
    change(&study)
    return study.recipes
  }

  @Test(arguments: [
    ", slices: 2", ", margin: {mm: 3}", ", padding: edge", ", window: minmax", ", mask_outside: true",
    ", channels: neighbours", ", normalisation: symmetric",
  ])
  func `of deep settings change the deep one alone`(line: String) throws {
    let (before, after) = (try recipes(), try recipes(line))
    #expect(before[0] == after[0])
    #expect(before[1] != after[1])
  }

  @Test func `of other weights under the same name are others`() throws {
    #expect(try recipes()[1] != recipes(digest: "b")[1])
  }

  @Test func `of the same weights under another name, or in tasks of their own, are the same`() throws {
    #expect(try recipes() == recipes(", task: own"))
    #expect(try recipes() == recipes { $0.deep?.weights.name = "other.safetensors" })
  }

  @Test func `of hand-crafted settings leave the deep one alone, but not those of reading the files`() throws
  {
    let before = try recipes()
    let after = try recipes {
      $0.extraction.features.binWidth = 3
      $0.extraction.preprocessing.normalize = true
      $0.extraction.label = 7
    }
    #expect(before[0] != after[0])
    #expect(before[1] == after[1])
    #expect(try recipes { $0.extraction.labelChannel = 2 }[1] != before[1])
    #expect(try recipes { $0.extraction.preprocessing.correctMask = true }[1] != before[1])
  }

  @Test func `of a random network say so`() throws {
    let random = try recipes { $0.deep?.weights.name = "random-seed-4" }[1]
    #expect(random.parameters.contains("random-seed-4"))
    #expect(DeepWeights(name: "random-seed-4").label.contains("not a trained network"))
    #expect(DeepWeights(name: "random-seed-4.safetensors").randomSeed == nil)
  }
}
