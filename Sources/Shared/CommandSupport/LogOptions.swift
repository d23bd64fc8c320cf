import ArgumentParser
import Logging

/// How a program that runs on its own writes its log, on standard error.
package struct LogOptions: ParsableArguments, Sendable {
  @Option(
    name: .customLong("log-level"),
    help: "Log nothing less than this: trace, debug, info, notice, warning, error or critical.")
  package var level = Logger.Level.info

  @Option(name: .customLong("log-format"), help: "A line of the log: logfmt (key=value) or json.")
  package var format = LogFormat.logfmt

  package init() {}

  /// - Parameter label: which program it is.
  package func logger(_ label: String) -> Logger {
    let format = format
    var logger = Logger(label: label) { LineLogHandler(label: $0, format: format) }
    logger.logLevel = level
    return logger
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
