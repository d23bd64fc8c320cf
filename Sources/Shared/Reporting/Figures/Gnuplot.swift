import Foundation
import Subprocess

/// Draws figures with the `gnuplot` found on the search path.
struct Gnuplot: Sendable {
  /// Replaces `PATH`; `nil` inherits it.
  var searchPath: String?
  /// Of PNG files. Drawing takes time as their area: at 600 dots an inch a report's figures take ten seconds of processor time.
  var dotsPerInch = 150

  /// Whether there is one.
  var isInstalled: Bool {
    let path = searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot")
    }
  }

  /// More than any figure takes: a drawing of a thousand cases is 100 kB.
  private static let outputLimit = 64 << 20

  /// The bytes of a figure in a format.
  ///
  /// gnuplot runs without the user's settings, and a PDF carries no moment of creation, so that the same
  /// figure gives the same bytes.
  /// - Throws: `ReportError` where gnuplot is missing or fails.
  func draw(_ figure: Figure, as format: FigureFormat, _ width: FigureWidth) async throws -> Data {
    let script = GnuplotScript(figure: figure, format: format, width: width, dotsPerInch: dotsPerInch).text
    let result: ExecutionResult<Void, DataOutput, StringOutput<UTF8>>
    do {
      result = try await run(
        .name("gnuplot"), arguments: ["--default-settings"],
        environment: environment,
        input: .string(script), output: .data(limit: Self.outputLimit), error: .string(limit: 1 << 16))
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ReportError(
        .gnuplotMissing,
        "drawing \(figure.name).\(format): no gnuplot on the search path; install it "
          + "(Debian: apt-get install gnuplot-nox), then write the report again")
    }
    let output = result.standardOutput
    guard result.terminationStatus.isSuccess, !output.isEmpty else {
      throw ReportError(
        .gnuplotFailed,
        "drawing \(figure.name).\(format): gnuplot ended with \(result.terminationStatus) and said: "
          + "\(result.standardError); gnuplot 5.2 or newer with the cairo terminals is needed (Debian: "
          + "gnuplot-nox)")
    }
    return switch format {
    case .pdf: withoutCreationDate(output)
    case .png: PNGResolution.set(dotsPerInch, in: output)
    case .svg: inMillimetres(output, FigureLayout(figure, width))
    }
  }

  /// Without what gnuplot reads of it: a terminal that this machine has not, other fonts, other scripts.
  private var environment: Environment {
    let own: [Environment.Key: String?] = [
      "GNUTERM": nil, "GNUPLOT_LIB": nil, "GNUPLOT_PS_DIR": nil, "GNUPLOT_DRIVER_DIR": nil,
      "GNUPLOT_DEFAULT_GDFONT": nil, "GDFONTPATH": nil, "GNUFITLOG": nil, "FIT_LOG": nil, "FIT_SCRIPT": nil,
    ]
    return .inherit.updating(own).updating(searchPath.map { ["PATH": $0] } ?? [:])
  }

  /// Says the size of a drawing in millimetres, which gnuplot gives as pixels.
  private func inMillimetres(_ svg: Data, _ layout: FigureLayout) -> Data {
    let (width, height) = (layout.width.points, layout.height)
    let millimetres = layout.width.millimetres
    let tall = (100 * Double(millimetres) * Double(height) / Double(width)).rounded() / 100
    let text = String(decoding: svg, as: UTF8.self)
    guard let size = text.firstRange(of: "width=\"\(width)\" height=\"\(height)\"") else { return svg }
    return Data(
      text.replacingCharacters(in: size, with: "width=\"\(millimetres)mm\" height=\"\(tall)mm\"").utf8)
  }

  /// Replaces the digits of a PDF's creation date by those of the epoch; no byte moves, so its table of
  /// offsets holds.
  private func withoutCreationDate(_ pdf: Data) -> Data {
    var pdf = pdf
    guard let key = pdf.range(of: Data("/CreationDate (D:".utf8)) else { return pdf }
    let epoch = Data("19700101000000".utf8)
    let digits = key.upperBound..<key.upperBound + epoch.count
    guard digits.upperBound <= pdf.count, pdf[digits].allSatisfy({ (0x30...0x39).contains($0) }) else {
      return pdf
    }
    pdf.replaceSubrange(digits, with: epoch)
    return pdf
  }
}

/// What to say where reports have no figures, because gnuplot is missing; `nil` where it is there.
/// - Parameter searchPath: where to look for gnuplot; `nil` for `PATH`.
package func missingGnuplot(searchPath: String? = nil) -> String? {
  Gnuplot(searchPath: searchPath).isInstalled
    ? nil
    : "There is no gnuplot on the search path, and reports have no figures without it. Install it (Debian: apt-get install gnuplot-nox), "
      + "then write the report again."
}
