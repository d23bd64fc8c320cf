import Foundation
import Modelling
import Reporting
import Testing

@Suite struct `The table of a paper` {
  /// Counts by hand from the sample: a share of its cases is a whole number of them.
  @Test func `has calls against outcomes that give back the shares`() throws {
    let matrices = StudyReport.ConfusionMatrix.all(of: SampleStudy.report)
    #expect(matrices.count == 6)
    for matrix in matrices {
      let model = try #require(SampleStudy.report.models.first { $0.name == matrix.model })
      func metric(_ name: Measure) throws -> StudyReport.Metric {
        try #require(model.metrics.first { $0.name == name && $0.cohort == matrix.cohort })
      }
      let (sensitivity, specificity) = (try metric(.sensitivity), try metric(.specificity))
      let (cases, controls) = (sensitivity.positives, sensitivity.count - sensitivity.positives)
      #expect(matrix.truePositives + matrix.falseNegatives == cases)
      #expect(matrix.falsePositives + matrix.trueNegatives == controls)
      #expect(
        abs(Double(matrix.truePositives) / Double(cases) - (sensitivity.estimate ?? -1)) <= 0.5
          / Double(cases))
      #expect(
        abs(Double(matrix.trueNegatives) / Double(controls) - (specificity.estimate ?? -1))
          <= 0.5 / Double(controls))
    }
  }

  @Test func `has a part of one outcome with none of the other`() throws {
    var model = SampleStudy.report.models[0]
    model.metrics = try SampleStudy.decoded(
      """
      [{"name": "sensitivity", "cohort": "test", "site": null, "estimate": 0.75, "lower": null, "upper": null, "method": "Wilson",
        "n": 4, "positives": 4, "undefined_reason": null},
       {"name": "specificity", "cohort": "test", "site": null, "estimate": null, "lower": null, "upper": null, "method": "Wilson",
        "n": 4, "positives": 4, "undefined_reason": "no controls"}]
      """)
    let matrix = try #require(StudyReport.ConfusionMatrix(model, in: .test))
    #expect((matrix.truePositives, matrix.falseNegatives) == (3, 1))
    #expect((matrix.falsePositives, matrix.trueNegatives) == (0, 0))
    #expect(StudyReport.ConfusionMatrix(model, in: .training) == nil)
  }

  @Test func `stands in files and on the page, with the test against the last model`() async throws {
    try await withFolder { folder in
      try await writeReport(SampleStudy.report, predictions: [], to: folder)
      let table = String(decoding: try data("performance.csv", in: folder), as: UTF8.self)
      let lines = table.split(whereSeparator: \.isNewline)
      #expect(lines.count == 7)
      #expect(lines.first?.hasPrefix("Part,Model,Cases (positive),AUC (95 % CI)") == true)
      #expect(table.contains("0.784"))
      let matrices = String(decoding: try data("confusion.csv", in: folder), as: UTF8.self)
      #expect(matrices.split(whereSeparator: \.isNewline).count == 7)
      let page = try ParsedMarkup(data("index.html", in: folder)).text
      #expect(page.contains("p against DLR"))
      #expect(page.contains("True positives"))
    }
  }
}

@Suite struct `Figures of a journal` {
  @Test func `are 180 mm wide, their panels 85 mm, and say so`() async throws {
    try await withFolder { folder in
      try await writeReport(SampleStudy.report, predictions: [], to: folder, dotsPerInch: 600)
      let files = [("roc", "180mm", 4250, 510.0), ("85mm/roc-test", "85mm", 2008, 241.0)]
      for (name, millimetres, pixels, points) in files {
        let svg = try ParsedMarkup(data("\(name).svg", in: folder))
        #expect(svg.elements.first { $0.name == "svg" }?.attributes["width"] == millimetres)
        let png = try data("\(name).png", in: folder)
        #expect(Int(bigEndian32(png, at: 16)) == pixels)
        let density = try #require(png.range(of: Data("pHYs".utf8)))
        // 600 dots an inch are 23,622 a metre; then the unit and the checksum, which is that of these bytes.
        #expect(bigEndian32(png, at: density.upperBound) == 23_622)
        #expect(bigEndian32(png, at: density.upperBound + 9) == 0x1494_4341)
        let pdf = String(decoding: try data("\(name).pdf", in: folder), as: UTF8.self)
        let box = try #require(pdf.firstMatch(of: #/MediaBox \[ ?0 0 ([0-9.]+) /#))
        #expect(abs((Double(box.1) ?? 0) - points) <= 1)
        #expect(pdf.contains("/FontFile"))
      }
    }
  }

  @Test func `name the largest paths of the LASSO, and thin the others`() async throws {
    var report = SampleStudy.report
    let path = try #require(report.models[0].lassoPath)
    report.models[0].lassoPath?.traces = (0..<9).map { place in
      var trace = path.traces[0]
      trace.feature = "feature_\(place)"
      trace.coefficients = trace.coefficients.map { _ in Double(place) }
      return trace
    }
    try await withFolder { [report] folder in
      try await writeReport(report, predictions: [], to: folder)
      let text = try ParsedMarkup(data("85mm/lasso-path-0.svg", in: folder)).text
      #expect((3..<9).allSatisfy { text.contains("feature_\($0)") })
      #expect(!text.contains("feature_2") && text.contains("3 other features"))
    }
  }

  private func bigEndian32(_ data: Data, at place: Int) -> UInt32 {
    data[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
