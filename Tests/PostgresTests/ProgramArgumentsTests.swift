import Postgres
import Testing

@Suite struct `Program arguments` {
  /// Where /proc is mounted, as here, `CommandLine` is right.
  @Test func `are those of the command line`() {
    #expect(!ProgramArguments.all.isEmpty)
    #expect(ProgramArguments.all == CommandLine.arguments)
  }
}
