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

  @Test(
    arguments: [
      "=HYPERLINK(\"http://x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "=", "--1",
      "+49 170",
      "-1 is no label", "＝1+1", "＋1", "'=1", "''-5", "'-5", "-nan",
    ])
  func `marks a text that spreadsheets would calculate, and reads it back`(text: String) throws {
    let line = DelimitedWriter().line([text, "b"])
    let bytes = Array(line.utf8)
    #expect(bytes[bytes[0] == 0x22 ? 1 : 0] == 0x27)
    for delimiter in Delimiter.allCases {
      let table = try DelimitedTable(
        parsing: DelimitedWriter(delimiter: delimiter).line(["A", "B"])
          + DelimitedWriter(delimiter: delimiter).line(["b", text]), label: "t", delimiter: delimiter)
      #expect(table.rows[0].fields == ["b", text])
    }
  }

  @Test(arguments: [
    "-5", "+5", "-0.5", "-.5", "-1e-300", "+1E5", "-inf", "'", "'a", "it's", "5-3", "a=b", "",
  ])
  func `leaves numbers and other texts as they are`(text: String) throws {
    #expect(DelimitedWriter().line(["x", text]) == "x,\(text)\n")
    #expect(try DelimitedTable(parsing: "A,B\nx,\(text)\n", label: "t").rows[0].fields == ["x", text])
  }
}
