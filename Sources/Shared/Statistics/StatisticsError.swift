/// Why a statistic could not be computed; the message says what was tried, what was found and what to do.
public struct StatisticsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs.
  public enum Code: String, Sendable, Codable {
    /// Cases and controls are both needed, and one is missing.
    case oneClass
    /// Columns determine each other, so that no single solution exists.
    case collinear
    /// Subjects, sites or repeats that a method needs are missing.
    case tooFewSubjects
    /// A number outside its range, or a value that is not finite where one must be.
    case invalidArgument
    /// Rows, names or sites of a table contradict each other.
    case invalidTable
    /// A column that was named is not there.
    case unknownFeature
    /// Replicates to be summed up are missing, doubled or out of order.
    case incompleteReplicates
    /// A site whose effect on the features is not known.
    case unseenSite
    /// The outcome among what features are adjusted for.
    case outcomeAsCovariate
  }

  /// What a program may act on.
  public let code: Code
  /// For people: what was tried, what was found, what to do.
  public let message: String

  /// An error with its sentence.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
