/// A figure: one panel or several side by side, as values; gnuplot draws it.
struct Figure: Equatable, Sendable {
  /// Name of its files, without extension.
  var name: String
  var panels: [FigurePanel]
  /// Panels beside each other on a page; `nil` leaves it to the layout.
  var columns: Int? = nil
}

/// One pair of axes.
struct FigurePanel: Equatable, Sendable {
  enum Content: Equatable, Sendable {
    /// Drawn in their order, later ones on top.
    case lines([FigureLine])
    /// Horizontal bars from zero, the first on top, each under its label.
    case bars([FigureBar])
    /// Squares of side 1.
    case cells([FigureCell])
  }

  enum Legend: Equatable, Sendable {
    case none
    /// Rows above the axes, where no curve can run into them.
    case above
    /// One entry a row above the axes, under a title.
    case list(title: String)
  }

  /// Short and unique on the page.
  var name: String
  var title: String
  var xLabel: String
  var yLabel: String
  var x: ClosedRange<Double>
  var y: ClosedRange<Double>
  var isSquare = false
  var hasLogarithmicX = false
  /// Ticks at these places with these texts instead of numbers; `nil` for numbers.
  var xTicks: [FigureTick]?
  var yTicks: [FigureTick]?
  var legend = Legend.none
  var content: Content
  /// What the panel shows, in words, for those who cannot see it.
  var alternative: String
  /// Texts inside the axes, drawn on top.
  var labels: [FigureLabel] = []
}

/// A text with its middle at a place.
struct FigureLabel: Equatable, Sendable {
  var x: Double
  var y: Double
  var text: String
}

/// A place on an axis with its text.
struct FigureTick: Equatable, Sendable {
  var place: Double
  var text: String
}

/// Points, and what is drawn through or at them.
struct FigureLine: Equatable, Sendable {
  enum Shape: Equatable, Sendable {
    case line
    /// A pale area between each point's low and high.
    case band
    /// Marks, of this size.
    case marks(Double)
    /// Marks with a bar from low to high along x.
    case barsAlongX
    /// Marks with a bar from low to high along y.
    case barsAlongY
  }

  /// Text in the legend; `nil` keeps the line out of it.
  var label: String?
  var stroke: FigureStroke
  var points: [Point]
  var shape = Shape.line

  struct Point: Equatable, Sendable {
    var x: Double
    var y: Double
    var low = 0.0
    var high = 0.0
  }
}

/// A bar of some length.
struct FigureBar: Equatable, Sendable {
  var label: String
  var value: Double
  var valueText: String
  /// A pale bar when false.
  var isEmphasised: Bool
  var colour: String
}

/// A square with a text in its middle.
struct FigureCell: Equatable, Sendable {
  /// Its lower left corner.
  var x: Double
  var y: Double
  var text: String
  /// 0 to 1: how full its colour is.
  var share: Double
  var colour: String
}

/// How a line is drawn.
struct FigureStroke: Equatable, Sendable {
  /// `#RRGGBB`.
  var colour: String
  var width: Double
  /// Lengths of dashes and gaps; empty for a solid line.
  var dashes: [Int] = []

  static let reference = FigureStroke(colour: "#8A8F98", width: 1, dashes: [4, 4])
  static let treatAll = FigureStroke(colour: "#8A8F98", width: 1.5)
  static let muted = FigureStroke(colour: "#8A8F98", width: 1.2)
  static let thin = FigureStroke(colour: "#B5BAC2", width: 0.8)
  static let ink = FigureStroke(colour: "#1B1F24", width: 1.6)
  static let treatNone = FigureStroke(colour: "#111111", width: 1.8, dashes: [2, 3])

  /// Stroke of the model at a position in the report: a colour of Okabe and Ito's palette, which people with
  /// colour-blindness can tell apart, and dashes, for print without colour.
  static func model(_ index: Int) -> FigureStroke {
    FigureStroke(
      colour: colours[index % colours.count], width: 2.2, dashes: dashPatterns[index % dashPatterns.count])
  }

  private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
  private static let dashPatterns = [[], [14, 4], [14, 3, 3, 3], [3, 3]]
}
