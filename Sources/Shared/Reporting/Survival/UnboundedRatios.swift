import StudyPlan

extension StudyReport.Warning {
  /// Predictors of a Cox model of which a level has no event, or which order the events: no finite hazard ratio fits best.
  static func unboundedRatios(_ names: [String]) -> Self {
    let isOne = names.count == 1
    return Self(
      code: "monotone_likelihood",
      message:
        "\(Sentence.list(names)) \(isOne ? "has" : "have") no finite hazard ratio: whenever a patient of the training part had the event, "
        + "that patient's value was the smallest, or was the largest, of all still observed, as where nobody of a level had the event. "
        + "The \(isOne ? "number" : "numbers") printed \(isOne ? "is" : "are") as large as the fit's penalty, or its last step, allows, and "
        + "\(isOne ? "has" : "have") no interval. Join the level to another, or leave the column out.")
  }
}
