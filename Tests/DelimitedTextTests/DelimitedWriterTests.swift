import DelimitedText
import Testing

@Suite struct `A delimited writer` {
  @Test(arguments: [
    (["a", "b"], "a,b\n"), (["a,b", "c"], "\"a,b\",c\n"), (["say \"no\""], "\"say \"\"no\"\"\"\n"),
    (["two\nlines", "x"], "\"two\nlines\",x\n"), (["cr\r\nlf"], "\"cr\r\nlf\"\n"),
    ([" x", "y "], "\" x\",\"y \"\n"),
    ([""], "\"\"\n"), (["", ""], ",\n"), (["a;b"], "a;b\n"), (["\"\u{301}"], "\"\"\"\u{301}\"\n"),
  ])
  func `quotes what must be quoted`(fields: [String], expected: String) {
    #expect(DelimitedWriter().line(fields) == expected)
  }

  @Test func `quotes its own delimiter`() {
    #expect(DelimitedWriter(delimiter: .semicolon).line(["a;b", "c,d"]) == "\"a;b\";c,d\n")
    #expect(DelimitedWriter(delimiter: .tab, lineEnding: .crlf).line(["a\tb", "c"]) == "\"a\tb\"\tc\r\n")
  }

  @Test(arguments: Delimiter.allCases, [DelimitedWriter.LineEnding.lf, .crlf])
  func `writes what the reader reads`(delimiter: Delimiter, lineEnding: DelimitedWriter.LineEnding) throws {
    let writer = DelimitedWriter(delimiter: delimiter, lineEnding: lineEnding)
    let rows = [
      ["plain", "with, comma", "with; semicolon"], ["tab\there", "quote\"s\"", "line\nbreak"],
      ["", "  spaces  ", "<script>"], ["\"", ",", "\r\n"], ["e\u{301}\"\u{301}", "日本", "\t"],
    ]
    let text = ([["A", "B", "C"]] + rows).map(writer.line).joined()
    let table = try DelimitedTable(parsing: text, label: "t", delimiter: delimiter)
    #expect(table.rows.map(\.fields) == rows)
  }

  @Test(
    arguments: [
      (0.1, "0.1"), (3, "3"), (-0.0, "-0"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
      (1 / 3, "0.3333333333333333"),
      (.nan, ""), (.infinity, "inf"), (-.infinity, "-inf"), (nil, ""),
    ] as [(Double?, String)])
  func `writes the shortest number that reads back`(value: Double?, expected: String) {
    let field = DelimitedWriter.field(value)
    #expect(field == expected)
    if let value, !value.isNaN { #expect(Double(field)?.bitPattern == value.bitPattern) }
  }
}
