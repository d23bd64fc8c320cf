import CommandSupport
import Foundation
import Subprocess

/// The first sheet of a workbook as CSV, by a program that reads such files.
enum Spreadsheet {
  /// Of names of workbooks.
  static let extensions: Set<String> = ["xlsx", "xlsm"]
  /// Bytes that a sheet may come to.
  private static let largest = 1 << 28

  /// - Throws: `CommandFailure`: 69 where neither program is there, 65 where the file cannot be read.
  static func text(of file: URL) async throws -> [UInt8] {
    let programs = [
      ("xlsx2csv", ["--delimiter", ",", file.path]),
      ("ssconvert", ["--export-type=Gnumeric_stf:stf_csv", file.path, "fd://1"]),
    ]
    for (program, arguments) in programs {
      do {
        let ended = try await Subprocess.run(
          .name(program), arguments: Arguments(arguments), input: .none, output: .string(limit: largest),
          error: .string(limit: 1 << 16))
        guard ended.terminationStatus.isSuccess else {
          throw CommandFailure(
            ExitStatus.badData,
            "\(file.lastPathComponent): \(program) cannot read it; open it in a spreadsheet program and save it as CSV "
              + "UTF-8")
        }
        return Array(ended.standardOutput.utf8)
      } catch let error as SubprocessError where error.code == .executableNotFound {
        continue
      } catch let error as SubprocessError {
        throw CommandFailure(
          ExitStatus.badData,
          "\(file.lastPathComponent): \(program) could not be run (\(error.code)); save it as CSV UTF-8")
      }
    }
    throw CommandFailure(
      ExitStatus.somethingMissing,
      "\(file.lastPathComponent) is a workbook, and neither xlsx2csv nor ssconvert, which read such files, is on the search "
        + "path; install one (Debian: apt-get install xlsx2csv), or save it as CSV UTF-8.")
  }
}
