import LinearAlgebra
import Statistics

extension Scenario {
  /// One to three images a subject, half of the variance of their scores the subject's own. With `isMixed` every image
  /// has an outcome of its own, else all images of a subject have the subject's.
  ///
  /// Rows of the table that take images for independent stand beside those that do not.
  static func images(_ size: (cases: Int, controls: Int), isMixed: Bool) -> Scenario {
    let auc = 0.8
    let (distance, outcomes) = (separation(auc), outcomes(size))
    let cutoff = distance / 2
    let sensitivity = NormalDistribution.cumulative(distance - cutoff)
    return Scenario(
      name: "AUC 0.8, \(label(size)) subjects" + (isMixed ? ", outcome of each image" : ""),
      intervals: [
        "DeLong, logit, images as independent", "DeLong, logit, clustered", "DeLong, clustered",
        "cluster bootstrap, percentile", "cluster bootstrap, BCa", "paired DeLong, clustered",
        "sensitivity, Wilson, images as independent", "sensitivity, Wilson, clustered",
        "sensitivity, Clopper-Pearson, effective numbers", "sensitivity, cluster bootstrap",
      ]
    ) { stream, study in
      var (subjects, positives, scores, others) = ([Int](), [Bool](), [Double](), [Double]())
      func part(_ own: Double) -> Double { 0.5.squareRoot() * (own + stream.normal()) }
      for (subject, outcome) in outcomes.enumerated() {
        let own = [stream.normal(), stream.normal()]
        for _ in 0..<1 + stream.index(below: 3) {
          let isCase = isMixed ? stream.uniform() < 0.45 : outcome
          subjects.append(subject)
          positives.append(isCase)
          scores.append((isCase ? distance : 0) + part(own[0]))
          others.append((isCase ? distance : 0) + part(own[1]))
        }
      }
      let clusters = Clusters(subjects)
      let images = DeLong(scores, positives: positives)
      let areas = [scores, others].map { DeLong($0, positives: positives, clusters: clusters) }
      let bootstrap = StratifiedBootstrap(
        scores, positives: positives, clusters: clusters, seed: UInt64(study))
      let calls = scores.map { $0 >= cutoff }
      let cases = positives.indices.filter { positives[$0] }
      let called = cases.map { calls[$0] }
      let share = Proportion(called.count { $0 }, of: called.count)
      let clustered = ClusteredProportion(called, clusters: clusters?.selecting(cases))
      let resampled = ResampledMeasures(
        scores.map(logistic), positives: positives, calls: calls, clusters: clusters, seed: UInt64(study))
      let paired = areas[0].flatMap { one in areas[1].map { one.paired(with: $0).interval } }
      return [
        images?.logitInterval(), areas[0]?.logitInterval(), areas[0]?.interval(),
        bootstrap?.percentileInterval(), bootstrap?.acceleratedInterval(),
      ].map { Outcome($0, truth: auc) } + [Outcome(paired, truth: 0)]
        + [
          share.wilsonInterval(), clustered?.wilsonInterval(), clustered?.exactInterval(),
          resampled?.sensitivity,
        ].map { Outcome($0, truth: sensitivity) }
    }
  }
}
