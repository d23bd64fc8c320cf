import Foundation
import ImageFilters
import Radiomics
import Statistics
import StudyPlan
import Testing

@Suite struct `A study file` {
  func study(_ yaml: String) throws(StudyError) -> StudyFile {
    try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/studies/hip.yaml"))
  }

  @Test func `needs a name and a manifest only`() throws {
    let file = try study("study: hip\nmanifest: data/manifest.csv\n")
    #expect(file.manifest.path == "/studies/data/manifest.csv")
    #expect(file.cohort == "hip")
    #expect(file.study.split == .trainingShare(0.7))
    #expect(file.study.models == [.standard(name: "Rad", sources: [.handcrafted])])
    #expect(file.study.bootstrap.replicates == 1000)
  }

  @Test func `brings images of several sites to one orientation, unless it says otherwise`() throws {
    func orientation(_ line: String, sites: Set<String>) throws -> Orientation? {
      var file = try study("study: hip\nmanifest: m.csv\n\(line)\n")
      file.study.settleOrientation(ofImagesFrom: sites)
      return file.study.extraction.preprocessing.orientation
    }
    #expect(try orientation("", sites: ["North"]) == nil)
    #expect(try orientation("", sites: ["North", "South"]) == .lps)
    #expect(try orientation("orientation: as-stored", sites: ["North", "South"]) == .asStored)
    #expect(try orientation("orientation: lps", sites: ["North"]) == .lps)
    #expect(
      try orientation("extraction: {setting: {orientation: as-stored}}", sites: ["North", "South"])
        == .asStored)
    for wrong in ["orientation: RAS", "orientation: lps\nextraction: {setting: {orientation: as-stored}}"] {
      #expect(throws: StudyError.self) { try orientation(wrong, sites: []) }
    }
  }

  @Test func `makes rings of the regions that have their name`() throws {
    let file = try study(
      "study: hip\nmanifest: m.csv\nregion: {ring: {outer: 5}, rim: {outer: 2.5, inner: 1}}\n")
    func row(_ region: String, segment: String? = nil) -> Manifest.Row {
      Manifest.Row(
        subject: "P", site: "N", image: "i", mask: "m", segment: segment, extra: ["Region": region])
    }
    let rows = try file.study.withRings([
      row("tumour"), row("ring"), row("rim", segment: "GTV"), row("ring", segment: "GTV"),
    ])
    #expect(rows.map(\.segment) == [nil, nil, "GTV", "GTV"])
    #expect(rows.map { $0.ring?.description } == [nil, "0,5", "1,2.5", "0,5"])
    #expect(try Study(canonicalJSON: file.study.canonicalJSON) == file.study)
    let error = #expect(throws: StudyError.self) { try file.study.withRings([row("ring")]) }
    #expect(error?.message.contains("region.rim: no row of the manifest has rim in column Region") == true)
    for wrong in [
      "{ring: {outer: 0}}", "{ring: {outer: 5, inner: 6}}", "{ring: {inner: 1}}", "{ring: {outer: 201}}",
      "ring", "{}",
    ] {
      #expect(throws: StudyError.self, "\(wrong)") {
        try study("study: hip\nmanifest: m.csv\nregion: \(wrong)\n")
      }
    }
  }

  @Test func `stored as it was, or asked to be as stored, is one recipe`() throws {
    var parameters = ExtractionParameters()
    let plain = FeatureRecipe(parameters)
    parameters.preprocessing.orientation = .asStored
    #expect(FeatureRecipe(parameters) == plain)
    parameters.preprocessing.orientation = .lps
    #expect(FeatureRecipe(parameters) != plain)
    let uptake = try ExtractionParameters(parameterFile: "setting: {suv: true}")
    #expect(try ExtractionParameters(parameterFile: "setting: {suv: false}") == ExtractionParameters())
    #expect(FeatureRecipe(uptake) != plain && FeatureRecipe(uptake).parameters.contains(#""suv":true"#))
  }

  @Test func `says how many cases may fail, on which no result depends`() throws {
    let plain = try study("study: hip\nmanifest: m.csv\n")
    let none = try study("study: hip\nmanifest: m.csv\nfailure_budget: none\n")
    let own = try study("study: hip\nmanifest: m.csv\nfailure_budget: {share: 0.29, number: 3}\n")
    #expect(plain.failureBudget == FailureBudget(share: 0.2, number: 5))
    #expect(none.failureBudget == nil)
    #expect(own.study == plain.study && none.study == plain.study)
    let budget = try #require(own.failureBudget)
    // 29 % of a hundred may fail, and the thirtieth is too many; of three cases two may.
    #expect(budget.allowed(cases: 100, tasksOfCase: 1) == 29)
    #expect(budget.allowed(cases: 100, tasksOfCase: 2) == 58)
    #expect(budget.allowed(cases: 3, tasksOfCase: 1) == 2)
    for wrong in ["0.2", "some", "{share: 1.5}", "{number: 0}", "{cases: 3}"] {
      #expect(throws: StudyError.self) {
        try study("study: hip\nmanifest: m.csv\nfailure_budget: \(wrong)\n")
      }
    }
  }

  @Test func `says everything that results depend on`() throws {
    let file = try study(
      """
      study: hip
      title: Early osteonecrosis
      outcome: necrotic
      seed: 42
      manifest: m.csv
      cohort: hips-2024
      extraction:
        setting: {binWidth: 10, distances: [1, 2], force2D: true, weightingNorm: no_weighting}
        featureClass: {firstorder: [Mean, Energy], glcm: }
      split: {training: 0.6}
      models:
        - name: Rad
          sources: [handcrafted]
          selection: [mann-whitney: {p: 0.1}, spearman, lasso: {folds: 5, rule: 1se}]
          refit: none
      bootstrap: {replicates: 30, per_task: 20}
      """)
    #expect(file.cohort == "hips-2024")
    #expect(file.study.seed == 42)
    #expect(file.study.extraction.features.binWidth == 10)
    #expect(file.study.extraction.features.distances == [1, 2])
    #expect(file.study.extraction.features.force2D)
    #expect(file.study.extraction.features.weightingNorm == WeightingNorm.noWeighting)
    #expect(
      file.study.extraction.classes == [
        .init(.firstorder, names: ["Energy", "Mean"]), .init(.glcm),
      ])
    #expect(file.study.split == .trainingShare(0.6))
    #expect(
      file.study.models[0].selection == [
        .mannWhitney(maximumP: 0.1), .correlation(.spearman, maximum: 0.9),
        .lasso(folds: 5, rule: .oneStandardError),
      ])
    #expect(file.study.models[0].refit == Refit.none)
    #expect(file.study.bootstrap == BootstrapPlan(replicates: 30, replicatesPerTask: 20))
  }

  @Test func `survives its canonical form unchanged`() throws {
    let study = try study("study: hip\nmanifest: m.csv\nseed: 7\n").study
    let again = try Study(canonicalJSON: study.canonicalJSON)
    #expect(again == study)
    #expect(again.canonicalJSON == study.canonicalJSON)
  }

  @Test(arguments: [
    ("study: hip\nmanifest: m.csv\nmodles: []\n", "Did you mean 'models'?"),
    ("study: hip\nmanifest: m.csv\nextraction: {setting: {binwidth: 5}}\n", "Did you mean 'binWidth'?"),
    ("study: hip\nmanifest: m.csv\nextraction: {featureClass: {gclm: }}\n", "Did you mean 'glcm'?"),
    ("study: hip\nmanifest: m.csv\nmodels: [{name: Rad, selection: [lassso]}]\n", "Did you mean 'lasso'?"),
    ("study: hip\nmanifest: m.csv\nbootstrap: {replicates: 10, pertask: 2}\n", "Did you mean 'per_task'?"),
  ])
  func `offers the nearest known key for an unknown one`(yaml: String, offer: String) {
    #expect { try study(yaml) } throws: { error in
      (error as? StudyError).map { $0.code == .unknownKey && $0.message.contains(offer) } ?? false
    }
  }

  @Test(arguments: [
    ("manifest: m.csv\n", StudyError.Code.missingKey, "study is missing"),
    ("study: hip\n", .missingKey, "manifest is missing"),
    ("study: ../hip\nmanifest: m.csv\n", .badValue, "short name"),
    ("- study\n", .syntax, "must be a mapping"),
    ("study: [hip\n", .syntax, "not valid YAML"),
    ("", .syntax, "is empty"),
    ("study: hip\nmanifest: m.csv\nsplit: {training: 1.5}\n", .badValue, "split.training"),
    ("study: hip\nmanifest: m.csv\nextraction: {setting: {binWidth: '2,5'}}\n", .badValue, "decimal point"),
    ("study: hip\nmanifest: m.csv\nextraction: {setting: {kernelRadius: 2}}\n", .unsupported, "kernelRadius"),
    ("study: hip\nmanifest: m.csv\nextraction: mr-1198\n", .badValue, "mr-1197"),
    ("study: hip\nmanifest: m.csv\nmodels: [{name: A}, {name: A}]\n", .badValue, "same name"),
    ("study: hip\nmanifest: m.csv\nseed: -1\n", .badValue, "seed"),
  ])
  func `is refused with the place and the reason`(yaml: String, code: StudyError.Code, part: String) {
    #expect { try study(yaml) } throws: { error in
      (error as? StudyError).map { $0.code == code && $0.message.contains(part) } ?? false
    }
  }

  @Test func `has at most a hundred models`() throws {
    func many(_ count: Int) -> String {
      "study: hip\nmanifest: m.csv\nmodels:\n" + (0..<count).map { "  - {name: M\($0)}\n" }.joined()
    }
    #expect(try study(many(100)).study.models.count == 100)
    let error = #expect(throws: StudyError.self) { try study(many(5_000)) }
    #expect(error?.message.contains("5000 models, and a study has at most 100") == true)
  }

  @Test func `that is not there is named`() {
    #expect { try StudyFile(at: URL(fileURLWithPath: "/nowhere/study.yaml")) } throws: { error in
      (error as? StudyError).map { $0.code == .unreadable && $0.message.contains("/nowhere/study.yaml") }
        ?? false
    }
  }
}

@Suite struct `A parameter file` {
  @Test func `is overridden by the command line, in image types too`() throws {
    let parameters = try ExtractionParameters(
      parameterFile: "setting: {binWidth: 5}\nimageType: {Original: {}, Wavelet: {binWidth: 7}}\n",
      overrides: ["binWidth:12.5", "distances: [1, 3]"])
    #expect(parameters.features.binWidth == 12.5)
    #expect(parameters.images.map(\.features.binWidth) == [12.5, 12.5])
    #expect(parameters.features.distances == [1, 3])
  }

  @Test func `may give image types settings of their own`() throws {
    let parameters = try ExtractionParameters(
      parameterFile: """
        setting: {binWidth: 5, resampledPixelSpacing: [1, 1, 0], interpolator: sitkLinear}
        imageType:
          LoG: {sigma: [1.0, 3], binWidth: 2}
          Original: {}
          Wavelet: {wavelet: db2, start_level: 1}
        """)
    #expect(parameters.images.map(\.type) == [.original, .wavelet, .laplacianOfGaussian])
    #expect(parameters.images.map(\.features.binWidth) == [5, 5, 2])
    #expect(
      parameters.images[1].filters[WaveletFilter.self].wavelet == "db2"
        && parameters.images[1].filters[WaveletFilter.self].startLevel == 1)
    #expect(
      parameters.images[2].filters[LaplacianOfGaussianFilter.self].sigma.map(\.literal) == ["1.0", "3"])
    #expect(parameters.preprocessing.resampledPixelSpacing == [1, 1, 0])
    #expect(parameters.preprocessing.interpolator == .linear)
  }

  @Test func `may be JSON`() throws {
    let parameters = try ExtractionParameters(
      parameterFile: #"{"setting": {"binCount": 32, "normalize": true}, "imageType": {"Gradient": {}}}"#)
    #expect(parameters.features.binCount == 32 && parameters.preprocessing.normalize)
    #expect(parameters.images.map(\.type) == [.gradient])
  }

  @Test(arguments: [
    ("setting: {binWidth: 5, kernelRadius: 2}", "section voxelSetting); move it there"),
    ("setting: {binWidth: five}", "binWidth"),
    ("setting: {binWidth: -1}", "binWidth is -1.0"),
    ("imageType: {LoG: {}}", "needs sigma"),
    ("imageType: {Wavelet: {wavelet: coif17}}", "coif17"),
    ("imageType: {Fourier: {}}", "not a known key"),
    ("featureClass: {glcm: [Contrst]}", "Contrast"),
    ("- binWidth", "must be a mapping"),
  ])
  func `is refused with the reason`(text: String, part: String) {
    #expect { try ExtractionParameters(parameterFile: text) } throws: { error in
      (error as? StudyError)?.message.contains(part) ?? false
    }
  }

  @Test(arguments: ["binWidth=5", "binWidht:5"])
  func `cannot be overridden by what is not a setting`(override: String) {
    #expect(throws: StudyError.self) { try ExtractionParameters(parameterFile: nil, overrides: [override]) }
  }

  @Test func `may name a parameter file, which counts from its folder`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func extraction(_ value: String) throws -> ExtractionParameters {
      let yaml = "study: hip\nmanifest: m.csv\nextraction: \(value)\n"
      return try StudyFile(yaml: yaml, besides: folder.appendingPathComponent("hip.yaml")).study.extraction
    }
    let parameters = "setting: {binWidth: 5}\nimageType: {Original: {}, LoG: {sigma: [2.0]}}\n"
    try Data(parameters.utf8).write(to: folder.appendingPathComponent("params.yaml"))
    let read = try extraction("params.yaml")
    #expect(try read == ExtractionParameters(parameterFile: parameters))
    #expect(try read == extraction("\(folder.path)/params.yaml"))
    try Data("setting: {binWith: 5}\n".utf8).write(to: folder.appendingPathComponent("wrong.yml"))
    let wrong = #expect(throws: StudyError.self) { try extraction("wrong.yml") }
    #expect(wrong?.code == .unknownKey && wrong?.message.contains("extraction: wrong.yml: ") == true)
    let absent = #expect(throws: StudyError.self) { try extraction("absent.yaml") }
    #expect(absent?.code == .unreadable && absent?.message.contains("absent.yaml cannot be read") == true)
  }

  @Test func `of a profile may be changed in parts`() throws {
    let file = try StudyFile(
      yaml: "study: hip\nmanifest: m.csv\nextraction: {profile: mr-1197, setting: {binWidth: 5}}\n",
      besides: URL(fileURLWithPath: "/studies/hip.yaml"))
    #expect(file.study.extraction.images.map(\.type) == [.original, .wavelet, .laplacianOfGaussian])
    #expect(file.study.extraction.features.binWidth == 5)
    #expect(file.study.extraction.classes.first { $0.featureClass == .glcm }?.names?.count == 22)
  }
}

@Suite struct `A feature key` {
  let image = [UInt8](repeating: 1, count: 32)
  let mask = [UInt8](repeating: 2, count: 32)

  func key(mask: [UInt8]? = nil, label: UInt32 = 1, change: (inout ExtractionParameters) -> Void = { _ in })
    -> [UInt8]
  {
    var parameters = ExtractionParameters()
    change(&parameters)
    return FeatureKey(
      image: image, mask: mask ?? self.mask, label: label, recipe: FeatureRecipe(parameters)
    ).bytes
  }

  @Test func `changes with every input of the extraction`() {
    let keys = [
      key(), key(mask: image), key(label: 2), key { $0.features.binWidth = 24 },
      key { $0.features.force2D = true },
    ]
    #expect(Set(keys).count == keys.count)
    #expect(keys.allSatisfy { $0.count == 32 })
  }

  @Test func `does not change with the label of the parameters, which the region overrides`() {
    #expect(key() == key { $0.label = 3 })
  }
}
