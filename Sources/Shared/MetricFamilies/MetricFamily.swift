/// A metric as a monitoring system knows it: a name, what it counts, and what sort of number it is.
package struct MetricFamily: Equatable, Sendable {
  /// What a value may do.
  package enum Kind: String, Sendable {
    /// Only rises, but for a restart.
    case counter
    /// Rises and falls.
    case gauge
    /// Observations, counted below bounds.
    case histogram
  }

  /// With its unit last, as Prometheus advises: `…_seconds`, `…_bytes`, `…_total`.
  package let name: String
  package let kind: Kind
  /// One sentence.
  package let help: String

  package init(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
  }
}

/// One value of a family.
package struct MetricSample: Equatable, Sendable {
  package struct Label: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The family's, in a histogram with `_bucket`, `_sum` or `_count`.
  package let name: String
  package let labels: [Label]
  package let value: Double

  package init(_ name: String, _ labels: [Label] = [], _ value: Double) {
    self.name = name
    self.labels = labels
    self.value = value
  }
}
