import Foundation

/// Reads the text format of Prometheus, version 0.0.4, more strictly than Prometheus does: HELP and TYPE stand before the
/// samples of their family, each family and each series stands there once, and histograms add up.
struct ExpositionChecker {
  private(set) var types: [String: String] = [:]
  private(set) var values: [String: Double] = [:]
  private(set) var faults: [String] = []
  private var helped: String?
  private var current = ""

  private static var sample: Regex<(Substring, name: Substring, labels: Substring?, value: Substring)> {
    #/(?<name>[a-z_:][a-z0-9_:]*)(?<labels>\{[^\n]*\})? (?<value>[-+]?(?:Inf|NaN|[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?))/#
  }
  private static var labels: Regex<Substring> {
    #/\{[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"(?:,[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*")*\}/#
  }

  init(_ text: String) {
    if !text.hasSuffix("\n") { faults.append("the last line has no end") }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      read(String(line))
    }
    checkHistograms()
  }

  private mutating func read(_ line: String) {
    let words = line.split(separator: " ", maxSplits: 3).map(String.init)
    if line.hasPrefix("# HELP "), words.count == 4 {
      helped = words[2]
    } else if line.hasPrefix("# TYPE "), words.count == 4 {
      current = words[2]
      if helped != current { faults.append("no HELP stands before \(line)") }
      if !["counter", "gauge", "histogram"].contains(words[3]) { faults.append(line) }
      if types.updateValue(words[3], forKey: current) != nil {
        faults.append("\(current) stands there twice")
      }
    } else {
      readSample(line)
    }
  }

  private mutating func readSample(_ line: String) {
    guard let match = line.wholeMatch(of: Self.sample) else { return faults.append("no sample: \(line)") }
    if let labels = match.labels, labels.wholeMatch(of: Self.labels) == nil {
      faults.append("labels: \(line)")
    }
    var name = String(match.name)
    if types[current] == "histogram" {
      for ending in ["_bucket", "_sum", "_count"] where name == current + ending { name = current }
    }
    if name != current { faults.append("\(line) stands below \(current)") }
    let series = String(match.name) + (match.labels ?? "")
    let number = match.value.hasSuffix("Inf") ? Double.infinity : Double(match.value) ?? .nan
    if values.updateValue(number, forKey: series) != nil { faults.append("\(series) stands there twice") }
  }

  private mutating func checkHistograms() {
    for (series, value) in values where series.hasSuffix(#"le="+Inf"}"#) {
      let labels = series.replacing(#",le="+Inf"}"#, with: "}").replacing("_bucket{", with: "_count{")
      if values[labels] != value { faults.append("\(series) and \(labels) differ") }
    }
  }
}
