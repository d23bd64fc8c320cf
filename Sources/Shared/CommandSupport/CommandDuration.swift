import ArgumentParser

/// A duration as `90s`, `30m`, `8h` or `2d`.
package struct CommandDuration: ExpressibleByArgument, Sendable {
  package let duration: Duration
  /// As it was, or would be, written.
  private let text: String

  /// A thousand years, in seconds: `Duration` holds no number without end.
  package static let longest = 3.2e10

  package init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = argument.last, let factor = units[unit], let number = Double(argument.dropLast()),
      number > 0, number * factor <= Self.longest
    else { return nil }
    duration = .seconds(number * factor)
    text = argument
  }

  package init(hours: Int) {
    duration = .seconds(3600 * hours)
    text = "\(hours)h"
  }

  package var defaultValueDescription: String { text }
}
