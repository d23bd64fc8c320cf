import Foundation
import TestSupport
import Testing

/// The same program with instructions switched off, which is what another processor would be to the C library.
@Suite struct `Results on processors without FMA and AVX2` {
  private struct Digests: Decodable, Equatable {
    let replicate: String
    let functions: [String: String]
    let library: [String: String]
    let learners: [String: String]
  }

  /// Debian 12 and 13 name the instructions plainly, older glibc with `_Usable`; names that one does not know it skips.
  private static let withoutVectors = [
    "AVX2", "FMA", "FMA4", "AVX512F", "AVX512VL", "AVX2_Usable", "FMA_Usable", "FMA4_Usable",
    "AVX512F_Usable",
  ].map { "-\($0)" }.joined(separator: ",")

  private static func digests(_ tunables: String?) throws -> Digests {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("statistics-benchmark")
    process.arguments = ["bits", "--points", "50000"]
    var environment = ProcessInfo.processInfo.environment
    environment["GLIBC_TUNABLES"] = tunables
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSONDecoder().decode(Digests.self, from: bytes)
  }

  @Test func `replicates, models, evaluations and elementary functions have the same bits`() throws {
    let usual = try Self.digests(nil)
    let plain = try Self.digests("glibc.cpu.hwcaps=\(Self.withoutVectors)")
    #expect(usual.replicate == plain.replicate)
    #expect(usual.functions == plain.functions)
    #expect(usual.learners == plain.learners)
    #expect(usual.functions.count == 13 && Set(usual.functions.values).count == 13)
    let changed = usual.library.keys.filter { usual.library[$0] != plain.library[$0] }.sorted()
    print(
      changed.isEmpty
        ? "the C library gives the same bits here with and without FMA and AVX2"
        : "the C library gives other bits without FMA and AVX2 for \(changed.joined(separator: ", "))")
  }
}

/// What compiled modules call from the C library.
@Suite struct `Modules whose values enter results` {
  /// Functions whose last bits depend on the library or on the processor. Those that IEEE 754 defines exactly (`sqrt`,
  /// `fma`, `floor`, `rint`, `fmod`, …) are not among them.
  static let inexact: Set<String> = {
    let names = [
      "exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos", "tan", "sincos",
      "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt", "hypot",
      "erf", "erfc", "lgamma", "lgamma_r", "tgamma", "j0", "j1", "jn", "y0", "y1", "yn",
    ]
    return Set(names.flatMap { [$0, "\($0)f", "\($0)l", "__\($0)_finite"] })
  }()

  private static let modules = [
    "ExtendedPrecision", "ElementaryFunctions", "LinearAlgebra", "Statistics", "Radiomics", "ImageFilters",
  ]
  private static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent()
  private static let names = URL(fileURLWithPath: "/usr/bin/nm")

  /// Symbols that the objects of a module expect from elsewhere.
  private static func undefined(in module: String) throws -> Set<String> {
    let objects = try FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent("\(module).build"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "o" }
    try #require(!objects.isEmpty, "no objects of \(module) in \(folder.path)")
    let process = Process()
    process.executableURL = names
    process.arguments = ["--undefined-only", "--format=posix", "--no-sort"] + objects.map(\.path)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    // `name U …`; a version may follow the name after `@`.
    return Set(lines.compactMap { $0.split(whereSeparator: { " @".contains($0) }).first.map { String($0) } })
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: names.path), "nm (binutils) is not installed"),
    arguments: modules)
  func `call no inexact function of the C library`(module: String) throws {
    let symbols = try Self.undefined(in: module)
    #expect(!symbols.isEmpty, "every module needs something from elsewhere")
    #expect(symbols.intersection(Self.inexact).sorted() == [])
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: names.path), "nm (binutils) is not installed"))
  func `a program that does call them is caught`() throws {
    let symbols = try Self.undefined(in: "statistics_benchmark")
    #expect(symbols.intersection(Self.inexact).isSuperset(of: ["exp", "pow", "erfc"]))
  }
}
