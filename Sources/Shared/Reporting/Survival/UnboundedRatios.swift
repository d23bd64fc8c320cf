import StudyPlan

extension StudyReport.Warning {
  /// Predictors of a Cox model of which a level has no event, or which order the events: no finite hazard ratio fits best.
  static func unboundedRatios(_ names: [String]) -> Self {
    let isOne = names.count == 1
    return Self(
      code: "monotone_likelihood",
      message:
        "\(Sentence.list(names)) \(isOne ? "has" : "have") no finite hazard ratio: in the training part, whoever had the event had the "
        + "smallest value of all who were still observed then (or, every time, the largest), as where nobody of a level had it. The "
        + "\(isOne ? "number" : "numbers") printed \(isOne ? "is" : "are") as large as the fit's penalty, or its last step, allows, and "
        + "\(isOne ? "has" : "have") no interval. Join the level to another, or leave the column out.")
  }
}
