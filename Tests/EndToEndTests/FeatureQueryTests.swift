import Foundation
import Postgres
import PrivateServer
import Testing

@Suite struct `Features with a column by name` {
  private static let features = 1_700
  private static let long = String(repeating: "wavelet-LLH-", count: 6)

  /// Twelve cases, whose feature n of case c is `c + n / 2`; the last two names are alike in their first 72 letters.
  private static var table: String {
    let names = (0..<features - 2).map { "f\($0)" } + ["\(long)_a", "\(long)_b"]
    let rows = (0..<12).map { place in
      ["P\(10 + place)", "N", "\(place % 2)"] + (0..<features).map { "\(Double(place) + Double($0) / 2)" }
    }
    return ([["ID", "Site", "Outcome"] + names] + rows).map { $0.joined(separator: ",") }.joined(
      separator: "\n") + "\n"
  }

  private static func with(_ body: (String, URL) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
      try table.write(toFile: path("table.csv"), atomically: true, encoding: .utf8)
      try "study: wide\nfeatures: {table: table.csv}\nmodels: []\n".write(
        toFile: path("study.yaml"), atomically: true, encoding: .utf8)
      let arguments = ["local", path("study.yaml"), "--data", path("data"), "--out", path("out"), "-j", "1"]
      let run = try await Programs.run("coordinator", arguments)
      let outcome: Result<Void, any Error>
      do {
        try #require(run.status == 0, Comment(rawValue: run.errors))
        outcome = .success(try await body(path("data"), folder))
      } catch {
        outcome = .failure(error)
      }
      _ = try await Programs.run("coordinator", arguments + ["--stop"])
      try outcome.get()
    }
  }

  @Test func `come as a query in parts, because PostgreSQL has at most 1,600 columns, and as a view`()
    async throws
  {
    try await Self.with { data, _ in
      let socket = try #require(
        PostmasterFile(in: URL(fileURLWithPath: data).appendingPathComponent("postgres/data"))?.socketFolder)
      let connection = try await PostgresConnection.connect(
        to: "host='\(socket)' user=trabecula dbname=trabecula")
      func query(_ part: Int) async throws -> String {
        try await connection.query("SELECT trabecula.features_query(1, \(part))").scalar(as: String.self)
      }
      let first = try await query(1)
      let second = try await query(2)
      let row = try await connection.query("SELECT f0, f1594 FROM (\(first)) AS x WHERE case_id = 3")
      #expect(try row[0].decode(at: 0, as: Double.self) + 797 == row[0].decode(at: 1, as: Double.self))
      try await connection.execute(script: "CREATE VIEW public.mine AS \(first)")
      let columns = try await connection.query(
        "SELECT count(*) FROM information_schema.columns WHERE table_name = 'mine'"
      ).scalar(as: Int64.self)
      #expect(columns == 1_600)
      // Names that PostgreSQL would cut to the same 63 bytes.
      let last = try await connection.query(
        "SELECT \"\(Self.long.prefix(50))~1700\" - \"\(Self.long.prefix(50))~1699\", f1595 - f1596 FROM (\(second)) AS x"
      )
      #expect(
        try last.allSatisfy {
          try $0.decode(at: 0, as: Double.self) == 0.5 && $0.decode(at: 1, as: Double.self) == -0.5
        })
      await #expect(throws: PostgresError.self) { try await query(3) }
      await connection.close()
    }
  }

  @Test func `are exported under names that Stata takes, with a table of them`() async throws {
    try await Self.with { data, folder in
      let file = folder.appendingPathComponent("stata.csv")
      let arguments = ["export", "features", "1", "--data", data, "--names", "stata"]
      let run = try await Programs.run("coordinator", arguments + ["-o", file.path])
      try #require(run.status == 0, Comment(rawValue: run.errors))
      let header = try String(contentsOf: file, encoding: .utf8).prefix { $0 != "\n" && $0 != "\r\n" }
      let names = header.components(separatedBy: ",")
      #expect(names.count == Self.features + 4 && Set(names).count == names.count)
      #expect(names.allSatisfy { $0.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]{0,31}/#) != nil })
      let table = try String(contentsOf: folder.appendingPathComponent("stata.names.csv"), encoding: .utf8)
      #expect(table.contains("wavelet_LLH_wavelet_LLH_wav_1704,\(Self.long)_b"))
      #expect(try await Programs.run("coordinator", arguments).status == 64)
    }
  }
}
