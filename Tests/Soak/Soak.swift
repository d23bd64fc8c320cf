import ArgumentParser
import FaultSupport
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// `make soak`: runs the reference study again and again under faults drawn at random, and counts what that did.
@main
struct Soak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Run a study again and again under faults at random moments.",
    discussion: "Every fault once, then faults at random. Exit code 1 where a promise was broken.")

  @Option(help: "How long to go on.") var minutes = 15.0
  @Option(help: "Seed of faults, moments and victims; drawn where it is not given.") var seed: UInt64?
  @Option(help: "Only faults whose name contains this.") var fault: String?
  @Option(help: "How often a fault happens in one study, at most.") var injections = 4
  @Option(help: "Markdown page whose table, between two marks, is written anew.") var page: String?

  func validate() throws {
    guard !faults.isEmpty else {
      throw ValidationError("No fault has that name: \(Fault.allCases.map(\.rawValue))")
    }
    guard injections > 0, minutes > 0 else { throw ValidationError("Nothing to do.") }
  }

  private var faults: [Fault] {
    Fault.allCases.filter { fault.map($0.rawValue.contains) ?? true }
  }

  func run() async throws {
    if let page { try SoakTable.requirePlace(in: URL(fileURLWithPath: page)) }
    let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var table = SoakTable(seed: seed, minutes: minutes)
    let end = ContinuousClock.now + .seconds(minutes * 60)
    var queue = faults.shuffled(using: &random)
    while ContinuousClock.now < end {
      if queue.isEmpty { queue = [faults.randomElement(using: &random) ?? faults[0]] }
      let next = queue.removeFirst()
      let (own, count) = (random.next(), Int.random(in: 1...injections, using: &random))
      let outcome: FaultOutcome
      do {
        outcome = try await Laboratory.run(next, seed: own, injections: count)
      } catch {
        outcome = FaultOutcome(next, brokenBy: error)
      }
      table.add(outcome)
      print(outcome.line)
      fflush(nil)
    }
    print(table.markdown)
    if let page { try table.write(into: URL(fileURLWithPath: page)) }
    if table.violations > 0 { throw ExitCode(1) }
  }
}
