import Foundation
import ImageFilters
import Statistics
import StudyPlan
import Testing

private func study(_ yaml: String, input: String = "manifest: m.csv\n") throws -> Study {
  try StudyFile(yaml: "study: s\nseed: 5\n" + input + yaml, besides: URL(fileURLWithPath: "/studies/s.yaml"))
    .study
}

@Suite struct `Robustness of a study file` {
  @Test func `is every combination of its values, in rising order`() throws {
    let found = try study("robustness: {translation: [0.5, 0], volume: [-0.1, 0.1]}\n")
    #expect(
      found.perturbations.map(\.description) == [
        "T0.0,R0.0,V-0.1,S5", "T0.0,R0.0,V0.1,S5", "T0.5,R0.0,V-0.1,S5", "T0.5,R0.0,V0.1,S5",
      ])
    #expect(found.variants == found.perturbations.map(RegionVariant.perturbed))
    #expect(found.controlVariants.isEmpty)
    #expect(try study("robustness: true\n").perturbations.count == 8)
    #expect(try study("robustness: true\ncontrols: true\n").variants.count == 10)
  }

  @Test func `may add noise and draw contours anew, so many times each`() throws {
    let found = try study("robustness: {noise: 2, volume: [0, 0.1], contour: 1}\n")
    #expect(
      found.perturbations.map(\.description) == [
        "T0.0,R0.0,V0.0,N1,C1,S5", "T0.0,R0.0,V0.1,N1,C1,S5", "T0.0,R0.0,V0.0,N2,C1,S5",
        "T0.0,R0.0,V0.1,N2,C1,S5",
      ])
    #expect(try Study(canonicalJSON: found.canonicalJSON) == found)
    let without = try study("robustness: true\n").canonicalJSON
    #expect(!without.contains("noise") && !without.contains("contour"))
  }

  @Test func `leaves no trace in the canonical JSON of a study without it`() throws {
    #expect(!(try study("").canonicalJSON.contains("robustness")))
    #expect(try study("robustness: false\n").robustness == nil)
    let robust = try study("robustness: true\nmodels: [{name: R, selection: [icc: {from: perturbations}]}]\n")
    #expect(try Study(canonicalJSON: robust.canonicalJSON) == robust)
    let step = try #require(robust.models[0].selection[0].ofPerturbations)
    #expect(step.kind == .oneWay && step.minimum == 0.9 && step.bound == .lowerLimit)
    let repeats = try study("models: [{name: R, selection: [icc: {from: repeats}]}]\n")
    #expect(repeats == (try study("models: [{name: R, selection: [icc: {}]}]\n")))
    #expect(!repeats.canonicalJSON.contains("from"))
  }

  @Test(arguments: [
    ("robustness: {translation: [0.5]}\n", "at least 2"),
    ("robustness: {translation: [1.5, 0]}\n", "robustness.translation[0]"),
    ("robustness: {rotation: [0, 45]}\n", "robustness.rotation[1]"),
    ("robustness: {volume: [0.1, 0.1]}\n", "stands twice"),
    ("robustness: {volume: []}\n", "robustness.volume"),
    ("robustness: {noise: 0}\n", "robustness.noise"), ("robustness: {contour: 65}\n", "robustness.contour"),
    ("robustness: {contour: 1}\n", "at least 2"),
    ("robustness: {noise: 64, contour: 64}\n", "64 are the most"),
    ("robustness: {shift: [0.1, 0.2]}\n", "shift"),
    ("robustness: yes please\n", "robustness"),
    (
      "robustness: {translation: [0, 0.1, 0.2, 0.3, 0.4], rotation: [-2, -1, 0, 1, 2], volume: [-0.1, 0, 0.1]}\n",
      "64 are the most"
    ),
    ("models: [{name: R, selection: [icc: {from: perturbations}]}]\n", "the study has none"),
    (
      "robustness: true\nclinical: {columns: {Age: number}}\nmodels: [{name: C, clinical: [Age]}]\n",
      "no model has features of images"
    ),
    (
      "outcome: {event: E, time: T, horizons: [12]}\nmodels: [{name: R, selection: [icc: {from: perturbations}]}]\n",
      "the study has none"
    ),
  ])
  func `is refused where it cannot be had`(yaml: String, words: String) throws {
    let error = #expect(throws: StudyError.self) { try study(yaml) }
    #expect(try #require(error).message.contains(words), "\(error?.message ?? "")")
  }

  @Test func `is of all sources that a study computes, in studies of times to an event, too`() throws {
    let deep = try study(
      "robustness: true\ncontrols: true\ndeep: {weights: random-seed-1}\n"
        + "models: [{name: R, sources: [handcrafted]}, {name: D, sources: [deep]}]\n")
    #expect(deep.variants.map(deep.sources(of:)).prefix(2) == [[.handcrafted], [.handcrafted]])
    #expect(deep.perturbations.count == 8)
    #expect(
      deep.variants.dropFirst(2).allSatisfy { deep.sources(of: $0) == [.handcrafted, .deep] })
    let alone = try study(
      "robustness: true\ndeep: {weights: random-seed-1}\nmodels: [{name: D, sources: [deep]}]\n")
    #expect(alone.variants.count == 8 && alone.variants.allSatisfy { alone.sources(of: $0) == [.deep] })
    let survival = try study(
      "robustness: true\noutcome: {event: E, time: T, horizons: [12]}\n"
        + "models: [{name: R, selection: [icc: {from: perturbations, minimum: 0.8}]}]\n")
    #expect(survival.perturbations.count == 8)
    #expect(survival.models[0].agreementOfPerturbations.map(\.minimum) == [0.8])
  }

  @Test func `is refused of a table of features`() throws {
    let error = #expect(throws: StudyError.self) {
      try study("robustness: true\n", input: "features: t.csv\n")
    }
    #expect(try #require(error).message.contains("no images and regions"))
  }
}
