import ArgumentParser

/// Experiments and timings of the statistics modules. Everything is seeded: the same arguments print the same numbers,
/// times apart.
@main
struct StatisticsBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statistics-benchmark",
    abstract: "What the intervals cover, how far corrected estimates are off, what the routines cost.",
    subcommands: [
      Coverage.self, Optimism.self, Speed.self, Simulate.self, Study.self, Bits.self, Sites.self,
      Alarms.self, Controls.self,
    ])
}
