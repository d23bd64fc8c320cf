import ElementaryFunctions
import Statistics

/// What is true of scores that are normal with unit variance around 0 in controls and around `distance` in cases.
struct BinormalPopulation: Sendable {
  let distance: Double
  /// Share of cases.
  let share: Double
  /// Probabilities are those of the right model with every logit times this: above 1 they are too extreme.
  var spread = 1.0

  func logit(_ score: Double) -> Double {
    spread * (distance * score - distance * distance / 2 + Statistics.logit(share))
  }

  func probability(_ score: Double) -> Double { logistic(logit(score)) }

  /// The score of a probability.
  func score(_ probability: Double) -> Double {
    (Statistics.logit(probability) / spread - Statistics.logit(share)) / distance + distance / 2
  }

  func sensitivity(from score: Double) -> Double { NormalDistribution.cumulative(distance - score) }
  func specificity(from score: Double) -> Double { NormalDistribution.cumulative(score) }

  /// `E f(score)` over cases and over controls, by the midpoint rule.
  func expectation(_ function: (Double) -> Double) -> (cases: Double, controls: Double) {
    let step = 0.001
    var (cases, controls, weight) = (0.0, 0.0, 0.0)
    for place in 0..<16_000 {
      let z = -8 + step * (Double(place) + 0.5)
      let density = Elementary.exp(-0.5 * z * z)
      cases += density * function(z + distance)
      controls += density * function(z)
      weight += density
    }
    return (cases / weight, controls / weight)
  }
}

extension BinormalPopulation {
  /// Share of true calls and other measures of calling everything from a score on positive.
  struct Calls {
    let sensitivity, specificity: Double
    let positivePredictiveValue, negativePredictiveValue: Double
    let accuracy, f1, matthews: Double
  }

  func calls(from score: Double) -> Calls {
    let (sensitivity, specificity) = (sensitivity(from: score), specificity(from: score))
    let (tp, fn) = (share * sensitivity, share * (1 - sensitivity))
    let (tn, fp) = ((1 - share) * specificity, (1 - share) * (1 - specificity))
    return Calls(
      sensitivity: sensitivity, specificity: specificity, positivePredictiveValue: tp / (tp + fp),
      negativePredictiveValue: tn / (tn + fn), accuracy: tp + tn, f1: 2 * tp / (2 * tp + fp + fn),
      matthews: (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).squareRoot())
  }

  var brier: Double {
    let square = expectation { probability($0) * probability($0) }
    let rest = expectation { (1 - probability($0)) * (1 - probability($0)) }
    return share * rest.cases + (1 - share) * square.controls
  }

  /// `∫ precision d recall`.
  var averagePrecision: Double {
    expectation { calls(from: $0).positivePredictiveValue }.cases
  }

  func netBenefit(at threshold: Double) -> Double {
    let score = score(threshold)
    return share * sensitivity(from: score)
      - (1 - share) * (1 - specificity(from: score)) * threshold / (1 - threshold)
  }
}
