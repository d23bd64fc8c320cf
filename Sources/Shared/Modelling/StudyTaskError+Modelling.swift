import Statistics
import StudyPlan

extension StudyTaskError {
  /// What a researcher reads of an error on the way from features to models.
  ///
  /// Statistics throw `StatisticsError`; any other error is a defect, and is told as one instead of ending the program.
  package init(ofModelling error: any Error) {
    switch error {
    case let error as StudyTaskError: self = error
    case let error as StatisticsError:
      self.init(
        code: error.code.rawValue.kebabCase, sentence: "\(error)".sentence,
        remedy: "Check the section models and the numbers of subjects in the manifest.")
    default: self.init(unexpected: error)
    }
  }
}
