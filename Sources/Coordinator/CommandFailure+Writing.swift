import CohortSynthesis
import CommandSupport
import Reporting
import StudyExports

extension CommandFailure {
  /// A report, table or model that ends the program: 73 where a file cannot be written, 69 where gnuplot is missing or fails, else 65.
  init(_ error: ReportError) {
    let status =
      switch error.code {
      case .fileNotWritten: ExitStatus.cannotWrite
      case .gnuplotMissing, .gnuplotFailed: ExitStatus.somethingMissing
      case .notFinite, .notAReport, .wrongFieldCount, .badPredictions: ExitStatus.badData
      }
    self.init(status, error.message)
  }

  /// Something that a job does not give out.
  init(_ error: StudyExportError) {
    let status =
      switch error.code {
      case .unknown, .unnamedModel: ExitStatus.usage
      case .notThere: ExitStatus.tryAgain
      case .unusable: ExitStatus.badData
      }
    let option = error.code == .unnamedModel ? " The option is --model NAME." : ""
    self.init(status, error.description + option)
  }

  /// A cohort that was not synthesized.
  init(_ error: SynthesisError) {
    let status =
      switch error.code {
      case .badOptions: ExitStatus.usage
      case .folderInUse, .unwritable: ExitStatus.cannotWrite
      }
    self.init(status, error.message)
  }
}

/// Reads or writes what a job gives out; what cannot be had ends the program.
func givingOut<Value>(_ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch let error as StudyExportError {
    throw CommandFailure(error)
  } catch let error as ReportError {
    throw CommandFailure(error)
  }
}
