import Foundation
import Subprocess
import SystemPackage

/// A figure as a file of it.
struct Drawing: Sendable {
  var figure: Figure
  var format: FigureFormat
  var width: FigureWidth

  var name: String { "\(figure.name).\(format)" }
}

extension Drawing {
  /// One panel, as wide as a column.
  init(_ panel: FigurePanel, format: FigureFormat) {
    self.init(figure: Figure(name: panel.name, panels: [panel]), format: format, width: .column)
  }
}

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

  /// Processes at once.
  private static let atOnce = 3

  /// The bytes of each drawing. One process draws many: to start takes it longer than to draw.
  ///
  /// gnuplot runs without the user's settings, and a PDF carries no moment of creation, so that the same
  /// figure gives the same bytes.
  /// - Throws: `ReportError` where gnuplot is missing or fails, or where there is no room for temporary files.
  func draw(_ drawings: [Drawing]) async throws -> [Data] {
    let processes = min(Self.atOnce, drawings.count)
    return try await withThrowingTaskGroup(of: [(Int, Data)].self) { group in
      for first in 0..<processes {
        let own = Array(stride(from: first, to: drawings.count, by: processes))
        group.addTask { Array(zip(own, try await drawInOneProcess(own.map { drawings[$0] }))) }
      }
      return try await group.reduce(into: [Data](repeating: Data(), count: drawings.count)) { all, part in
        for (index, data) in part { all[index] = data }
      }
    }
  }

  private func drawInOneProcess(_ drawings: [Drawing]) async throws -> [Data] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trabecula-figures-\(UUID().uuidString)", isDirectory: true)
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw ReportError.notWritten(folder, error)
    }
    let drawn: Result<[Data], any Error>
    do {
      try await run(drawings, in: folder)
      drawn = .success(try drawings.indices.map { try finished(drawings[$0], in: folder, $0) })
    } catch {
      drawn = .failure(error)
    }
    try FileManager.default.removeItem(at: folder)
    return try drawn.get()
  }

  /// Writes a file for each drawing, named by its number. Commands come from a file: at a faulty one gnuplot ends there, where it would
  /// go on with what comes through a pipe, and the last file is then that of the drawing that failed.
  private func run(_ drawings: [Drawing], in folder: URL) async throws {
    let commands = drawings.indices.map { index in
      GnuplotScript(drawing: drawings[index], dotsPerInch: dotsPerInch, output: "\(index)").text
    }
    let script = folder.appendingPathComponent("script")
    do {
      try Data(commands.joined().utf8).write(to: script)
    } catch {
      throw ReportError.notWritten(script, error)
    }
    let result: ExecutionResult<Void, DiscardedOutput, StringOutput<UTF8>>
    do {
      result = try await Subprocess.run(
        .name("gnuplot"), arguments: ["--default-settings", script.lastPathComponent],
        environment: environment, workingDirectory: FilePath(folder.path),
        output: .discarded, error: .string(limit: 1 << 16))
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ReportError(
        .gnuplotMissing,
        "drawing \(drawings[0].name): no gnuplot on the search path; install it "
          + "(Debian: apt-get install gnuplot-nox), then write the report again")
    }
    guard result.terminationStatus.isSuccess else {
      let failed =
        drawings.indices.last { FileManager.default.fileExists(atPath: path(of: $0, in: folder).path) } ?? 0
      throw failure(
        drawings[failed], "ended with \(result.terminationStatus) and said: \(result.standardError)")
    }
  }

  private func path(of index: Int, in folder: URL) -> URL { folder.appendingPathComponent("\(index)") }

  private func finished(_ drawing: Drawing, in folder: URL, _ index: Int) throws -> Data {
    let file = path(of: index, in: folder)
    guard let output = FileManager.default.contents(atPath: file.path), !output.isEmpty else {
      throw failure(drawing, "wrote nothing to \(file.path); there may be no room")
    }
    return switch drawing.format {
    case .pdf: withoutCreationDate(output)
    case .png: PNGResolution.set(dotsPerInch, in: output)
    case .svg: inMillimetres(output, FigureLayout(drawing.figure, drawing.width))
    }
  }

  private func failure(_ drawing: Drawing, _ what: String) -> ReportError {
    ReportError(
      .gnuplotFailed,
      "drawing \(drawing.name): gnuplot \(what); gnuplot 5.2 or newer with the cairo terminals is needed (Debian: "
        + "gnuplot-nox)")
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
