import DelimitedText
import Testing

@Suite struct `A delimited table` {
  func rows(_ text: String) throws -> [[String]] {
    try DelimitedTable(parsing: text, label: "t.csv").rows.map(\.fields)
  }

  func failure(_ text: String) -> DelimitedTextError? {
    do {
      _ = try DelimitedTable(parsing: text, label: "t.csv")
      return nil
    } catch {
      return error
    }
  }

  @Test func `has a header, rows and their lines`() throws {
    let table = try DelimitedTable(parsing: "ID,Site\na,1\n\nb,2\n", label: "t.csv")
    #expect(table.header == ["ID", "Site"])
    #expect(
      table.rows == [
        DelimitedRecord(line: 2, fields: ["a", "1"]), DelimitedRecord(line: 4, fields: ["b", "2"]),
      ])
    #expect(table.index(of: "Site") == 1)
    #expect(table.index(of: "site") == nil)
    #expect(table.place(of: table.rows[1], column: 1) == "t.csv, line 4, column Site")
  }

  @Test(.timeLimit(.minutes(15))) func `may have a long line of quoted fields`() throws {
    // Each of them once cost the length of the line before it.
    let names = (0..<200_000).map { "\"\($0)\"" }.joined(separator: ",")
    let table = try DelimitedTable(parsing: names + "\n" + names, label: "t.csv")
    #expect(table.rows.map(\.fields.count) == [200_000])
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func `ends lines as any system does`(lineEnd: String) throws {
    let text = ["ID,Site", "a,1", "b,2"].joined(separator: lineEnd)
    for ending in ["", lineEnd] {
      let table = try DelimitedTable(parsing: text + ending, label: "t.csv")
      #expect(table.rows.map(\.fields) == [["a", "1"], ["b", "2"]])
      #expect(table.rows.map(\.line) == [2, 3])
    }
  }

  @Test(arguments: [
    ("ID,Site;x\na,b\n", Delimiter.comma), ("ID;Site;x\na;1,5;c\n", .semicolon), ("ID\tSite\na,b\tc\n", .tab),
    ("ID\na\n", .comma), ("\"a;b;c\",d\n", .comma), ("\n\nID;Site\n", .semicolon), ("", .comma),
  ])
  func `detects its delimiter from the first record`(text: String, expected: Delimiter) {
    #expect(Delimiter.detected(in: Array(text.utf8)[...]) == expected)
  }

  @Test func `skips a byte order mark`() throws {
    let table = try DelimitedTable(parsing: [0xEF, 0xBB, 0xBF] + Array("ID\na\n".utf8), label: "t.csv")
    #expect(table.header == ["ID"])
  }

  @Test(arguments: [
    ("A,B\n\"x,y\",z\n", ["x,y", "z"]),
    ("A,B\n\"say \"\"no\"\"\",\n", ["say \"no\"", ""]),
    ("A,B\n\"two\nlines\",z", ["two\nlines", "z"]),
    ("A,B\n\"two\r\nlines\",z", ["two\r\nlines", "z"]),
    ("A,B\n  x y , \" kept \" \n", ["x y", " kept "]),
    ("A,B\n\"\",\"\"\"\"\n", ["", "\""]),
    ("A,B\nä😀,\"e\u{301}\"\n", ["ä😀", "e\u{301}"]),
    ("A,B\n,\n", ["", ""]),
  ])
  func `reads quoted fields`(text: String, expected: [String]) throws {
    #expect(try rows(text) == [expected])
  }

  @Test func `keeps a quoted empty field of a single column`() throws {
    #expect(try rows("A\n\"\"\n\nx\n") == [[""], ["x"]])
  }

  @Test func `counts the lines inside quotes`() throws {
    let table = try DelimitedTable(parsing: "A,B\n\"1\n2\n3\",x\ny,z\n", label: "t.csv")
    #expect(table.rows.map(\.line) == [2, 5])
  }

  @Test func `keeps tabs as delimiters even when fields are empty`() throws {
    #expect(try rows("A\tB\tC\n\t\tx\n") == [["", "", "x"]])
  }

  @Test(arguments: [
    ("", DelimitedTextError.Code.noHeader, 1, 1),
    ("\n\r\n", .noHeader, 1, 1),
    ("A,B\n1\n", .wrongFieldCount, 2, 2),
    ("A,B\n1,2\n1,2,3\n", .wrongFieldCount, 3, 3),
    ("A,B,A\n", .repeatedColumn, 1, 3),
    ("A,B\n1,\"x\n", .unclosedQuote, 2, 3),
    ("A,B\n1,x\"y\n", .strayQuote, 2, 4),
    ("A,B\n\"x\"y,1\n", .strayQuote, 2, 4),
    ("A,B\nx\u{0},1\n", .controlCharacter, 2, 2),
  ])
  func `says where it is broken`(text: String, code: DelimitedTextError.Code, line: Int, column: Int) throws {
    let error = try #require(failure(text))
    #expect(error.code == code)
    #expect(error.line == line)
    #expect(error.column == column)
    #expect(error.description.hasPrefix("t.csv, line \(line), column \(column): "))
  }

  @Test func `names the column at which a short row ends`() throws {
    let error = try #require(failure("ID,Site,Outcome\na,b\n"))
    #expect(
      error.description.contains(
        "the row has 2 fields, the header has 3; the row ends before column “Outcome”"))
  }

  @Test func `in another encoding asks for UTF-8`() {
    for bytes in [[0xFF, 0xFE, 0x41, 0x00], Array("A\nM".utf8) + [0xFC, 0x6C]] as [[UInt8]] {
      let error = #expect(throws: DelimitedTextError.self) {
        try DelimitedTable(parsing: bytes, label: "t.csv")
      }
      #expect(error?.code == .notUTF8)
      #expect(error?.reason.contains("CSV UTF-8") == true)
    }
  }

  @Test func `allows columns without a name`() throws {
    #expect(try DelimitedTable(parsing: ",A,\n0,1,2\n", label: "t.csv").header == ["", "A", ""])
  }
}
