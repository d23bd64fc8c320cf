import StudyPlan

extension StudyReport.Warning {
  /// Predictors of a Cox model of which a level has no event, or which order the events: no finite hazard ratio fits best.
  static func unboundedRatios(_ names: [String]) -> Self {
    let isOne = names.count == 1
    return Self(
      code: "monotone_likelihood",
      message:
        "\(Sentence.list(names)) \(isOne ? "has" : "have") no finite hazard ratio: at each event in the training part, the patient who had it "
        + "had the smallest value of all who were still observed, or each time the largest. That is so where nobody of a level had the event. The "
        + "\(isOne ? "number" : "numbers") printed \(isOne ? "is" : "are") as large as the fit's penalty, or its last step, allows, and "
        + "\(isOne ? "has" : "have") no interval. Join the level to another, or leave the column out.")
  }
}
