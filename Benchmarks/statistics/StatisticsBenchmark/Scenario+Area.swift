import LinearAlgebra
import Statistics

extension Scenario {
  /// Distance of the means of two normal distributions of unit variance with this AUC, `√2 Φ⁻¹(AUC)`.
  static func separation(_ auc: Double) -> Double {
    2.0.squareRoot() * NormalDistribution.quantile(auc)
  }

  static func outcomes(_ size: (cases: Int, controls: Int)) -> [Bool] {
    [Bool](repeating: true, count: size.cases) + [Bool](repeating: false, count: size.controls)
  }

  static func label(_ size: (cases: Int, controls: Int)) -> String {
    "\(size.cases) + \(size.controls)"
  }

  /// Intervals of one AUC, scores normal in cases and controls.
  static func area(of auc: Double, _ size: (cases: Int, controls: Int)) -> Scenario {
    let (distance, positives) = (separation(auc), outcomes(size))
    return Scenario(
      name: "AUC \(auc), \(label(size))", intervals: ["DeLong", "logit DeLong", "percentile", "BCa"]
    ) { stream, study in
      let scores = positives.map { ($0 ? distance : 0) + stream.normal() }
      let deLong = DeLong(scores, positives: positives)
      let bootstrap = StratifiedBootstrap(
        scores, positives: positives, replicates: 2_000, seed: UInt64(study))
      return [
        deLong?.interval(), deLong?.logitInterval(), bootstrap?.percentileInterval(),
        bootstrap?.acceleratedInterval(),
      ].map { Outcome($0, truth: auc) }
    }
  }

  /// The difference of two AUCs on the same rows, scores correlated at 0.5 in cases and in controls.
  static func difference(_ first: Double, _ second: Double, _ size: (cases: Int, controls: Int)) -> Scenario {
    let (a, b, positives) = (separation(first), separation(second), outcomes(size))
    return Scenario(
      name: "AUC \(first) - \(second), \(label(size))",
      intervals: ["paired DeLong", "paired bootstrap, percentile"]
    ) { stream, study in
      let shared = positives.map { _ in stream.normal() }
      func scores(_ distance: Double) -> [Double] {
        zip(positives, shared).map { ($0 ? distance : 0) + 0.5.squareRoot() * ($1 + stream.normal()) }
      }
      let (one, other) = (scores(a), scores(b))
      let areas = [one, other].map { DeLong($0, positives: positives) }
      let bootstraps = [one, other].map {
        StratifiedBootstrap($0, positives: positives, replicates: 2_000, seed: UInt64(study))
      }
      let paired = areas[0].flatMap { first in areas[1].map { first.paired(with: $0).interval } }
      let resampled = bootstraps[0].flatMap { first in
        bootstraps[1].flatMap { PairedBootstrap(first, minus: $0)?.interval }
      }
      return [paired, resampled].map { Outcome($0, truth: first - second) }
    }
  }

  /// The difference of two AUCs on different rows.
  static func unpaired(_ first: Double, _ second: Double, _ size: (cases: Int, controls: Int)) -> Scenario {
    let (a, b, positives) = (separation(first), separation(second), outcomes(size))
    return Scenario(
      name: "AUC \(first) - \(second), \(label(size)) each", intervals: ["unpaired DeLong"]
    ) { stream, _ in
      let areas = [a, b].map { distance in
        DeLong(positives.map { ($0 ? distance : 0) + stream.normal() }, positives: positives)
      }
      let comparison = areas[0].flatMap { first in areas[1].map { first.unpaired(with: $0) } }
      return [Outcome(comparison?.interval, truth: first - second)]
    }
  }

  /// Sensitivity at a cut-off fixed in advance.
  static func proportion(_ truth: Double, of trials: Int) -> Scenario {
    Scenario(name: "sensitivity \(truth), \(trials)", intervals: ["Wilson", "Clopper-Pearson"]) { stream, _ in
      let proportion = Proportion((0..<trials).count { _ in stream.uniform() < truth }, of: trials)
      return [proportion.wilsonInterval(), proportion.exactInterval()].map { Outcome($0, truth: truth) }
    }
  }

  /// AUC pooled over sites of 60 subjects, whose logits are normal around that of 0.8; the prediction interval has
  /// the AUC of one more site to hold, the profile of Q the variance between sites.
  static func pooling(sites count: Int, deviation: Double) -> Scenario {
    let positives = (0..<60).map { $0 % 20 < 9 }
    return Scenario(
      name: "pooled AUC 0.8, \(count) sites, τ = \(deviation)",
      intervals: [
        "REML + modified Hartung-Knapp", "REML + Hartung-Knapp", "DerSimonian-Laird, normal",
        "DerSimonian-Laird + modified Hartung-Knapp",
        "prediction of a new site", "τ², profile of Q",
      ]
    ) { stream, _ in
      func area() -> Double { logistic(logit(0.8) + deviation * stream.normal()) }
      let sites = (0..<count).map { site in
        let distance = separation(area())
        return (
          name: "\(site)", probabilities: positives.map { ($0 ? distance : 0) + stream.normal() },
          positives: positives
        )
      }
      let new = area()
      let usual = try SitePooling(sites).pooled
      let plain = try SitePooling(sites, test: .hartungKnapp).pooled
      let simple = try SitePooling(sites, method: .derSimonianLaird, test: .normal).pooled
      let moments = try SitePooling(sites, method: .derSimonianLaird, test: .modifiedHartungKnapp).pooled
      return [usual, plain, simple, moments].map { Outcome($0?.interval, truth: 0.8) } + [
        Outcome(usual?.predictionInterval, truth: new),
        Outcome(usual?.analysis.tau2Interval, truth: deviation * deviation),
      ]
    }
  }
}
