/// Why a statistic could not be computed; the message says what was tried, what was found and what to do.
public struct StatisticsError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, Codable {
    /// Cases and controls are both needed, and one is missing.
    case oneClass
    /// Columns determine each other, so that no single solution exists.
    case collinear
    case tooFewSubjects
    case invalidOutcome
    case invalidArgument
    case invalidTable
    case unknownFeature
    case incompleteReplicates
    /// A site whose effect on the features is not known.
    case unseenSite
    /// The outcome among what features are adjusted for.
    case outcomeAsCovariate
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
