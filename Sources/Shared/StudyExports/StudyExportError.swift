/// Why a job gives out no report, table or model.
package struct StudyExportError: Error, Equatable, CustomStringConvertible {
  package enum Code: Equatable, Sendable {
    /// No job has this number, or it has no model.
    case unknown
    /// No model has this name, or there are several and none was named; the description lists them.
    case unnamedModel
    /// The job has not ended yet, or has failed.
    case notThere
    /// The report, or a model, is not to be used.
    case unusable
  }

  package let code: Code
  /// What was found, and what to do.
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
