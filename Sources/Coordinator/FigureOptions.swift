import ArgumentParser

/// How the figures of a report are drawn.
struct FigureOptions: ParsableArguments {
  @Option(
    help: "Dots an inch of PNG figures, from 72 to 1200; journals ask for 600, which takes ten seconds more.")
  var dpi = 150

  func validate() throws {
    guard (72...1200).contains(dpi) else {
      throw ValidationError(
        "--dpi \(dpi) is no resolution of a figure; give a number from 72 to 1200, such as 600.")
    }
  }
}
