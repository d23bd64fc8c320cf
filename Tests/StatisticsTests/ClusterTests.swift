import Foundation
import LinearAlgebra
import Statistics
import Testing

/// Twenty images of twelve subjects, some with both outcomes, by two scores with ties. Expected values are those of R 4.2
/// by plain double loops over pairs of images and subjects (`glm`, `rowsum`, `qbeta`), run once.
private enum Images {
  static let first = [
    0.81, 0.62, 0.35, 0.55, 0.90, 0.42, 0.48, 0.15, 0.62, 0.71, 0.33, 0.28, 0.55, 0.66, 0.20, 0.77, 0.48,
    0.39, 0.58, 0.25,
  ]
  static let second = [
    0.60, 0.71, 0.52, 0.35, 0.85, 0.55, 0.41, 0.30, 0.44, 0.52, 0.47, 0.39, 0.61, 0.43, 0.36, 0.58, 0.66,
    0.29, 0.49, 0.34,
  ]
  static let positives = [1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0].map { $0 == 1 }
  static let subjects = [1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 10, 11, 12]
  static var clusters: Clusters? { Clusters(subjects) }
  static let z = 1.959963984540054
}

private func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool { abs(a - b) < tolerance }

@Suite struct `Several images of a subject` {
  @Test func `number their subjects in the order of first images, and are none where each is alone`() throws {
    let clusters = try #require(Clusters(["b", "a", "b", "c"]))
    #expect(clusters.ofRow == [0, 1, 0, 2] && clusters.count == 3)
    #expect(Clusters(["b", "a", "c"]) == nil && Clusters([Int]()) == nil)
    #expect(clusters.selecting([0, 1]) == nil && clusters.selecting([0, 2])?.count == 1)
  }

  @Test func `give Obuchowski's variance and paired comparison of AUCs`() throws {
    func deLong(_ scores: [Double]) throws -> DeLong {
      try #require(DeLong(scores, positives: Images.positives, clusters: Images.clusters))
    }
    let (first, second) = (try deLong(Images.first), try deLong(Images.second))
    #expect(near(first.auc, 0.90404040404040398) && near(first.variance, 0.00476952693324915))
    #expect(near(second.auc, 0.8484848484848485) && near(second.variance, 0.0067479121634078))
    let comparison = first.paired(with: second)
    #expect(near(comparison.standardError, 0.0925578931764794))
    #expect(near(comparison.difference, 0.90404040404040398 - 0.8484848484848485))
    #expect(first.paired(with: first).standardError < 1e-9)
    // Unpaired, subjects and not images give the degrees of freedom: 12 twice.
    let (a, b) = (first.variance, second.variance)
    let degrees = (a + b) * (a + b) / ((a * a + b * b) / 11)
    #expect(near(try #require(first.unpaired(with: second).degrees), degrees, 1e-9))
  }

  @Test func `give shares a design effect`() throws {
    let right = zip(Images.first, Images.positives).map { ($0 >= 0.5) == $1 }
    let share = try #require(ClusteredProportion(right, clusters: Images.clusters))
    // R's design effect is 0.898: subjects vary less than images by themselves would, and no interval gains by that.
    #expect(share.designEffect == 1 && share.wilsonInterval() == share.proportion.wilsonInterval())
    // Three subjects of two equal images each: d = 3/2 · Σ (2 xₖ - 2p)² / (6 p (1 - p)) = 3/2 · (8/3) / (4/3).
    let doubled = try #require(
      ClusteredProportion([true, true, true, true, false, false], clusters: Clusters([1, 1, 2, 2, 3, 3])))
    #expect(near(doubled.designEffect, 3) && near(doubled.effective.successes, 4.0 / 3))
    // Wilson's interval of 4/3 of 2, by hand.
    let (n, p) = (2.0, 2.0 / 3)
    let center = (p + Images.z * Images.z / 4) / (1 + Images.z * Images.z / 2)
    let half =
      Images.z / (1 + Images.z * Images.z / 2)
      * (p * (1 - p) / n + Images.z * Images.z / 16).squareRoot()
    let wilson = try #require(doubled.wilsonInterval())
    #expect(near(wilson.lower, center - half) && near(wilson.upper, center + half))
    // R: qbeta(0.025, 4/3, 5/3) and qbeta(0.975, 7/3, 2/3).
    let exact = try #require(doubled.exactInterval())
    #expect(near(exact.lower, 0.039921517704168, 1e-10) && near(exact.upper, 0.998440716428712, 1e-10))
  }

  /// All right, or none: nothing tells how alike images are, and a subject counts once.
  @Test func `count as their subjects where a share is 0 or 1`() throws {
    let clusters = Clusters([1, 1, 2, 2, 3, 3])
    for value in [true, false] {
      let share = try #require(
        ClusteredProportion([Bool](repeating: value, count: 6), clusters: clusters))
      #expect(share.wilsonInterval() == Proportion(value ? 3 : 0, of: 3).wilsonInterval())
      let (exact, three) = (
        try #require(share.exactInterval()), try #require(Proportion(value ? 3 : 0, of: 3).exactInterval())
      )
      #expect(near(exact.lower, three.lower) && near(exact.upper, three.upper))
    }
    #expect(ClusteredProportion([], clusters: clusters) == nil)
    #expect(ClusteredProportion([true], clusters: nil) == nil)
  }

  @Test func `give calibration the sandwich over subjects`() throws {
    let fit = try #require(
      Calibration(Images.first, positives: Images.positives, clusters: Images.clusters))
    #expect(near(fit.slope, 2.68112714336626, 1e-8) && near(fit.slopeStandardError, 1.11727847197722, 1e-7))
    #expect(near(fit.inTheLarge, -0.26492152818393, 1e-9))
    #expect(near(fit.inTheLargeStandardError, 0.36308607036457, 1e-9))
    let ratio = CalibrationPooling.Measure.observedOverExpected.site(
      "", Images.first, positives: Images.positives, clusters: Images.clusters)
    let half = Images.z * 0.0538720538720539.squareRoot()
    #expect(near(try #require(ratio.interval).upper, exp(-0.1153108465109944 + half), 1e-10))
  }

  @Test func `give reclassification the variance of subjects' sums`() throws {
    let found = try #require(
      Reclassification(
        from: Images.second, to: Images.first, positives: Images.positives, clusters: Images.clusters))
    #expect(near(found.continuous.value, 0.606060606060606))
    #expect(near(found.continuous.standardError, 0.380133966379011))
    #expect(near(found.discrimination.value, 0.1144444444444445))
    #expect(near(found.discrimination.standardError, 0.0612167421507678))
  }

  /// Subjects drawn by hand within those without and with a case, all their images with them.
  @Test func `are drawn together`() throws {
    let (scores, y) = (Images.first, Images.positives)
    let bootstrap = try #require(
      StratifiedBootstrap(scores, positives: y, clusters: Images.clusters, replicates: 60, seed: 8))
    let names = Array(Set(Images.subjects)).sorted()
    let rows = names.map { name in y.indices.filter { Images.subjects[$0] == name } }
    let strata = [false, true].map { outcome in rows.filter { $0.contains { y[$0] } == outcome } }
    var drawn: [[Int]] = []
    for replicate in 0..<60 {
      drawn.append([])
      for (stratum, units) in strata.enumerated() {
        var stream = RandomStream(seed: 8, purpose: .resample, replicate: replicate, stratum: stratum)
        for _ in units { drawn[replicate] += units[stream.index(below: units.count)] }
      }
    }
    for (found, rows) in zip(bootstrap.replicates, drawn) {
      let expected = areaUnderCurve(rows.map { scores[$0] }, positives: rows.map { y[$0] })
      #expect(found == expected)
    }
    let measures = try #require(
      ResampledMeasures(
        scores, positives: y, calls: scores.map { $0 >= 0.5 }, clusters: Images.clusters,
        thresholds: [0.4], seed: 8, replicates: 60))
    let sensitivities = drawn.map { rows -> Double in
      let cases = rows.filter { y[$0] }
      return Double(cases.count { scores[$0] >= 0.5 }) / Double(cases.count)
    }
    #expect(measures.sensitivity == Interval(percentilesOf: sensitivities))
    // The jackknife leaves subjects out.
    let left = strata.map { units in
      units.map { unit -> Double in
        let rest = y.indices.filter { !unit.contains($0) }
        return areaUnderCurve(rest.map { scores[$0] }, positives: rest.map { y[$0] }) ?? .nan
      }
    }
    let shares = left.flatMap { values -> [Double] in
      let (n, center) = (Double(values.count), values.reduce(0, +) / Double(values.count))
      return values.map { (n - 1) * (center - $0) / n }
    }
    let squares = shares.reduce(0) { $0 + $1 * $1 }
    let cubes = shares.reduce(0) { $0 + $1 * $1 * $1 }
    #expect(near(bootstrap.acceleration, cubes / (6 * squares * squares.squareRoot())))
  }

  /// Every subject has a case: a resample may hold no control, and is left out.
  @Test func `may be drawn without an outcome`() throws {
    let bootstrap = try #require(
      StratifiedBootstrap(
        [0.9, 0.2, 0.8, 0.3, 0.7], positives: [true, false, true, true, true],
        clusters: Clusters([1, 1, 2, 2, 3]), replicates: 100, seed: 1))
    #expect(bootstrap.replicates.contains { $0.isNaN })
    let interval = try #require(bootstrap.percentileInterval())
    #expect(interval.lower.isFinite && interval.upper.isFinite)
    #expect(DeLong([0.9, 0.2, 0.8], positives: [true, false, false], clusters: Clusters([1, 2, 2])) == nil)
  }

  /// A copy of every image tells nothing new: variance and resamples are those of one image each.
  @Test func `that are copies count once`() throws {
    let (p, y) = (Images.first, Images.positives)
    let plain = try #require(DeLong(p, positives: y))
    let twice = try #require(
      DeLong(p + p, positives: y + y, clusters: Clusters(Array(p.indices) + Array(p.indices))))
    #expect(near(twice.auc, plain.auc) && near(twice.variance, plain.variance))
    let naive = try #require(DeLong(p + p, positives: y + y))
    #expect(naive.variance < 0.6 * plain.variance)
    let one = try #require(StratifiedBootstrap(p, positives: y, replicates: 50, seed: 2))
    let both = try #require(
      StratifiedBootstrap(
        p + p, positives: y + y, clusters: Clusters(Array(p.indices) + Array(p.indices)), replicates: 50,
        seed: 2))
    #expect(zip(one.replicates, both.replicates).allSatisfy { near($0, $1) })
    #expect(near(one.acceleration, both.acceleration))
  }

  @Test func `of a table are allowed for in an evaluation, and one image a subject changes nothing`() throws {
    let one = try syntheticTable()
    let model = try fitModel(one, rows: one.allRows, plan: .short, address: .finalFit(seed: 4))
    let p = model.probabilities(of: one, rows: one.allRows)
    let plain = Evaluation(
      p, positives: one.positives, cutoff: model.cutoff, name: "short", seed: 4, replicates: 100)
    let found = Evaluation(model, table: one, rows: one.allRows, seed: 4, replicates: 100)
    #expect(found.auc == plain.auc && found.calibration == plain.calibration && found == plain)

    let several = try syntheticTable(imagesPerSubject: 3)
    let other = try fitModel(several, rows: several.allRows, plan: .short, address: .finalFit(seed: 4))
    let q = other.probabilities(of: several, rows: several.allRows)
    let clustered = Evaluation(other, table: several, rows: several.allRows, seed: 4, replicates: 100)
    let expected = try #require(
      DeLong(q, positives: several.positives, clusters: Clusters(several.subjects)))
    #expect(clustered.auc?.deLong == expected.interval())
    #expect(clustered.auc?.deLong != DeLong(q, positives: several.positives)?.interval())
  }
}
