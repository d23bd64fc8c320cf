/// Families with their samples, as text.
///
/// The text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). A family without a sample is told too,
/// so that who writes a query finds its name.
package struct Exposition: Sendable {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private var families: [(family: MetricFamily, samples: [MetricSample])] = []

  package init() {}

  /// Adds a family, whose name is not there yet.
  package mutating func add(_ family: MetricFamily, _ samples: [MetricSample]) {
    precondition(!families.contains { $0.family.name == family.name }, "\(family.name) is told twice")
    families.append((family, samples))
  }

  /// Adds all families of another exposition.
  package mutating func add(_ other: Exposition) {
    for (family, samples) in other.families { add(family, samples) }
  }

  package var text: String {
    var text = ""
    for (family, samples) in families {
      text += "# HELP \(family.name) \(Self.escaped(family.help))\n"
      text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
      for sample in samples { text += Self.line(sample) }
    }
    return text
  }

  private static func line(_ sample: MetricSample) -> String {
    let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
    let part = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    return "\(sample.name)\(part) \(number(sample.value))\n"
  }

  package static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  /// Whatever a machine or a site is called, it stays within its quotes and on its line.
  private static func escaped(_ text: String, quotes: Bool = false) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      case "\r", "\0": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
