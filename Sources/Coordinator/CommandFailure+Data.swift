import CommandSupport
import DelimitedText
import FileSources
import Reporting
import StudyPlan

/// Reads data and computes with them; what is wrong with them, their files or the output ends the program.
func workingOnData<Value>(_ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch let error as StudyTaskError {
    throw CommandFailure(ExitStatus.badData, "\(error)")
  } catch let error as StudyError {
    throw CommandFailure(ExitStatus.badData, error.message)
  } catch let error as DelimitedTextError {
    throw CommandFailure(ExitStatus.badData, "\(error)")
  } catch let error as FileSourceError {
    throw CommandFailure(error)
  } catch let error as ReportError {
    throw CommandFailure(error)
  }
}
