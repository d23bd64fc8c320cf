import Foundation
import Statistics
import StudyPlan
import Testing

private func study(_ yaml: String) throws -> StudyFile {
  try StudyFile(
    yaml: "study: hip\nmanifest: m.csv\n" + yaml, besides: URL(fileURLWithPath: "/studies/hip.yaml"))
}

private func message(_ yaml: String) -> String {
  do {
    _ = try study(yaml)
    return "read without error"
  } catch {
    return (error as? StudyError)?.message ?? "\(error)"
  }
}

@Suite struct `The pipeline in a study file` {
  @Test func `has every step, in any order`() throws {
    let model = try study(
      """
      models:
        - name: Rad
          selection:
            - icc: {kind: consistency, minimum: 0.8, bound: lower-limit}
            - near-zero-variance: {frequency_ratio: 10}
            - variance: {threshold: 0.1}
            - t-test: {variances: equal, adjust: bh}
            - pearson: {threshold: 0.8}
            - mrmr: {count: 20}
            - elastic-net: {alpha: 0.3, rule: 1se, convention: sharedPath}
          refit: ridge: {folds: 5}
          missing: drop-case
      """.replacing("ridge: {folds: 5}", with: "{ridge: {folds: 5}}")
    ).study.models[0]
    #expect(
      model.selection == [
        .reliability(.consistency, minimum: 0.8, bound: .lowerLimit),
        .nearZeroVariance(NearZeroVariance(frequencyRatio: 10)), .variance(threshold: 0.1),
        .tTest(maximumP: 0.05, variances: .equal, adjustment: .benjaminiHochberg),
        .correlation(.pearson, maximum: 0.8), .minimumRedundancy(count: 20),
        .lasso(folds: 10, rule: .oneStandardError, convention: .sharedPath, alpha: 0.3),
      ])
    #expect(model.refit == .crossValidatedRidge(folds: 5) && model.missing == .dropCase)
  }

  @Test func `has the same canonical JSON in every version`() throws {
    let model = try study(
      """
      models:
        - name: Rad
          selection:
            - icc
            - variance
            - near-zero-variance
            - mann-whitney
            - t-test
            - spearman
            - pearson
            - mrmr
            - lasso
            - elastic-net
      """
    ).study.models[0]
    let steps = [
      #"{"reliability":{"_0":"agreement","bound":"estimate","minimum":0.75}}"#,
      #"{"variance":{"threshold":0}}"#,
      #"{"nearZeroVariance":{"_0":{"frequencyRatio":19,"uniquePercent":10}}}"#,
      #"{"mannWhitney":{"adjustment":"none","maximumP":0.05}}"#,
      #"{"tTest":{"adjustment":"none","maximumP":0.05,"variances":"unequal"}}"#,
      #"{"correlation":{"_0":"spearman","maximum":0.9}}"#, #"{"correlation":{"_0":"pearson","maximum":0.9}}"#,
      #"{"minimumRedundancy":{"count":30}}"#,
      #"{"lasso":{"alpha":1,"convention":"ownPath","folds":10,"rule":"min"}}"#,
      #"{"lasso":{"alpha":0.5,"convention":"ownPath","folds":10,"rule":"min"}}"#,
    ]
    let expected =
      #"{"cutoff":{"youden":{}},"missing":{"dropFeature":{}},"name":"Rad","refit":{"ridge":{"penalty":1}},"#
      + #""selection":["# + steps.joined(separator: ",") + #"],"sources":["handcrafted"]}"#
    #expect(String(decoding: canonicalBytes(of: model), as: UTF8.self) == expected)
  }

  @Test func `names the steps and options there are`() {
    func error(_ step: String) -> String { message("models:\n  - {name: Rad, selection: [\(step)]}\n") }
    #expect(
      error("spearmen")
        == "'spearmen' in models[0].selection[0] is not a known key. Did you mean 'spearman'? Known here: icc, "
        + "variance, near-zero-variance, mann-whitney, t-test, spearman, pearson, mrmr, lasso, elastic-net.")
    #expect(
      error("t-test: {q: 0.1}")
        == "'q' in models[0].selection[0].t-test is not a known key. Known here: p, adjust, variances.")
    #expect(
      error("mrmr: {count: 0}")
        == "models[0].selection[0].mrmr.count must be a whole number from 1 to 100000, but is '0'.")
  }

  @Test func `harmonises and cuts every model alike unless a model says otherwise`() throws {
    let models = try study(
      """
      harmonisation: {method: combat, parametric: false, mean_only: true, reference: North, covariates: [Age, Sex]}
      cutoff: {sensitivity: 0.9}
      models:
        - {name: A}
        - {name: B, harmonisation: none, cutoff: {value: 0.4}}
        - {name: C, harmonisation: {empirical_bayes: false}, cutoff: {specificity: 0.8}}
      """
    ).study.models
    #expect(
      models[0].harmonisation
        == CombatSettings(
          prior: .nonParametric, isMeanOnly: true, referenceSite: "North", covariates: ["Age", "Sex"]))
    #expect(models[1].harmonisation == nil && models[2].harmonisation?.prior == CombatSettings.Prior.none)
    #expect(models.map(\.cutoff) == [.sensitivity(minimum: 0.9), .fixed(0.4), .specificity(minimum: 0.8)])
  }

  @Test func `leaves each site out, whose features then pass harmonisation unchanged`() throws {
    let study = try study("split: leave-one-site-out\nharmonisation: {method: combat}\n").study
    #expect(study.split == .leaveOneSiteOut)
    #expect(study.models[0].harmonisation?.unseenSite == .unchanged)
    #expect(
      message("split: leave-one-site-out\nharmonisation: {unseen: refuse}\n").contains("write unchanged"))
  }

  @Test func `reads the two-stage bootstrap`() throws {
    let plan = try study(
      "bootstrap: {replicates: 30, per_task: 20, two_stage: {outer: 5, inner: 4, per_task: 2}}\n"
    ).study.bootstrap
    #expect(
      plan
        == BootstrapPlan(
          replicates: 30, replicatesPerTask: 20,
          twoStage: TwoStagePlan(outer: 5, inner: 4, outerPerTask: 2)))
  }

  @Test(arguments: [
    ("models: [{name: A, selection: [icc: {kind: agreemnt}]}]\n", "Did you mean 'agreement'?"),
    ("harmonisation: {method: harmony}\n", "must be combat"),
    ("harmonisation: {covariate: [Age]}\n", "Did you mean 'covariates'?"),
    ("cutoff: sensitivity\n", "needs a number"),
    ("cutoff: {sensitivity: 90}\n", "from 0.0 to 1.0"),
    ("split: leave-one-out\n", "Did you mean"),
    ("bootstrap: {two_stage: {outer: 40000}}\n", "from 1 to 32767"),
    ("outcome: {positive: yes, negative: Yes}\n", "both positive and negative"),
    ("features: t.csv\n", "remove manifest"),
  ]) func `is refused with the place and the remedy`(yaml: String, part: String) {
    #expect(message(yaml).contains(part), "\(message(yaml))")
  }

  @Test func `refuses the outcome, the site and unknown columns as covariates`() throws {
    func refusal(_ name: String) throws -> String {
      let study = try study("harmonisation: {covariates: [\(name)]}\n").study
      do {
        try study.requireCovariates(in: ["Age", "Sex"], design: Manifest.designColumns(outcome: "IDH"))
        return "accepted"
      } catch {
        return error.message
      }
    }
    #expect(try refusal("Age") == "accepted")
    #expect(try refusal("IDH").contains("'IDH' is the outcome"))
    #expect(try refusal("outcome").contains("is the outcome"))
    #expect(try refusal("Site").contains("no covariate"))
    #expect(try refusal("Sexx").contains("Did you mean 'Sex'?"))
  }
}

@Suite struct `An outcome coded as text` {
  private func outcomes(_ values: [String], _ yaml: String) throws -> [Int?] {
    let rows = values.enumerated().map { "P\($0),N,i,m,\($1)" }.joined(separator: "\n")
    return try TemporaryFile.with("ID,Site,Image,Mask,Outcome\n\(rows)\n") { url in
      try Manifest(at: url, outcome: try study(yaml).outcomeCoding).rows.map(\.outcome)
    }
  }

  @Test func `is read as the study file says`() throws {
    #expect(
      try outcomes(["malignant", "Benign", "", "MALIGNANT"], "outcome: {positive: malignant}\n") == [
        1, 0, nil, 1,
      ])
    #expect(
      try outcomes(["II", "III", "none"], "outcome: {positive: [II, III], negative: none}\n") == [1, 1, 0])
    #expect(try study("outcome: {positive: malignant, text: cancer}\n").study.outcome == "cancer")
  }

  @Test(arguments: [
    (["malignant", "benign"], "", "expected 0 or 1; name the value that means 1"),
    (["malignant", "malignnat", "benign"], "outcome: {positive: malignant}\n", "say which mean 0"),
    (["yes", "maybe"], "outcome: {positive: yes, negative: no}\n", "line 3: Outcome is 'maybe'"),
  ]) func `is refused where it cannot be told`(values: [String], yaml: String, part: String) {
    #expect { try outcomes(values, yaml) } throws: { ($0 as? StudyError)?.message.contains(part) ?? false }
  }
}

@Suite struct `Repeat segmentations in a manifest` {
  private func read(_ rows: String) throws -> [Manifest.Row] {
    try TemporaryFile.with("ID,Site,Image,Mask,Outcome,repeat\n" + rows) { try Manifest(at: $0).rows }
  }

  @Test func `are rows of the same image with a name in column Repeat`() throws {
    let rows = try read("P1,N,i,m,1,\nP1,N,i,m2,1,reader 2\nP2,N,j,m,0,\n")
    #expect(rows.map { $0.extra["Repeat"] } == ["", "reader 2", ""])
  }

  @Test(arguments: [
    ("P1,N,i,m,1,\nP1,N,k,m2,1,b\n", "line 3: Repeat is 'b', but 0 rows of the same image have no Repeat"),
    ("P1,N,i,m,1,\nP1,N,i,m3,1,\nP1,N,i,m2,1,b\n", "but 2 rows"),
    ("P1,N,i,m,1,\nP1,N,i,m2,1,b\nP1,N,i,m3,1,b\n", "line 4: the same image and Repeat as line 3"),
  ]) func `must belong to one segmentation that is modelled`(rows: String, part: String) {
    #expect { try read(rows) } throws: { ($0 as? StudyError)?.message.contains(part) ?? false }
  }
}
