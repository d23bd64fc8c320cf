import Postgres
import Testing

@Suite struct `Program arguments` {
  /// Where /proc is mounted, as here, `CommandLine` is right; `make roots` runs the programs where it is not.
  @Test func `are those of the command line`() {
    #expect(!ProgramArguments.all.isEmpty)
    #expect(ProgramArguments.all == CommandLine.arguments)
  }
}
