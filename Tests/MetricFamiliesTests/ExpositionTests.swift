import Foundation
import MetricFamilies
import Testing

@Suite struct `The text of metrics` {
  @Test func `has a family's HELP and TYPE also where it has no sample`() {
    var exposition = Exposition()
    exposition.add(MetricFamily("a_total", .counter, "Counts \\ and\nmore."), [])
    #expect(exposition.text == "# HELP a_total Counts \\\\ and\\nmore.\n# TYPE a_total counter\n")
  }

  @Test func `keeps whatever a site is called within its quotes and on its line`() {
    var exposition = Exposition()
    let names = ["Sü\"d\"", "a\\b", "one\ntwo\r", ""]
    exposition.add(
      MetricFamily("a", .gauge, "A."),
      names.map { MetricSample("a", [.init("site", $0), .init("kind", "k")], 0.5) })
    #expect(
      exposition.text.split(separator: "\n").dropFirst(2) == [
        #"a{site="Sü\"d\"",kind="k"} 0.5"#, #"a{site="a\\b",kind="k"} 0.5"#,
        #"a{site="one\ntwo ",kind="k"} 0.5"#,
        #"a{site="",kind="k"} 0.5"#,
      ])
  }

  @Test(arguments: [
    (0.0, "0"), (-3.0, "-3"), (1e15, "1000000000000000"), (0.25, "0.25"), (.infinity, "+Inf"),
    (-.infinity, "-Inf"), (.nan, "NaN"),
  ]) func `writes numbers as Prometheus reads them`(value: Double, text: String) {
    #expect(Exposition.number(value) == text)
  }

  @Test func `of a histogram rises from bound to bound and ends with all`() {
    var histogram = LatencyHistogram()
    for seconds in [-1, 0.005, 0.0051, 2, 5000] { histogram.observe(seconds) }
    let samples = histogram.samples(of: "h", [.init("kind", "k")])
    #expect(samples.count == LatencyHistogram.bounds.count + 3)
    let buckets = samples.dropLast(2)
    #expect(buckets.first == MetricSample("h_bucket", [.init("kind", "k"), .init("le", "0.005")], 2))
    #expect(buckets.last == MetricSample("h_bucket", [.init("kind", "k"), .init("le", "+Inf")], 5))
    #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.value <= $1.value })
    #expect(samples[samples.count - 2].value == 0.005 + 0.0051 + 2 + 5000)
    #expect(samples.last == MetricSample("h_count", [.init("kind", "k")], 5))
  }
}
